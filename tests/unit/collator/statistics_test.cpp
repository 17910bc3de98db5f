#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

// What the host can see: statistics, which balance at any moment, and explain.

namespace {

using sheaf::Volume;
using test::last_packet;
using test::packet;
using test::pass;
using test::Signal;
using test::TextSink;
using namespace std::chrono_literals;

[[nodiscard]] bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("statistics: accepted is delivered + side channel + in flight at every callback") {
    std::function<void()> look;
    int looks = 0;
    test::Collator collator{[&](std::span<const std::byte> payload) {
                                look();
                                if (test::text_of(payload) == "bad") { throw std::runtime_error{"bad"}; }
                                return test::text_of(payload);
                            },
                            sheaf::Handlers{[&](const test::TextCompleted&) { look(); },
                                            [&](const test::TextIncomplete&) { look(); }}};
    look = [&] {
        ++looks;
        CHECK(test::conserves(collator.statistics()));
    };
    CHECK(collator.submit(packet(1, 0, "aa")).accepted());
    CHECK(collator.submit(last_packet(1, 1, "bbb")).accepted());
    CHECK(collator.submit(packet(2, 0, "cccc")).accepted());
    CHECK(collator.submit(packet(2, 1, "bad")).accepted());
    CHECK(collator.submit(packet(3, 5, "e")).accepted());
    const auto s = collator.statistics();
    CHECK(s.accepted == Volume{5, 13});
    CHECK(s.delivered == Volume{2, 5});
    CHECK(s.side_channel == Volume{2, 7});
    CHECK(s.in_flight == Volume{1, 1});
    CHECK(s.completed == 1);
    CHECK(s.incomplete == 1);
    CHECK(s.transform_failures == 1);
    CHECK(s.open_resources == 1);
    CHECK(s.undelivered_resources == 0);
    CHECK(s.remembered == 2);
    CHECK(s.held_packets == 1);
    CHECK(s.held_bytes > 0);
    CHECK(looks == 7);
    collator.cancel();
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("statistics: every answer of submit is counted once") {
    TextSink sink;
    test::Collator collator{test::Text{}, std::ref(sink)};
    CHECK(collator.submit(packet(1, 1, "x")).accepted());
    static_cast<void>(collator.submit(packet(1, 1, "x")));
    static_cast<void>(collator.submit(last_packet(1, 0, "x")));
    static_cast<void>(collator.submit(packet(1, sheaf::max_index + 1, "x")));
    CHECK(collator.evict_oldest());
    static_cast<void>(collator.submit(packet(1, 0, "x")));
    const auto s = collator.statistics();
    CHECK(s.accepted.packets == 1);
    CHECK(s.duplicates == 1);
    CHECK(s.conflicts == 1);
    CHECK(s.rejected == 1);
    CHECK(s.late == 1);
}

TEST_CASE("statistics: an observer on another thread never sees a sum that is off") {
    TextSink sink;
    test::Collator collator{test::Text{}, std::ref(sink), sheaf::ThreadPool{2}};
    std::atomic<bool> is_over{false};
    std::atomic<int> wrong{0};
    test::Thread observer{[&] {
        while (!is_over) { wrong += test::conserves(collator.statistics()) ? 0 : 1; }
    }};
    for (std::uint64_t id = 0; id < 1000; ++id) {
        CHECK(collator.submit(packet(id, 0, "a")).accepted());
        CHECK(collator.submit(last_packet(id, 1, "b")).accepted());
    }
    CHECK(collator.drain(30s).status == sheaf::DrainStatus::finished);
    is_over = true;
    observer.join();
    CHECK(wrong == 0);
}

TEST_CASE("explain: an id of which nothing is known, and one that has finished") {
    TextSink sink;
    test::Collator collator{test::Text{}, std::ref(sink)};
    CHECK(contains(collator.explain(1), "unknown"));
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(contains(collator.explain(1), "finished"));
}

TEST_CASE("explain: a gap, since when and until when") {
    TextSink sink;
    test::Collator collator{
        test::Text{}, std::ref(sink), {}, {.gap_timeout = 60s}, sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(contains(collator.explain(1), "waiting for index 1, the last index is not known"));
    CHECK(collator.submit(packet(1, 3, "d")).accepted());
    pass(collator, 15s);
    const auto text = collator.explain(1);
    CHECK(contains(text, "2 accepted"));
    CHECK(contains(text, "collated up to 1 exclusive"));
    CHECK(contains(text, "waiting for index 1 since 15.0 s"));
    CHECK(contains(text, "gap deadline in 45.0 s"));
    CHECK(contains(text, "0 transforms outstanding"));
}

TEST_CASE("explain: transforms that are outstanding, and the one that runs longest") {
    Signal arrived;
    Signal let_go;
    TextSink sink;
    test::Collator collator{test::Hanging{arrived, let_go},
                            std::ref(sink),
                            sheaf::ThreadPool{1},
                            {},
                            sheaf::traits<test::HostTimerTraits>};
    const test::SetAtExit guard{let_go};
    CHECK(collator.submit(packet(1, 0, "hang")).accepted());
    CHECK(collator.submit(last_packet(1, 1, "queued")).accepted());
    CHECK(arrived.wait());
    test::FakeClock::advance(7s);
    const auto text = collator.explain(1);
    CHECK(contains(text, "all packets up to the last, 1, are here"));
    CHECK(contains(text, "2 transforms outstanding"));
    CHECK(contains(text, "that of index 0 running 7.0 s, attempt 1"));
}

TEST_CASE("explain: a resource that ends when its transforms have settled") {
    TextSink sink;
    sheaf::ManualExecutor executor;
    test::Collator collator{test::Text{}, std::ref(sink), std::ref(executor)};
    CHECK(collator.submit(packet(1, 1, "b")).accepted());
    CHECK(collator.evict_oldest());
    CHECK(contains(collator.explain(1), "ends incomplete (evicted) when its transforms have settled"));
}

TEST_CASE("explain: an event that the sink has not taken") {
    bool fails = true;
    std::function<void(std::uint64_t)> look = [](std::uint64_t) {};
    test::Collator collator{
        test::Text{},
        sheaf::Handlers{[&](const test::TextCompleted& event) {
                            look(event.id);
                            if (fails) { throw std::runtime_error{"down"}; }
                        },
                        [](const test::TextIncomplete&) {}},
        {},
        {.delivery_attempts = 2, .delivery_backoff = {.initial = 10s, .multiplier = 1.0, .jitter = 0.0}},
        sheaf::traits<test::HostTimerTraits>};
    look = [&](std::uint64_t id) { CHECK(contains(collator.explain(id), "its event is with the sink")); };
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    pass(collator, 4s);
    CHECK(contains(collator.explain(1), "the sink failed 1 times, next attempt in 6.0 s"));
    pass(collator, 6s);
    CHECK(contains(collator.explain(1), "the sink failed 2 times and no dead letter took the event"));
    fails = false;
    CHECK(collator.drain(30s).status == sheaf::DrainStatus::finished);
}

TEST_CASE("options: the constructor refuses a wrong field by name, and nothing is left running") {
    const auto message = [](sheaf::Options options) {
        TextSink sink;
        try {
            const test::Collator collator{test::Text{}, std::ref(sink), sheaf::ThreadPool{1}, options};
        } catch (const std::invalid_argument& error) { return std::string{error.what()}; }
        return std::string{"accepted"};
    };
    CHECK(message({}) == "accepted");
    CHECK(contains(message({.first_index = std::uint64_t{1} << 63U}), "first_index"));
    CHECK(contains(message({.gap_timeout = -1ns}), "gap_timeout"));
    CHECK(contains(message({.inactivity_timeout = -1ns}), "inactivity_timeout"));
    CHECK(contains(message({.total_age = -1ns}), "total_age"));
    CHECK(contains(message({.transform_timeout = -1ns}), "transform_timeout"));
    CHECK(contains(message({.transform_attempts = 0}), "transform_attempts"));
    CHECK(contains(message({.transform_backoff = {.multiplier = 0.5}}), "transform_backoff"));
    CHECK(contains(message({.delivery_attempts = 0}), "delivery_attempts"));
    CHECK(contains(message({.delivery_backoff = {.jitter = 1.5}}), "delivery_backoff"));
    CHECK(contains(message({.max_packets = 0}), "max_packets"));
    CHECK(contains(message({.max_bytes = 4095}), "max_bytes"));
    CHECK(message({.max_bytes = 4096}) == "accepted");
    CHECK(contains(message({.max_resources = 0}), "max_resources"));
    CHECK(contains(message({.max_transforms = 0}), "max_transforms"));
    CHECK(contains(message({.remember_for = -1ns}), "remember_for"));
    CHECK(contains(message({.destructor_deadline = -1ns}), "destructor_deadline"));
}
