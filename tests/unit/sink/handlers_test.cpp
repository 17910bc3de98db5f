#include <sheaf/sink/handlers.hpp>

#include <sheaf/concepts.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using sheaf::Acknowledgement;
using sheaf::Completed;
using sheaf::Handlers;
using sheaf::Incomplete;

template <class Sink>
constexpr bool synchronous =
    sheaf::SynchronousSinkFor<Sink, Completed<>> && sheaf::SynchronousSinkFor<Sink, Incomplete<>>;
template <class Sink>
constexpr bool consuming =
    sheaf::ConsumingSinkFor<Sink, Completed<>> && sheaf::ConsumingSinkFor<Sink, Incomplete<>>;

Completed<> completed(std::uint64_t id) {
    Completed<> event;
    event.id = id;
    event.output = {1, 2, 3};
    return event;
}

}  // namespace

TEST_CASE("Handlers: lambdas that take const& may throw and can be called again") {
    std::vector<std::uint64_t> seen;
    Handlers sink{[&](const Completed<>& event) {
                      seen.push_back(event.id);
                      if (event.id == 7) { throw std::runtime_error{"handler"}; }
                  },
                  [&](const Incomplete<>& event) { seen.push_back(1000 + event.id); }};
    using Tested = decltype(sink);
    static_assert(synchronous<Tested> && !consuming<Tested>);
    static_assert(!sheaf::AsynchronousSinkFor<Tested, Completed<>>);
    static_assert(!sheaf::ReleasesReceipts<Tested, int>);
    static_assert(!sheaf::SinkFor<Tested, Completed<std::string>>, "another output");

    sink.deliver(completed(1));
    sink.deliver(Incomplete<>{});
    const auto event = completed(7);
    CHECK_THROWS_WITH(sink.deliver(event), "handler");
    CHECK_THROWS_WITH(sink.deliver(event), "handler");
    CHECK(seen == std::vector<std::uint64_t>{1, 1000, 7, 7});
}

TEST_CASE("Handlers: noexcept lambdas take the event over") {
    std::vector<std::uint32_t> taken;
    Handlers sink{[&](Completed<> event) noexcept { taken = std::move(event.output); },
                  [&](Incomplete<>&& event) noexcept { taken = std::move(event.output); }};
    using Tested = decltype(sink);
    static_assert(consuming<Tested>);
    static_assert(!sheaf::SynchronousSinkFor<Tested, Incomplete<>>);

    auto event = completed(1);
    const auto* const memory = event.output.data();
    sink.deliver(std::move(event));
    CHECK(taken.data() == memory);

    Incomplete<> incomplete;
    incomplete.output = {4};
    sink.deliver(std::move(incomplete));
    CHECK(taken == std::vector<std::uint32_t>{4});
}

TEST_CASE("Handlers: noexcept lambdas that take const& are consuming sinks too") {
    Handlers sink{[](const Completed<>&) noexcept {}, [](const Incomplete<>&) noexcept {}};
    static_assert(synchronous<decltype(sink)> && consuming<decltype(sink)>);
    sink.deliver(completed(1));
}

TEST_CASE("Handlers: generic lambdas, by value, function pointers, mutable ones") {
    int calls = 0;
    Handlers generic{[&](const auto& event) { calls += static_cast<int>(event.id); }, [&](auto) { ++calls; }};
    static_assert(synchronous<decltype(generic)> && !consuming<decltype(generic)>);
    generic.deliver(completed(10));
    generic.deliver(Incomplete<>{});
    CHECK(calls == 11);

    Handlers functions{+[](const Completed<>&) {}, +[](const Incomplete<>&) {}};
    static_assert(synchronous<decltype(functions)>);
    functions.deliver(completed(1));

    Handlers counting{[count = 0, &calls](const Completed<>&) mutable { calls = ++count; },
                      [](const Incomplete<>&) {}};
    counting.deliver(completed(1));
    counting.deliver(completed(1));
    CHECK(calls == 2);
}

TEST_CASE("Handlers: the third takes receipts, move-only ones too") {
    std::vector<std::unique_ptr<int>> released;
    Handlers sink{[](const Completed<>&) {}, [](const Incomplete<>&) {},
                  [&](std::span<std::unique_ptr<int>> receipts) noexcept {
                      for (auto& receipt : receipts) { released.push_back(std::move(receipt)); }
                  }};
    static_assert(sheaf::ReleasesReceipts<decltype(sink), std::unique_ptr<int>>);
    static_assert(!sheaf::ReleasesReceipts<decltype(sink), int>);
    std::vector<std::unique_ptr<int>> receipts;
    receipts.push_back(std::make_unique<int>(5));
    sink.release(std::span{receipts});
    REQUIRE(released.size() == 1);
    CHECK(*released[0] == 5);
}

TEST_CASE("Handlers: a lambda may answer later") {
    struct Target final : sheaf::detail::AcknowledgementTarget {
        int answers = 0;
        bool delivered = false;
        void sink_answered(bool delivered_, std::exception_ptr /*error*/) noexcept override {
            ++answers;
            delivered = delivered_;
        }
    };
    std::vector<Acknowledgement> kept;
    Handlers sink{[&](const Completed<>&, Acknowledgement handle) { kept.push_back(std::move(handle)); },
                  [](const Incomplete<>&) {}};
    static_assert(sheaf::AsynchronousSinkFor<decltype(sink), Completed<>>);
    static_assert(!sheaf::SynchronousSinkFor<decltype(sink), Completed<>>);
    static_assert(sheaf::SinkFor<decltype(sink), Completed<>> &&
                  sheaf::SinkFor<decltype(sink), Incomplete<>>);
    const auto target = std::make_shared<Target>();
    sink.deliver(completed(1), Acknowledgement{target});
    CHECK(target->answers == 0);
    kept[0].delivered();
    CHECK(target->answers == 1);
    CHECK(target->delivered);
}
