#include "subject.hpp"

#include <collator_fixtures.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

/// What a user may count on whatever the policies. Each case takes each combination that has been linked.

namespace {

using sheaf::DrainStatus;
using sheaf::Outcome;
using sheaf::Rejection;
using sheaf::Verdict;
using test::Combination;
using test::SuiteEvent;
using test::SuiteHost;
using test::SuitePacket;
using namespace std::chrono_literals;

constexpr sheaf::Backoff short_pause{.initial = 1ms, .maximum = 1ms, .multiplier = 1.0, .jitter = 0.0};

/// One collator of a combination, and how to wait for what its threads do or to do what it has none for.
struct Bench {
    explicit Bench(const Combination& combination, sheaf::Options options = {})
        : subject{combination.make(host, std::move(options))} {}

    static SuitePacket packet(
        std::uint64_t id, std::uint64_t index, std::string text, bool last = false, int receipt = 0) {
        return {
            .resource_id = id, .index = index, .payload = std::move(text), .last = last, .receipt = receipt};
    }
    Outcome submit(SuitePacket packet) {
        const Outcome outcome = subject->submit(packet);
        CHECK(test::conserves(subject->statistics()));
        return outcome;
    }
    Outcome submit(
        std::uint64_t id, std::uint64_t index, std::string text, bool last = false, int receipt = 0) {
        return submit(packet(id, index, std::move(text), last, receipt));
    }

    void run_queued() {
        while (subject->run_queued()) {}
    }
    /// Waits for what follows from what has been submitted; no deadline passes (but that of a pause, with `OwnTimer`).
    template <class Condition>
    [[nodiscard]] bool reach(const Condition& condition) {
        return test::eventually([&] {
            run_queued();
            return condition();
        });
    }
    /// Waits for what comes with time.
    template <class Condition>
    [[nodiscard]] bool reach_in_time(const Condition& condition) {
        return test::eventually([&] {
            run_queued();
            if (condition()) { return true; }
            static_cast<void>(subject->pass_to_deadline());
            run_queued();
            return condition();
        });
    }
    [[nodiscard]] bool reach_rest() {
        return reach([this] { return test::is_at_rest(subject->statistics()); });
    }
    [[nodiscard]] bool reach_rest_in_time() {
        return reach_in_time([this] { return test::is_at_rest(subject->statistics()); });
    }
    /// The only event, when all has come to rest.
    [[nodiscard]] SuiteEvent only_event() {
        const auto events = host.events();
        CHECK(events.size() == 1);
        return events.empty() ? SuiteEvent{} : events.front();
    }

    SuiteHost host;
    std::unique_ptr<test::Subject> subject;
};

/// An incomplete event holds exactly the packets `texts`, each in one place.
void check_holds(const SuiteEvent& event, const std::map<std::uint64_t, std::string>& texts) {
    std::string prefix;
    std::map<std::uint64_t, std::string> rest = event.chunks;
    rest.insert(event.payloads.begin(), event.payloads.end());
    CHECK(rest.size() == event.chunks.size() + event.payloads.size());
    for (std::uint64_t index = 0; index < event.collated; ++index) {
        CHECK(texts.contains(index));
        CHECK(rest.emplace(index, texts.at(index)).second);
        prefix += texts.at(index);
    }
    CHECK(event.output == prefix);
    CHECK(rest == texts);
    CHECK(event.packets == texts.size());
}

template <class Case>
void for_each_combination(const Case& run) {
    CHECK(!test::combinations().empty());
    for (const Combination& combination : test::combinations()) {
        CAPTURE(combination.name);
        run(combination);
    }
}

}  // namespace

// Which ones there are: a file that is missing here would be a test that is skipped silently.
TEST_CASE("policies: every legal combination is there") {
    std::multiset<std::string> linked;
    for (const Combination& each : test::combinations()) { linked.insert(each.name); }
    std::multiset<std::string> legal;
    for (const std::string executor : {"Inline", "Manual", "Pool", "BorrowedPool", "HostThread"}) {
        for (const std::string mutex : {"Standard", "Spin", "Null"}) {
            for (const std::string timer : {"Own", "Host"}) {
                const bool has_threads = timer == "Own" || (executor != "Inline" && executor != "Manual");
                if (mutex == "Null" && has_threads) { continue; }
                for (const std::string collation : {"Concatenate", "KeepChunks", "Fold"}) {
                    const std::string rest = " " + mutex + " " + timer + " " + collation;
                    legal.insert(executor + rest);
                }
            }
        }
    }
#ifdef SHEAF_POLICY_SUBSET  // how many files this build was asked to take
    CHECK(linked.size() == SHEAF_POLICY_SUBSET);
    CHECK(std::includes(legal.begin(), legal.end(), linked.begin(), linked.end()));
#else
    CHECK(linked == legal);
#endif
}

