#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

#include <map>

namespace {

using sheaf::IncompleteReason;
using test::last_packet;
using test::packet;
using test::Signal;
using test::TextSink;
using namespace std::chrono_literals;

/// Throws at the first `failures` calls.
struct Flaky {
    int failures;
    std::atomic<int>& calls;
    [[nodiscard]] std::string operator()(std::span<const std::byte> payload) const {
        if (++calls <= failures) { throw std::runtime_error{"call " + std::to_string(calls)}; }
        return test::text_of(payload);
    }
};

}  // namespace

TEST_CASE("transform: a throw ends the resource with the payload and the exception") {
    TextSink sink;
    std::atomic<int> calls{0};
    test::Collator collator{[&](std::span<const std::byte> payload) {
                                ++calls;
                                if (test::text_of(payload) == "bad") { throw std::runtime_error{"no good"}; }
                                return test::text_of(payload);
                            },
                            std::ref(sink)};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.submit(packet(1, 2, "c")).accepted());
    CHECK(collator.submit(packet(1, 1, "bad")).accepted());
    REQUIRE(sink.incomplete().size() == 1);
    const auto event = sink.incomplete().front();
    CHECK(event.reason == IncompleteReason::transform_failed);
    CHECK(test::message_of(event.error) == "no good");
    CHECK(event.output == "a");
    REQUIRE(event.payloads.size() == 1);
    CHECK(event.payloads.front().index == 1);
    CHECK(test::text_of(event.payloads.front().payload.bytes()) == "bad");
    REQUIRE(event.chunks.size() == 1);
    CHECK(event.chunks.front().chunk == "c");
    CHECK(event.missing.empty());
    CHECK(calls == 3);
    CHECK(collator.statistics().transform_failures == 1);
    CHECK(test::is_at_rest(collator.statistics()));
    CHECK(collator.submit(last_packet(1, 3, "d")) == sheaf::Outcome{sheaf::Verdict::late});
}

TEST_CASE("transform: whatever is thrown, nothing comes out of submit") {
    TextSink sink;
    test::Collator collator{[](std::span<const std::byte>) -> std::string { throw 42; }, std::ref(sink)};
    CHECK_NOTHROW(static_cast<void>(collator.submit(last_packet(1, 0, "a"))));
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(test::holds<int>(sink.incomplete().front().error));
}

TEST_CASE("transform: a failed resource ends when its other transforms have settled") {
    TextSink sink;
    sheaf::ManualExecutor executor;
    std::atomic<int> calls{0};
    test::Collator collator{Flaky{1, calls}, std::ref(sink), std::ref(executor)};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.submit(packet(1, 1, "b")).accepted());
    CHECK(executor.run_one());
    CHECK(sink.size() == 0);
    CHECK(collator.submit(packet(1, 2, "c")) == sheaf::Outcome{sheaf::Verdict::late});
    CHECK(executor.run_one());
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(sink.incomplete().front().chunks.size() == 1);
}

