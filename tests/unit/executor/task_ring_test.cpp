#include <sheaf/executor/detail/task_ring.hpp>

#include <doctest/doctest.h>

#include <vector>

TEST_CASE("TaskRing: tasks come out in order when it grows while the oldest is not in the first slot") {
    sheaf::detail::TaskRing ring;
    std::vector<int> order;
    int pushed = 0;
    const auto push = [&](int count) {
        for (const int end = pushed + count; pushed < end; ++pushed) {
            ring.push(sheaf::detail::UniqueTask{[&order, number = pushed] { order.push_back(number); }});
        }
    };
    const auto run = [&](std::size_t count) {
        for (; count != 0; --count) { ring.pop()(); }
    };
    push(10);
    run(7);
    push(500);
    run(100);
    push(1'000);
    run(ring.size());
    REQUIRE(order.size() == 1'510);
    for (std::size_t i = 0; i < order.size(); ++i) { REQUIRE(order[i] == static_cast<int>(i)); }
}
