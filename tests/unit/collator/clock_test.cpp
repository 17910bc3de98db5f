#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

namespace {

using sheaf::IncompleteReason;
using test::FakeClock;
using test::last_packet;
using test::packet;
using test::pass;
using test::TextSink;
using namespace std::chrono_literals;

constexpr auto never = std::chrono::nanoseconds::max();

[[nodiscard]] auto with_clock(TextSink& sink, sheaf::Options options) {
    return std::make_unique<test::Collator<sheaf::InlineExecutor, test::HostTimerTraits>>(
        test::Text{}, std::ref(sink), sheaf::InlineExecutor{}, std::move(options));
}

}  // namespace

TEST_CASE("clocks: the gap timeout is exact, from the first sight of the gap") {
    TextSink sink;
    const auto collator = with_clock(sink, {});
    CHECK(collator->next_deadline() == never);
    CHECK(collator->submit(packet(1, 0, "a")).accepted());
    CHECK(collator->next_deadline() == never);  // no gap, no clock
    FakeClock::advance(100s);
    CHECK(collator->submit(packet(1, 2, "c")).accepted());
    const auto seen = FakeClock::at();
    CHECK(collator->next_deadline() == seen + 60s);
    pass(*collator, 60s - 1ns);
    CHECK(sink.size() == 0);
    pass(*collator, 1ns);
    REQUIRE(sink.incomplete().size() == 1);
    const auto event = sink.incomplete().front();
    CHECK(event.reason == IncompleteReason::gap_timeout);
    CHECK(event.settled_at == seen + 60s);
    CHECK(event.opened_at == seen - 100s);
    CHECK(collator->next_deadline() == never);
}

TEST_CASE("clocks: a busy stream with one packet missing reports it at 60 seconds") {
    TextSink sink;
    const auto collator = with_clock(sink, {});
    CHECK(collator->submit(packet(1, 0, "a")).accepted());
    CHECK(collator->submit(packet(1, 2, "c")).accepted());
    for (std::uint64_t i = 3; i < 3 + 119; ++i) {
        pass(*collator, 500ms);
        CHECK(collator->submit(packet(1, i, "x")).accepted());
    }
    CHECK(sink.size() == 0);
    pass(*collator, 500ms);
    CHECK(sink.incomplete().size() == 1);
}

TEST_CASE("clocks: when the head moves on, the next gap counts from its own first sight") {
    TextSink sink;
    const auto collator = with_clock(sink, {});
    CHECK(collator->submit(packet(1, 1, "b")).accepted());  // gap at 0, seen at +0
    const auto start = FakeClock::at();
    pass(*collator, 20s);
    CHECK(collator->submit(packet(1, 3, "d")).accepted());  // gap at 2, seen at +20
    pass(*collator, 20s);
    CHECK(collator->submit(packet(1, 5, "f")).accepted());  // gap at 4, seen at +40
    CHECK(collator->next_deadline() == start + 60s);
    CHECK(collator->submit(packet(1, 0, "a")).accepted());
    CHECK(collator->next_deadline() == start + 80s);
    CHECK(collator->submit(packet(1, 2, "c")).accepted());
    CHECK(collator->next_deadline() == start + 100s);
    CHECK(collator->submit(packet(1, 4, "e")).accepted());
    CHECK(collator->next_deadline() == never);
}

TEST_CASE("clocks: a last packet that comes first opens the gap") {
    TextSink sink;
    const auto collator = with_clock(sink, {.gap_timeout = 5s});
    CHECK(collator->submit(last_packet(1, 3, "d")).accepted());
    CHECK(collator->next_deadline() == FakeClock::at() + 5s);
    CHECK(collator->submit(packet(1, 0, "a")).accepted());
    pass(*collator, 5s);
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(sink.incomplete().front().missing == std::vector<sheaf::IndexRange>{{1, 2}});
}

TEST_CASE("clocks: a resource that has all its packets does not time out") {
    TextSink sink;
    sheaf::ManualExecutor executor;
    test::Collator collator{test::Text{},
                            std::ref(sink),
                            std::ref(executor),
                            {.inactivity_timeout = 1s, .total_age = 2s},
                            sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(last_packet(1, 1, "b")).accepted());
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.next_deadline() == never);
    pass(collator, 1h);
    CHECK(executor.run_all() == 2);
    CHECK(sink.completed().size() == 1);
}

TEST_CASE("clocks: inactivity counts from the last packet, duplicates do not feed it") {
    TextSink sink;
    const auto collator = with_clock(sink, {.inactivity_timeout = 10s});
    CHECK(collator->submit(packet(1, 0, "a")).accepted());
    pass(*collator, 6s);
    CHECK(collator->submit(packet(1, 1, "b")).accepted());
    CHECK(collator->next_deadline() == FakeClock::at() + 10s);
    pass(*collator, 6s);
    CHECK(collator->submit(packet(1, 1, "b")) == sheaf::Outcome{sheaf::Verdict::duplicate});
    CHECK(collator->next_deadline() == FakeClock::at() + 4s);
    pass(*collator, 4s - 1ns);
    CHECK(sink.size() == 0);
    pass(*collator, 1ns);
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(sink.incomplete().front().reason == IncompleteReason::inactivity);
    CHECK(sink.incomplete().front().output == "ab");
}

