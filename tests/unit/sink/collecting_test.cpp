#include <sheaf/sink/collecting.hpp>

#include <sheaf/concepts.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace {

using Sink = sheaf::CollectingSink<>;
static_assert(sheaf::SynchronousSinkFor<Sink, sheaf::Completed<>>);
static_assert(sheaf::SynchronousSinkFor<Sink, sheaf::Incomplete<>>);
static_assert(sheaf::SynchronousSinkFor<sheaf::CollectingSink<std::string, std::string>,
                                        sheaf::Completed<std::string, std::string>>);

}  // namespace

TEST_CASE("CollectingSink keeps events in order and gives them away") {
    Sink sink;
    for (std::uint64_t id = 0; id < 3; ++id) {
        sheaf::Completed<> event;
        event.id = id;
        event.output = {7};
        sink.deliver(event);
    }
    sheaf::Incomplete<> incomplete;
    incomplete.id = 9;
    sink.deliver(incomplete);

    CHECK(sink.size() == 4);
    CHECK(sink.completed().size() == 3);
    CHECK(sink.completed()[2].id == 2);
    CHECK(sink.completed()[2].output == std::vector<std::uint32_t>{7});
    CHECK(sink.incomplete().front().id == 9);
    CHECK(sink.take_completed().size() == 3);
    CHECK(sink.completed().empty());
    CHECK(sink.take_incomplete().size() == 1);
    CHECK(sink.size() == 0);
}

TEST_CASE("CollectingSink takes events of several threads at once") {
    Sink sink;
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < 4; ++t) {
        threads.emplace_back([&sink, t] {
            for (std::uint64_t i = 0; i < 500; ++i) {
                sheaf::Completed<> event;
                event.id = t * 500 + i;
                sink.deliver(event);
                if (i % 100 == 0) { static_cast<void>(sink.completed()); }
            }
        });
    }
    for (auto& thread : threads) { thread.join(); }
    std::vector<bool> seen(2000);
    for (const auto& event : sink.take_completed()) {
        REQUIRE_FALSE(seen[static_cast<std::size_t>(event.id)]);
        seen[static_cast<std::size_t>(event.id)] = true;
    }
    CHECK(seen == std::vector<bool>(2000, true));
}
