#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

#include <set>

namespace {

using sheaf::DrainStatus;
using sheaf::IncompleteReason;
using test::last_packet;
using test::packet;
using test::Signal;
using test::TextCompleted;
using test::TextIncomplete;
using namespace std::chrono_literals;

/// Synchronous sink that fails its first `failures` deliveries of each kind of event.
struct FlakySink {
    explicit FlakySink(int failures_)
        : failures{failures_} {}

    void deliver(const TextCompleted& event) { attempt(event); }
    void deliver(const TextIncomplete& event) { attempt(event); }

    template <class Event>
    void attempt(const Event& event) {
        delivery_ids.insert(event.delivery_id());
        outputs.insert(event.output);
        if (++attempts <= failures) { throw std::runtime_error{"attempt " + std::to_string(attempts)}; }
    }

    int failures;
    int attempts = 0;
    std::set<std::string> delivery_ids{};
    std::set<std::string> outputs{};
};

/// The same with a dead letter.
struct DeadLetterSink : FlakySink {
    using FlakySink::FlakySink;

    void dead_letter(const TextCompleted& event, const std::exception_ptr& error) {
        if (refuses) { throw std::runtime_error{"no room for the dead"}; }
        buried.push_back(event.output + ": " + test::message_of(error));
        delivery_ids.insert(event.delivery_id());
    }
    void dead_letter(const TextIncomplete& event, const std::exception_ptr& error) {
        buried.push_back("incomplete " + event.output + ": " + test::message_of(error));
    }

    bool refuses = false;
    std::vector<std::string> buried{};
};

}  // namespace

