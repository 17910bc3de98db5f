#include <sheaf/sink/tee.hpp>

#include <sheaf/sink/collecting.hpp>
#include <sheaf/sink/dead_letter.hpp>
#include <sheaf/sink/handlers.hpp>
#include <sheaf/sink/with_receipts.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using sheaf::Acknowledgement;
using sheaf::Completed;
using sheaf::Handlers;
using sheaf::Incomplete;
using sheaf::Tee;

struct Target final : sheaf::detail::AcknowledgementTarget {
    int answers = 0;
    bool delivered = false;
    std::string error;
    void sink_answered(bool delivered_, std::exception_ptr error_) noexcept override {
        ++answers;
        delivered = delivered_;
        if (error_ != nullptr) {
            try {
                std::rethrow_exception(error_);
            } catch (const std::exception& e) { error = e.what(); }
        }
    }
};

/// Keeps the handles that it is given.
struct Later {
    std::vector<Acknowledgement> handles;
    template <class Event>
    void deliver(const Event& /*event*/, Acknowledgement handle) {
        handles.push_back(std::move(handle));
    }
};

auto throwing(const char* what) {
    return Handlers{[what](const Completed<>&) { throw std::runtime_error{what}; },
                    [](const Incomplete<>&) {}};
}

}  // namespace

TEST_CASE("Tee delivers to all, in order") {
    sheaf::CollectingSink<> first;
    std::vector<std::size_t> seen_by_first;
    Tee sink{std::ref(first), Handlers{[&](const Completed<>&) { seen_by_first.push_back(first.size()); },
                                       [](const Incomplete<>&) {}}};
    using Sink = decltype(sink);
    static_assert(sheaf::SynchronousSinkFor<Sink, Completed<>> &&
                  !sheaf::ConsumingSinkFor<Sink, Completed<>>);
    static_assert(!sheaf::AsynchronousSinkFor<Sink, Completed<>> &&
                  !sheaf::DeadLetterSinkFor<Sink, Completed<>>);
    sink.deliver(Completed<>{});
    sink.deliver(Incomplete<>{});
    CHECK(first.size() == 2);
    CHECK(seen_by_first == std::vector<std::size_t>{1});
}

TEST_CASE("Tee tries all sinks even where one throws, and throws the first error") {
    sheaf::CollectingSink<> collected;
    Tee sink{throwing("one"), throwing("two"), std::ref(collected)};
    Completed<> event;
    CHECK_THROWS_WITH(sink.deliver(event), "one");
    CHECK_THROWS_WITH(sink.deliver(event), "one");  // the collator's next attempt
    CHECK(collected.size() == 2);                   // at least once
}

TEST_CASE("Tee of noexcept sinks is noexcept") {
    Tee sink{Handlers{[](const Completed<>&) noexcept {}, [](const Incomplete<>&) noexcept {}},
             Handlers{[](const Completed<>&) noexcept {}, [](const Incomplete<>&) {}}};
    static_assert(sheaf::ConsumingSinkFor<decltype(sink), Completed<>>);
    static_assert(!sheaf::ConsumingSinkFor<decltype(sink), Incomplete<>>);
    sink.deliver(Completed<>{});
}

TEST_CASE("Tee refuses sinks that only take events over") {
    using TakesOver = decltype(Handlers{[](Completed<>&&) noexcept {}, [](const Incomplete<>&) {}});
    static_assert(!sheaf::SinkFor<Tee<TakesOver>, Completed<>> &&
                  sheaf::SinkFor<Tee<TakesOver>, Incomplete<>>);
    CHECK(true);
}

TEST_CASE("Tee with an asynchronous sink acknowledges when all have") {
    sheaf::CollectingSink<> collected;
    Later a;
    Later b;
    Tee sink{std::ref(a), std::ref(collected), std::ref(b)};
    using Sink = decltype(sink);
    static_assert(sheaf::AsynchronousSinkFor<Sink, Completed<>> &&
                  !sheaf::SynchronousSinkFor<Sink, Completed<>>);

    const Completed<> event;
    auto target = std::make_shared<Target>();
    sink.deliver(event, Acknowledgement{target});
    CHECK(collected.size() == 1);
    b.handles[0].delivered();
    CHECK(target->answers == 0);
    a.handles[0].delivered();
    CHECK(target->answers == 1);
    CHECK(target->delivered);

    target = std::make_shared<Target>();
    sink.deliver(event, Acknowledgement{target});
    a.handles[1].failed(std::make_exception_ptr(std::runtime_error{"a"}));
    CHECK(target->answers == 0);  // b still reads the event
    b.handles.clear();            // dropped, unused
    CHECK(target->answers == 1);
    CHECK_FALSE(target->delivered);
    CHECK(target->error == "a");
}

TEST_CASE("Tee: an asynchronous sink that throws, beside one that answers") {
    struct Throws {
        void deliver(const Completed<>& /*event*/, Acknowledgement /*handle*/) {
            throw std::runtime_error{"thrown"};
        }
    };
    Later later;
    Tee sink{Throws{}, std::ref(later), throwing("second")};
    auto target = std::make_shared<Target>();
    sink.deliver(Completed<>{}, Acknowledgement{target});
    CHECK(target->answers == 0);
    later.handles[0].delivered();
    CHECK(target->answers == 1);
    CHECK_FALSE(target->delivered);
    CHECK(target->error == "thrown");
}

TEST_CASE("Tee: the first error is reported, in whichever way it came") {
    struct Answers {
        void deliver(const Completed<>& /*event*/, Acknowledgement handle) {
            handle.failed(std::make_exception_ptr(std::runtime_error{"answered"}));
        }
    };
    Tee sink{Answers{}, throwing("thrown")};
    auto target = std::make_shared<Target>();
    sink.deliver(Completed<>{}, Acknowledgement{target});
    CHECK(target->answers == 1);
    CHECK(target->error == "answered");
}

TEST_CASE("Tee: asynchronous answers from several threads") {
    for (int round = 0; round < 300; ++round) {
        Later a;
        Later b;
        Tee sink{std::ref(a), std::ref(b)};
        const auto target = std::make_shared<Target>();
        sink.deliver(Completed<>{}, Acknowledgement{target});
        std::thread first{[&] { a.handles[0].delivered(); }};
        std::thread second{[&] { b.handles[0].failed(nullptr); }};
        first.join();
        second.join();
        REQUIRE(target->answers == 1);
        REQUIRE_FALSE(target->delivered);
    }
}

TEST_CASE("Tee forwards dead letters to those who take them, and receipts to the one who does") {
    sheaf::CollectingSink<> a;
    sheaf::CollectingSink<> undelivered;
    int receipts = 0;
    const auto count = [&](std::span<int> released) noexcept { receipts += released[0]; };
    Tee sink{sheaf::WithDeadLetter{std::ref(a), std::ref(undelivered)},
             sheaf::WithReceipts{std::ref(a), count}};
    static_assert(sheaf::DeadLetterSinkFor<decltype(sink), Completed<>>);
    static_assert(sheaf::ReleasesReceipts<decltype(sink), int>);
    sink.dead_letter(Completed<>{}, nullptr);
    CHECK(undelivered.size() == 1);
    CHECK(a.size() == 0);
    int receipt = 3;
    sink.release(std::span{&receipt, 1});
    CHECK(receipts == 3);

    Tee twice{sheaf::WithReceipts{std::ref(a), count}, sheaf::WithReceipts{std::ref(a), count}};
    static_assert(!sheaf::ReleasesReceipts<decltype(twice), int>, "receipts can be given back once");
}