TEST_CASE("transform: is tried again after exact pauses that grow, and then succeeds") {
    TextSink sink;
    std::atomic<int> calls{0};
    test::Collator collator{Flaky{3, calls},
                            std::ref(sink),
                            {},
                            {.transform_attempts = 4, .transform_backoff = test::exact_backoff},
                            sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    int expected = 1;
    for (const auto pause : {100ms, 200ms, 400ms}) {
        CHECK(calls == expected++);
        CHECK(collator.next_deadline() == test::FakeClock::at() + pause);
        test::pass(collator, pause - 1ns);
        CHECK(calls == expected - 1);
        test::pass(collator, 1ns);
        CHECK(calls == expected);
    }
    CHECK(sink.completed().size() == 1);
    CHECK(collator.statistics().transform_retries == 3);
    CHECK(collator.statistics().transform_failures == 3);
    CHECK(collator.next_deadline() == std::chrono::nanoseconds::max());
}

TEST_CASE("transform: what fails at one time is not tried again at one time, whatever its stripe") {
    TextSink sink;
    std::atomic<int> calls{0};
    test::Collator collator{
        Flaky{99, calls},
        std::ref(sink),
        {},
        {.transform_attempts = 2, .transform_backoff = {100ms, 100ms, 1.0, 0.2}, .seed = 1},
        sheaf::traits<test::HostTimerTraits>};
    for (std::uint64_t id = 0; id < 32; ++id) { CHECK(collator.submit(last_packet(id, 0, "a")).accepted()); }
    for (int expected = 33; expected <= 64; ++expected) {
        test::pass(collator, collator.next_deadline() - test::FakeClock::at());
        CHECK(calls == expected);
    }
    CHECK(sink.incomplete().size() == 32);
}

TEST_CASE("transform: another attempt that waits for a thread does not count as running") {
    TextSink sink;
    std::atomic<int> calls{0};
    sheaf::ManualExecutor executor;
    test::Collator collator{Flaky{1, calls},
                            std::ref(sink),
                            std::ref(executor),
                            {.transform_attempts = 2, .transform_backoff = test::exact_backoff},
                            sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(executor.run_one());
    test::pass(collator, 100ms);
    CHECK(collator.explain(1).find("running") == std::string::npos);
    CHECK(collator.drain(0s).running.empty());
    CHECK(collator.drain(30s).status == sheaf::DrainStatus::finished);
    CHECK(sink.completed().size() == 1);
}

TEST_CASE("transform: the last of its attempts fails the resource with the last error") {
    TextSink sink;
    std::atomic<int> calls{0};
    test::Collator collator{Flaky{9, calls},
                            std::ref(sink),
                            {},
                            {.transform_attempts = 3, .transform_backoff = test::exact_backoff},
                            sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    test::pass(collator, 100ms);
    test::pass(collator, 200ms);
    test::pass(collator, 10s);
    CHECK(calls == 3);
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(test::message_of(sink.incomplete().front().error) == "call 3");
}

TEST_CASE("transform: with its own timer the collator retries by itself") {
    TextSink sink;
    std::atomic<int> calls{0};
    test::Collator collator{Flaky{2, calls},
                            std::ref(sink),
                            sheaf::ThreadPool{1},
                            {.transform_attempts = 3, .transform_backoff = {.initial = 1ms}}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(test::eventually([&] { return sink.size() == 1; }));
    CHECK(sink.completed().size() == 1);
}

TEST_CASE("transform: a call over its time fails, and its late result is only counted") {
    const test::Watchdog watchdog;
    Signal arrived;
    Signal let_go;
    TextSink sink;
    test::Collator collator{
        test::Hanging{arrived, let_go}, std::ref(sink), sheaf::ThreadPool{2}, {.transform_timeout = 10ms}};
    const test::SetAtExit guard{let_go};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.submit(last_packet(1, 1, "hang")).accepted());
    CHECK(test::eventually([&] { return sink.size() == 1; }));
    REQUIRE(sink.incomplete().size() == 1);
    const auto event = sink.incomplete().front();
    CHECK(event.reason == IncompleteReason::transform_failed);
    CHECK(test::holds<sheaf::TransformTimeout>(event.error));
    REQUIRE(event.payloads.size() == 1);
    CHECK(test::text_of(event.payloads.front().payload.bytes()) ==
          "hang");  // the call reads it at the same time
    CHECK(collator.statistics().late_results == 0);
    let_go.set();
    CHECK(test::eventually([&] { return collator.statistics().late_results == 1; }));
    CHECK(sink.size() == 1);
    CHECK(test::eventually([&] { return test::is_at_rest(collator.statistics()); }));
}

TEST_CASE("transform: a call over its time is tried again while the first one still runs") {
    const test::Watchdog watchdog;
    Signal let_go;
    std::atomic<int> calls{0};
    TextSink sink;
    test::Collator collator{[&](std::span<const std::byte> payload) {
                                const bool is_first = ++calls == 1;
                                if (is_first) { CHECK(let_go.wait()); }
                                return test::text_of(payload) + (is_first ? "1" : "2");
                            },
                            std::ref(sink),
                            sheaf::ThreadPool{2},
                            {.transform_timeout = 10ms,
                             .transform_attempts = 50,
                             .transform_backoff = {.initial = 1ms, .maximum = 2ms}}};
    const test::SetAtExit guard{let_go};
    CHECK(collator.submit(last_packet(1, 0, std::string(100, 'x'))).accepted());
    CHECK(test::eventually([&] { return sink.size() == 1; }));
    REQUIRE(sink.completed().size() == 1);
    CHECK(sink.completed().front().output == std::string(100, 'x') + "2");
    let_go.set();
    CHECK(collator.drain(30s).status == sheaf::DrainStatus::finished);
    CHECK(test::eventually([&] { return collator.statistics().late_results >= 1; }));
}

TEST_CASE("transform: a call that is only queued has not begun, and does not time out") {
    TextSink sink;
    sheaf::ManualExecutor executor;
    test::Collator collator{test::Text{},
                            std::ref(sink),
                            std::ref(executor),
                            {.transform_timeout = 1s},
                            sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    test::pass(collator, 100s);
    CHECK(executor.run_all() == 1);
    CHECK(sink.completed().size() == 1);
}

TEST_CASE("transform: an executor that drops a task makes its attempt fail") {
    TextSink sink;
    test::Collator collator{test::Text{}, std::ref(sink), test::DroppingExecutor{}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    // The event does not need the executor: the thread that has settled the packet delivers it.
    REQUIRE(sink.incomplete().size() == 1);
    const auto event = sink.incomplete().front();
    CHECK(event.reason == IncompleteReason::transform_failed);
    CHECK(test::holds<sheaf::BrokenCompletion>(event.error));
    REQUIRE(event.payloads.size() == 1);
    CHECK(test::text_of(event.payloads.front().payload.bytes()) == "a");
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("transform: tasks that are destroyed later, on another thread, fail too") {
    TextSink sink;
    auto executor = std::make_unique<sheaf::ManualExecutor>();
    test::Collator collator{test::Text{}, std::ref(sink), std::ref(*executor)};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(collator.submit(packet(2, 0, "a")).accepted());
    test::Thread{[&] { executor.reset(); }}.join();
    CHECK(sink.incomplete().size() == 2);
    CHECK(test::is_at_rest(collator.statistics()));
    collator.cancel();
}

TEST_CASE("transform: where the executor refuses a retry, that attempt has failed") {
    TextSink sink;
    std::atomic<int> calls{0};
    test::ThrowingExecutor executor;
    executor.refuse = {2};
    test::Collator collator{Flaky{1, calls},
                            std::ref(sink),
                            std::ref(executor),
                            {.transform_attempts = 3, .transform_backoff = test::exact_backoff},
                            sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    test::pass(collator, 100ms);  // refused
    CHECK(calls == 1);
    test::pass(collator, 200ms);
    CHECK(calls == 2);
    CHECK(sink.completed().size() == 1);
    CHECK(collator.statistics().transform_failures == 2);
}