TEST_CASE("policies: the output is in index order whatever the order of arrival") {
    for_each_combination([](const Combination& combination) {
        Bench bench{combination};
        constexpr std::uint64_t size = 4;
        std::array<std::uint64_t, size> order{};
        std::iota(order.begin(), order.end(), 0U);
        std::uint64_t id = 0;
        do {
            for (const std::uint64_t index : order) {
                const auto text = std::string(1, static_cast<char>('a' + index)) + std::to_string(id);
                CHECK(bench.submit(id, index, text, index + 1 == size).accepted());
            }
            ++id;
        } while (std::next_permutation(order.begin(), order.end()));
        CHECK(bench.reach_rest());
        const auto events = bench.host.events();
        CHECK(events.size() == id);
        std::set<std::uint64_t> seen;
        for (const auto& event : events) {
            const std::string name = std::to_string(event.id);
            CHECK(event.is_complete);
            CHECK(event.packets == size);
            CHECK(event.output == "a" + name + "b" + name + "c" + name + "d" + name);
            CHECK(seen.insert(event.id).second);
        }
        const auto statistics = bench.subject->statistics();
        CHECK(statistics.completed == id);
        CHECK(statistics.delivered.packets == size * id);
    });
}

TEST_CASE("policies: duplicates, conflicts and latecomers are told from packets") {
    for_each_combination([](const Combination& combination) {
        Bench bench{combination};
        CHECK(bench.submit(1, 0, "a").accepted());
        CHECK(bench.submit(1, 0, "A") == Outcome{Verdict::duplicate});
        CHECK(bench.submit(1, 2, "c", true).accepted());
        CHECK(bench.submit(1, 3, "d") == Outcome{Verdict::conflict});
        CHECK(bench.submit(1, 1, "b", true) == Outcome{Verdict::conflict});
        CHECK(bench.submit(1, 1, "b").accepted());
        CHECK(bench.reach_rest());
        CHECK(bench.only_event().output == "abc");
        CHECK(bench.submit(1, 1, "b") == Outcome{Verdict::duplicate});
        CHECK(bench.submit(1, 3, "d") == Outcome{Verdict::conflict});

        CHECK(bench.submit(2, 0, "a").accepted());
        CHECK(bench.subject->evict_oldest());
        CHECK(bench.reach_rest());
        CHECK(bench.submit(2, 1, "b") == Outcome{Verdict::late});
        const auto statistics = bench.subject->statistics();
        CHECK(statistics.duplicates == 2);
        CHECK(statistics.conflicts == 3);
        CHECK(statistics.late == 1);
        CHECK(statistics.accepted.packets == 4);
    });
}

TEST_CASE("policies: a gap ends with its timeout, and everything is in the event") {
    for_each_combination([](const Combination& combination) {
        Bench bench{combination, {.gap_timeout = 10ms}};
        CHECK(bench.submit(7, 3, "d", true).accepted());
        CHECK(bench.reach_rest_in_time());
        const auto event = bench.only_event();
        CHECK(!event.is_complete);
        CHECK(event.reason == "gap_timeout");
        check_holds(event, {{3, "d"}});
        CHECK(event.missing == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{0, 2}});
        CHECK(event.last_index == 3);
        CHECK(bench.submit(7, 0, "a") == Outcome{Verdict::late});
        CHECK(bench.subject->statistics().side_channel.packets == 1);
    });
}

TEST_CASE("policies: a transform that fails is tried again, and ends the resource when it fails for good") {
    for_each_combination([](const Combination& combination) {
        Bench bench{combination, {.transform_attempts = 2, .transform_backoff = short_pause}};
        CHECK(bench.submit(1, 0, "a").accepted());
        CHECK(bench.submit(1, 1, "?b", true).accepted());
        CHECK(bench.reach_rest_in_time());
        CHECK(bench.only_event().output == "a?b");
        CHECK(bench.subject->statistics().transform_retries == 1);

        CHECK(bench.submit(2, 0, "a2").accepted());
        CHECK(bench.submit(2, 1, "!b", true).accepted());  // ends the resource
        CHECK(bench.reach_rest_in_time());
        const auto events = bench.host.events();
        CHECK(events.size() == 2);
        CHECK(events.back().reason == "transform_failed");
        CHECK(events.back().has_error);
        CHECK(events.back().payloads == std::map<std::uint64_t, std::string>{{1, "!b"}});
        check_holds(events.back(), {{0, "a2"}, {1, "!b"}});
        CHECK(bench.subject->statistics().transform_failures == 3);
    });
}