TEST_CASE("clocks: total age ends a resource however busy it is") {
    TextSink sink;
    const auto collator = with_clock(sink, {.gap_timeout = 0s, .total_age = 10s});
    const auto start = FakeClock::at();
    for (std::uint64_t i = 0; i < 10; ++i) {
        CHECK(collator->submit(packet(1, i, "x")).accepted());
        CHECK(collator->next_deadline() == start + 10s);
        CHECK(sink.size() == 0);
        pass(*collator, 1s);
    }
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(sink.incomplete().front().reason == IncompleteReason::total_age);
    CHECK(sink.incomplete().front().settled_at == start + 10s);
}

TEST_CASE("clocks: the earliest of many deadlines is the next") {
    TextSink sink;
    const auto collator = with_clock(sink, {.gap_timeout = 10s});
    const auto start = FakeClock::at();
    for (std::uint64_t id = 0; id < 50; ++id) {
        CHECK(collator->submit(packet(id, 1, "x")).accepted());
        CHECK(collator->next_deadline() == start + 10s);
        FakeClock::advance(100ms);
    }
    for (std::uint64_t id = 0; id < 50; ++id) {
        const auto due = start + 10s + id * 100ms;
        CHECK(collator->next_deadline() == due);
        FakeClock::advance(due - FakeClock::at());
        collator->advance(FakeClock::at());
        CHECK(sink.size() == id + 1);
    }
}

TEST_CASE("clocks: a deadline while transforms run ends the resource when they have settled") {
    TextSink sink;
    sheaf::ManualExecutor executor;
    test::Collator collator{test::Text{},
                            std::ref(sink),
                            std::ref(executor),
                            {.gap_timeout = 1s},
                            sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(packet(1, 1, "b")).accepted());
    pass(collator, 1s);
    CHECK(sink.size() == 0);
    CHECK(collator.submit(packet(1, 0, "a")) == sheaf::Outcome{sheaf::Verdict::late});
    CHECK(collator.explain(1).find("gap_timeout") != std::string::npos);
    CHECK(executor.run_all() == 1);
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(sink.incomplete().front().reason == IncompleteReason::gap_timeout);
    CHECK(sink.incomplete().front().chunks.size() == 1);
}

TEST_CASE("clocks: finished ids are forgotten when their time is over") {
    TextSink sink;
    const auto collator = with_clock(sink, {.remember_for = 10min});
    CHECK(collator->submit(last_packet(1, 0, "a")).accepted());
    FakeClock::advance(10min - 1ns);
    CHECK(collator->submit(last_packet(1, 0, "a")) == sheaf::Outcome{sheaf::Verdict::duplicate});
    FakeClock::advance(1ns);
    CHECK(collator->submit(last_packet(1, 0, "a")).accepted());
    CHECK(sink.completed().size() == 2);
}

TEST_CASE("clocks: with its own timer the gap timeout fires by itself, on a thread of the executor") {
    test::Signal delivered;
    std::thread::id on;
    test::Collator collator{test::Text{},
                            sheaf::Handlers{[](const test::TextCompleted&) {},
                                            [&](const test::TextIncomplete& event) {
                                                CHECK(event.reason == IncompleteReason::gap_timeout);
                                                CHECK(event.settled_at - event.opened_at >= 30ms);
                                                on = std::this_thread::get_id();
                                                delivered.set();
                                            }},
                            sheaf::ThreadPool{1},
                            {.gap_timeout = 30ms}};
    CHECK(collator.submit(packet(1, 1, "b")).accepted());
    CHECK(delivered.wait());
    CHECK(on != std::this_thread::get_id());
}

TEST_CASE("clocks: an earlier deadline wakes a timer that sleeps for a later one") {
    TextSink sink;
    test::Collator collator{
        test::Text{},
        std::ref(sink),
        sheaf::ThreadPool{1},
        {.gap_timeout = 1h, .transform_attempts = 2, .transform_backoff = {.initial = 1ms}}};
    CHECK(collator.submit(packet(1, 1, "b")).accepted());
    std::atomic<int> calls{0};
    test::Collator other{[&](std::span<const std::byte> payload) {
                             if (++calls == 1) { throw std::runtime_error{"once"}; }
                             return test::text_of(payload);
                         },
                         std::ref(sink),
                         sheaf::ThreadPool{1},
                         {.gap_timeout = 1h, .transform_attempts = 2, .transform_backoff = {.initial = 1ms}}};
    CHECK(other.submit(packet(1, 1, "arms the hour")).accepted());
    CHECK(other.submit(last_packet(2, 0, "retried")).accepted());
    CHECK(test::eventually([&] { return sink.completed().size() == 1 || calls >= 3; }));
}

TEST_CASE("clocks: max_remembered is shared out among the stripes without a rest") {
    for (const std::size_t most : {3U, 6U}) {
        TextSink sink;
        test::Collator collator{test::Text{},
                                std::ref(sink),
                                {},
                                {.max_remembered = most, .seed = 1},
                                sheaf::traits<test::HostTimerTraits>};
        constexpr std::uint64_t resources = 100;
        for (std::uint64_t id = 0; id < resources; ++id) {
            CHECK(collator.submit(last_packet(id, 0, "a")).accepted());
        }
        std::size_t remembered = 0;
        for (std::uint64_t id = 0; id < resources; ++id) {
            if (collator.explain(id).starts_with("finished")) { ++remembered; }
        }
        CHECK(remembered == most);
    }
}
