#include <sheaf/sink/serialized.hpp>

#include <sheaf/sink/handlers.hpp>
#include <sheaf/sink/ostream.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using sheaf::Acknowledgement;
using sheaf::Completed;
using sheaf::Incomplete;
using sheaf::SerializedSink;

/// Can do everything, and notices when two calls overlap.
struct Everything {
    int calls = 0;  // not atomic: a thread sanitizer sees a missing lock as well
    std::atomic<bool>* busy;
    std::atomic<bool>* overlapped;

    void enter() {
        if (busy->exchange(true)) { overlapped->store(true); }
        ++calls;
        std::this_thread::yield();
        busy->store(false);
    }
    void deliver(const Completed<>& /*event*/) { enter(); }
    void deliver(Completed<>&& /*event*/) noexcept { enter(); }
    void deliver(const Incomplete<>& /*event*/, Acknowledgement handle) {
        enter();
        handle.delivered();
    }
    void dead_letter(const Completed<>& /*event*/, const std::exception_ptr& /*error*/) { enter(); }
    void release(std::span<int> /*receipts*/) noexcept { enter(); }
};

struct Target final : sheaf::detail::AcknowledgementTarget {
    void sink_answered(bool /*delivered*/, std::exception_ptr /*error*/) noexcept override {}
};

using Full = SerializedSink<Everything>;
static_assert(sheaf::SynchronousSinkFor<Full, Completed<>> && sheaf::ConsumingSinkFor<Full, Completed<>>);
static_assert(!sheaf::SynchronousSinkFor<Full, Incomplete<>> && !sheaf::ConsumingSinkFor<Full, Incomplete<>>);
static_assert(sheaf::AsynchronousSinkFor<Full, Incomplete<>> &&
              !sheaf::AsynchronousSinkFor<Full, Completed<>>);
static_assert(sheaf::DeadLetterSinkFor<Full, Completed<>> && !sheaf::DeadLetterSinkFor<Full, Incomplete<>>);
static_assert(sheaf::ReleasesReceipts<Full, int> && !sheaf::ReleasesReceipts<Full, long>);

using Stream = SerializedSink<sheaf::OstreamSink>;
static_assert(sheaf::SynchronousSinkFor<Stream, Completed<>> &&
              !sheaf::ConsumingSinkFor<Stream, Completed<>>);
static_assert(!sheaf::AsynchronousSinkFor<Stream, Completed<>> &&
              !sheaf::DeadLetterSinkFor<Stream, Completed<>>);
static_assert(!sheaf::ReleasesReceipts<Stream, int>);
static_assert(std::is_nothrow_move_constructible_v<Stream>);

}  // namespace

TEST_CASE("SerializedSink lets one call in at a time, whatever it is") {
    std::atomic<bool> busy = false;
    std::atomic<bool> overlapped = false;
    Everything wrapped{0, &busy, &overlapped};
    SerializedSink sink{std::ref(wrapped)};
    const auto target = std::make_shared<Target>();
    constexpr int rounds = 300;
    std::vector<std::thread> threads;
    const auto run = [&](auto call) {
        threads.emplace_back([call] {
            for (int i = 0; i < rounds; ++i) { call(); }
        });
    };
    const Completed<> completed;
    run([&] { sink.deliver(completed); });
    run([&] { sink.deliver(Completed<>{}); });
    run([&] { sink.deliver(Incomplete<>{}, Acknowledgement{target}); });
    run([&] { sink.dead_letter(completed, nullptr); });
    run([&] { sink.release(std::span<int>{}); });
    for (auto& thread : threads) { thread.join(); }
    CHECK_FALSE(overlapped.load());
    CHECK(wrapped.calls == 5 * rounds);
}

TEST_CASE("SerializedSink passes exceptions on and is unlocked then") {
    int calls = 0;
    SerializedSink sink{sheaf::Handlers{[&](const Completed<>&) {
                                            if (++calls == 1) { throw std::runtime_error{"sink"}; }
                                        },
                                        [](const Incomplete<>&) {}}};
    CHECK_THROWS_AS(sink.deliver(Completed<>{}), std::runtime_error);
    CHECK_NOTHROW(sink.deliver(Completed<>{}));
    CHECK(calls == 2);
}

TEST_CASE("SerializedSink holds a sink by value and can be moved") {
    std::ostringstream stream;
    SerializedSink first{sheaf::OstreamSink{stream}};
    SerializedSink second{std::move(first)};
    second.deliver(Completed<>{});
    SerializedSink third{sheaf::OstreamSink{stream}};
    third = std::move(second);
    third.deliver(Completed<>{});
    CHECK(stream.str() == "{\"resource_id\":0,\"output\":[],\"delivery_id\":\"/0/0\"}\n"
                          "{\"resource_id\":0,\"output\":[],\"delivery_id\":\"/0/0\"}\n");
}