TEST_CASE("sink: one that takes events over gets them by move, once") {
    std::vector<TextCompleted> taken;
    const char* place = nullptr;
    sheaf::PacketCollator collator{
        [&](std::span<const std::byte> payload) {
            auto text = test::text_of(payload);
            place = text.data();
            return text;
        },
        sheaf::Handlers{[&](TextCompleted&& event) noexcept { taken.push_back(std::move(event)); },
                        [](TextIncomplete&&) noexcept {}}};
    CHECK(collator.submit(last_packet(1, 0, std::string(100, 'x'))).accepted());
    REQUIRE(taken.size() == 1);
    CHECK(taken.front().output == std::string(100, 'x'));
    CHECK(taken.front().output.data() == place);  // the chunk itself, all the way
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("sink: what it throws never leaves submit, it is tried again after exact pauses") {
    FlakySink sink{3};
    test::Collator collator{test::Text{},
                            std::ref(sink),
                            {},
                            {.delivery_attempts = 10, .delivery_backoff = test::exact_backoff},
                            sheaf::traits<test::HostTimerTraits>};
    CHECK_NOTHROW(static_cast<void>(collator.submit(last_packet(1, 0, "a"))));
    int expected = 1;
    for (const auto pause : {100ms, 200ms, 400ms}) {
        CHECK(sink.attempts == expected++);
        CHECK(collator.next_deadline() == test::FakeClock::at() + pause);
        test::pass(collator, pause - 1ns);
        CHECK(sink.attempts == expected - 1);
        test::pass(collator, 1ns);
    }
    CHECK(sink.attempts == 4);
    CHECK(sink.delivery_ids.size() == 1);
    CHECK(sink.outputs == std::set<std::string>{"a"});
    CHECK(collator.statistics().delivery_failures == 3);
    CHECK(collator.statistics().completed == 1);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("sink: the same for Incomplete, whose attempts all see the same event") {
    FlakySink sink{2};
    test::Collator collator{test::Text{},
                            std::ref(sink),
                            {},
                            {.delivery_backoff = test::exact_backoff},
                            sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.submit(packet(1, 2, "c")).accepted());
    CHECK(collator.evict_oldest());
    CHECK(collator.statistics().in_flight.packets == 2);
    test::pass(collator, 100ms);
    test::pass(collator, 200ms);
    CHECK(sink.attempts == 3);
    CHECK(sink.delivery_ids.size() == 1);
    CHECK(collator.statistics().incomplete == 1);
    CHECK(collator.statistics().side_channel.packets == 2);
}

TEST_CASE("sink: with its own timer the collator retries by itself") {
    std::atomic<int> attempts{0};
    test::Collator collator{test::Text{},
                            sheaf::Handlers{[&](const TextCompleted&) {
                                                if (++attempts < 5) { throw std::runtime_error{"down"}; }
                                            },
                                            [](const TextIncomplete&) {}},
                            sheaf::ThreadPool{1},
                            {.delivery_backoff = {.initial = 1ms}}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(test::eventually([&] { return collator.statistics().completed == 1; }));
    CHECK(attempts == 5);
}

TEST_CASE("sink: after its last attempt the event goes to the dead letter with the last error") {
    DeadLetterSink sink{99};
    sheaf::PacketCollator collator{test::Text{},
                                   std::ref(sink),
                                   {},
                                   {.delivery_attempts = 2, .delivery_backoff = test::exact_backoff},
                                   sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(sink.buried.empty());
    test::pass(collator, 100ms);
    CHECK(sink.attempts == 2);
    CHECK(sink.buried == std::vector<std::string>{"a: attempt 2"});
    CHECK(sink.delivery_ids.size() == 1);
    CHECK(collator.statistics().dead_lettered == 1);
    CHECK(collator.statistics().side_channel.packets == 1);
    CHECK(collator.statistics().completed == 0);
    CHECK(test::is_at_rest(collator.statistics()));
    CHECK(collator.submit(packet(1, 0, "a")) == sheaf::Outcome{sheaf::Verdict::duplicate});
}

TEST_CASE("sink: without a dead letter the event is kept, and drain tries again") {
    FlakySink sink{1};
    test::Collator collator{
        test::Text{}, std::ref(sink), {}, {.delivery_attempts = 1}, sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(sink.attempts == 1);
    CHECK(collator.statistics().undelivered_resources == 1);
    CHECK(collator.statistics().in_flight.packets == 1);
    CHECK(collator.next_deadline() == std::chrono::nanoseconds::max());
    CHECK(collator.explain(1).find("no dead letter") != std::string::npos);
    test::pass(collator, 1h);
    CHECK(sink.attempts == 1);
    CHECK(collator.drain(30s).status == DrainStatus::finished);
    CHECK(sink.attempts == 2);
    CHECK(sink.delivery_ids.size() == 1);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("sink: where the dead letter throws too the event is kept, and cancel tries once more") {
    DeadLetterSink sink{99};
    sink.refuses = true;
    sheaf::PacketCollator collator{
        test::Text{}, std::ref(sink), {}, {.delivery_attempts = 1}, sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(collator.statistics().undelivered_resources == 1);
    sink.refuses = false;
    collator.cancel();
    CHECK(sink.buried == std::vector<std::string>{"a: attempt 2"});
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("sink: cancel gives an event that waits for its next attempt a last one") {
    FlakySink sink{1};
    test::Collator collator{
        test::Text{}, std::ref(sink), {}, {.delivery_backoff = {.initial = 1h, .maximum = 1h}}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    collator.cancel();
    CHECK(sink.attempts == 2);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("sink: an event that nobody ever takes is reported as in flight to the end") {
    FlakySink sink{99};
    test::Collator collator{
        test::Text{}, std::ref(sink), {}, {.delivery_attempts = 1, .destructor_deadline = 1ms}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    const auto report = collator.drain(10ms);
    CHECK(report.status == DrainStatus::undelivered);
    CHECK(report.statistics.in_flight.packets == 1);
    CHECK(report.statistics.undelivered_resources == 1);
    collator.cancel();
    CHECK(test::conserves(collator.statistics()));
    CHECK(collator.statistics().undelivered_resources == 1);
}

TEST_CASE("sink: drain does not sit out its deadline where only the host could help") {
    FlakySink sink{99};
    test::Collator collator{
        test::Text{}, std::ref(sink), {}, {.delivery_attempts = 1, .destructor_deadline = 1ms}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    const auto begin = std::chrono::steady_clock::now();
    CHECK(collator.drain(5s).status == DrainStatus::undelivered);
    CHECK(sink.attempts == 2);
    CHECK(std::chrono::steady_clock::now() - begin < 4s);
}

TEST_CASE("sink: events of different resources are delivered concurrently") {
    const test::Watchdog watchdog;
    std::atomic<int> inside{0};
    test::Collator collator{test::Text{},
                            sheaf::Handlers{[&](const TextCompleted&) {
                                                ++inside;
                                                CHECK(test::eventually([&] { return inside == 2; }));
                                            },
                                            [](const TextIncomplete&) {}},
                            sheaf::ThreadPool{2}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(collator.submit(last_packet(2, 0, "b")).accepted());
    CHECK(collator.drain(30s).status == DrainStatus::finished);
}

TEST_CASE("sink: the delivery id is name, id and incarnation, and differs between lives") {
    test::TextSink sink;
    test::Collator collator{
        test::Text{}, std::ref(sink), {}, {.name = "tests", .remember_for = 0ns, .seed = 7}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    const auto events = sink.completed();
    REQUIRE(events.size() == 2);
    CHECK(events[0].delivery_id().starts_with("tests/1/"));
    CHECK(events[0].delivery_id() != events[1].delivery_id());
}

TEST_CASE("sink: no event is lost where the executor drops the tasks that deliver") {
    const test::Watchdog watchdog;
    test::TextSink sink;
    test::Collator collator{test::Text{},
                            std::ref(sink),
                            test::DroppingExecutor{},
                            {.transform_attempts = 2,
                             .transform_backoff = {.initial = 1ms},
                             .delivery_backoff = {.initial = 1ms},
                             .destructor_deadline = 50ms}};
    CHECK(collator.submit(packet(1, 1, "b")).accepted());
    CHECK(test::eventually([&] { return sink.size() == 1; }));
    CHECK(collator.submit(packet(2, 1, "b")).accepted());
    collator.cancel();
    CHECK(sink.incomplete().size() == 2);
    CHECK(test::is_at_rest(collator.statistics()));
}