TEST_CASE("policies: a sink that fails is tried again with the same delivery id") {
    for_each_combination([](const Combination& combination) {
        Bench bench{combination, {.delivery_attempts = 3, .delivery_backoff = short_pause}};
        bench.host.fail_deliveries(2);
        CHECK(bench.submit(1, 0, "a", true, 4).accepted());
        CHECK(bench.reach_rest_in_time());
        CHECK(bench.only_event().output == "a");
        const auto attempts = bench.host.attempts();
        CHECK(attempts.size() == 3);
        CHECK(std::count(attempts.begin(), attempts.end(), attempts.front()) == 3);
        CHECK(bench.host.receipts() == std::vector<int>{4});
        CHECK(bench.subject->statistics().delivery_failures == 2);

        bench.host.fail_deliveries(3);
        CHECK(bench.submit(2, 0, "b", true, 5).accepted());
        CHECK(bench.reach_rest_in_time());
        CHECK(bench.host.events().size() == 1);
        const auto buried = bench.host.buried();
        CHECK(buried.size() == 1);
        CHECK(buried.front().output == "b");
        CHECK(bench.host.receipts() == std::vector<int>{4, 5});
        CHECK(bench.subject->statistics().dead_lettered == 1);
        CHECK(bench.subject->statistics().side_channel.packets == 1);
    });
}

TEST_CASE("policies: drain finishes what can be finished, and ends what has gaps") {
    for_each_combination([](const Combination& combination) {
        Bench bench{combination};
        CHECK(bench.submit(1, 1, "b", true).accepted());
        CHECK(bench.submit(1, 0, "a").accepted());
        CHECK(bench.submit(2, 1, "y").accepted());
        CHECK(bench.subject->drain(30s) == DrainStatus::finished);
        auto events = bench.host.events();
        CHECK(events.size() == 2);
        std::sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
        CHECK(events.front().output == "ab");
        CHECK(events.back().reason == "drained");
        check_holds(events.back(), {{1, "y"}});
        CHECK(test::is_at_rest(bench.subject->statistics()));

        auto late_packet = Bench::packet(3, 0, "z", true, 9);
        CHECK(bench.subject->submit(late_packet) == Outcome{Rejection::shutting_down});
        CHECK(late_packet.payload.size() == 1);
        CHECK(late_packet.receipt == 9);
        CHECK(bench.subject->drain(30s) == DrainStatus::finished);
        bench.subject->cancel();
        bench.subject->destroy();
        CHECK(bench.host.events().size() == 2);
    });
}

TEST_CASE("policies: cancel ends everything at once") {
    for_each_combination([](const Combination& combination) {
        Bench bench{combination};
        CHECK(bench.submit(1, 0, "a", false, 1).accepted());
        CHECK(bench.submit(1, 2, "c", true, 2).accepted());
        bench.subject->cancel();
        const auto event = bench.only_event();
        CHECK(event.reason == "cancelled");
        check_holds(event, {{0, "a"}, {2, "c"}});
        CHECK(bench.host.receipts() == std::vector<int>{1, 2});
        CHECK(bench.submit(1, 1, "b") == Outcome{Rejection::shutting_down});
        bench.subject->cancel();
        CHECK(bench.subject->drain(30s) == DrainStatus::finished);
        CHECK(bench.reach_rest());
        CHECK(bench.host.events().size() == 1);
    });
}

TEST_CASE("policies: the destructor drains") {
    for_each_combination([](const Combination& combination) {
        Bench bench{combination};
        CHECK(bench.submit(1, 0, "a", true, 1).accepted());
        CHECK(bench.submit(2, 1, "b", false, 2).accepted());
        bench.subject->destroy();
        auto events = bench.host.events();
        CHECK(events.size() == 2);
        std::sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
        CHECK(events.front().is_complete);
        CHECK(events.back().reason == "drained");
        CHECK(bench.host.receipts() == std::vector<int>{1, 2});
    });
}

