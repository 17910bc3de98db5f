#include <sheaf/executor/inline_executor.hpp>

#include <sheaf/concepts.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <thread>

static_assert(sheaf::ExecutorFor<sheaf::InlineExecutor>);
static_assert(!sheaf::ManualExecutorFor<sheaf::InlineExecutor>);

TEST_CASE("InlineExecutor runs the task at once, on the caller") {
    const sheaf::InlineExecutor executor;
    std::thread::id ran_on;
    executor.execute([&, owned = std::make_unique<int>(1)] {
        if (*owned == 1) { ran_on = std::this_thread::get_id(); }
    });
    CHECK(ran_on == std::this_thread::get_id());
}

TEST_CASE("InlineExecutor runs nested tasks and passes exceptions on") {
    const sheaf::InlineExecutor executor;
    int depth = 0;
    executor.execute([&] {
        ++depth;
        executor.execute([&] { ++depth; });
    });
    CHECK(depth == 2);
    CHECK_THROWS_AS(executor.execute([] { throw std::runtime_error{"task"}; }), std::runtime_error);
}