TEST_CASE("policies: at a bound a packet is refused and untouched, and the one that makes room is not") {
    for_each_combination([](const Combination& combination) {
        Bench bench{combination, {.max_packets = 6, .when_full = sheaf::WhenFull::reject}};
        CHECK(bench.submit(1, 2, "c", true).accepted());
        CHECK(bench.submit(1, 1, "b").accepted());
        std::uint64_t id = 2;
        while (bench.submit(id, 1, "x").accepted()) { ++id; }
        CHECK(id > 3);
        CHECK(bench.subject->statistics().held_packets <= 6);

        auto refused = Bench::packet(id, 1, "x", false, 3);
        CHECK(bench.subject->submit(refused) == Outcome{Rejection::overloaded});
        CHECK(refused.payload.size() == 1);
        CHECK(refused.receipt == 3);
        CHECK(bench.subject->statistics().rejected == 2);

        CHECK(bench.submit(1, 0, "a").accepted());
        CHECK(bench.reach([&] { return bench.host.events().size() == 1; }));
        CHECK(bench.only_event().output == "abc");
        CHECK(bench.reach([&] { return bench.subject->submit(refused).accepted(); }));
        CHECK(bench.subject->drain(30s) == DrainStatus::finished);
        CHECK(bench.host.events().size() == id);
        CHECK(test::is_at_rest(bench.subject->statistics()));
    });
}

TEST_CASE("policies: a batch gives an answer for each packet") {
    for_each_combination([](const Combination& combination) {
        Bench bench{combination};
        std::vector<SuitePacket> packets;
        packets.push_back(Bench::packet(1, 1, "b", true, 1));
        packets.push_back(Bench::packet(2, 0, "x", false, 2));
        packets.push_back(Bench::packet(1, 1, "B", true, 3));
        packets.push_back(Bench::packet(1, 2, "c", false, 4));
        packets.push_back(Bench::packet(1, 0, "a", false, 5));
        packets.push_back(Bench::packet(2, 1, "y", true, 6));
        std::vector<Outcome> outcomes(packets.size());
        const auto total = bench.subject->submit(packets, outcomes);
        CHECK(total.accepted == 4);
        CHECK(total.duplicate == 1);
        CHECK(total.conflict == 1);
        const std::vector<Outcome> expected{Verdict::accepted, Verdict::accepted, Verdict::duplicate,
                                            Verdict::conflict, Verdict::accepted, Verdict::accepted};
        CHECK(outcomes == expected);
        CHECK(packets[3].payload.size() == 1);
        CHECK(bench.reach_rest());
        auto events = bench.host.events();
        CHECK(events.size() == 2);
        std::sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
        CHECK(events.front().output == "ab");
        CHECK(events.back().output == "xy");
        CHECK(bench.host.receipts() == std::vector<int>{1, 2, 3, 5, 6});
    });
}

TEST_CASE("policies: the receipt of each packet comes back once, after its event") {
    for_each_combination([](const Combination& combination) {
        Bench bench{combination};
        CHECK(bench.submit(1, 1, "b", true, 10).accepted());
        CHECK(bench.submit(1, 1, "b", true, 11) == Outcome{Verdict::duplicate});
        bench.run_queued();
        CHECK(bench.host.receipts().empty());
        CHECK(bench.submit(1, 0, "a", false, 12).accepted());
        CHECK(bench.reach_rest());
        CHECK(bench.host.receipts() == std::vector<int>{10, 11, 12});
        CHECK(bench.submit(1, 0, "a", false, 13) == Outcome{Verdict::duplicate});
        CHECK(bench.host.receipts() == std::vector<int>{10, 11, 12, 13});
        CHECK(bench.submit(1, 2, "c", false, 14) == Outcome{Verdict::conflict});
        CHECK(bench.subject->drain(30s) == DrainStatus::finished);
        bench.subject->destroy();
        CHECK(bench.host.receipts() == std::vector<int>{10, 11, 12, 13});
    });
}

TEST_CASE("policies: the oldest resource can be evicted, and explained before") {
    for_each_combination([](const Combination& combination) {
        Bench bench{combination, {.gap_timeout = 1h}};
        CHECK(bench.submit(1, 1, "b", false, 1).accepted());
        CHECK(bench.submit(2, 0, "x", false, 2).accepted());
        CHECK(bench.subject->explain(1).find("waiting for index 0") != std::string::npos);
        CHECK(bench.subject->evict_oldest());
        CHECK(bench.reach([&] { return bench.host.events().size() == 1; }));
        CHECK(bench.only_event().id == 1);
        CHECK(bench.only_event().reason == "evicted");
        check_holds(bench.only_event(), {{1, "b"}});
        CHECK(bench.submit(2, 1, "y", true, 3).accepted());
        CHECK(bench.reach_rest());
        CHECK(bench.host.events().back().output == "xy");
        CHECK(!bench.subject->evict_oldest());
        CHECK(bench.host.receipts() == std::vector<int>{1, 2, 3});
    });
}
