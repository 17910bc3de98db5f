#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <collator_ledger.hpp>

// Real threads against one collator; what comes out is compared with what was accepted. SHEAF_STRESS_PACKETS sets how
// many packets each case pushes.

namespace {

using test::Ledger;
using test::LedgerSink;
using test::PacketSource;
using test::produce;
using namespace std::chrono_literals;

/// Every packet has come out, once, and the collator holds nothing.
template <class Collator>
void check_end(Collator& collator, Ledger& ledger) {
    CHECK(collator.drain(60s).status == sheaf::DrainStatus::finished);
    const auto s = collator.statistics();
    CHECK(test::has_all_left(s));
    // A call that was timed out may end a little later.
    CHECK(test::eventually([&] { return test::is_at_rest(collator.statistics()); }));
    CHECK(s.completed + s.incomplete + s.dead_lettered == ledger.events());
    ledger.close();
    CHECK(ledger.first_error() == "");
}

}  // namespace

TEST_CASE("stress: producers with resources of their own, all complete") {
    const std::uint64_t count = test::resources_for(test::stress_packets(test::usual_stress));
    for (const std::uint64_t producers : {1U, 2U, 4U}) {
        Ledger ledger{count};
        LedgerSink sink{ledger};
        sheaf::PacketCollator collator{test::StressWords{}, std::ref(sink), sheaf::ThreadPool{3}};
        {
            std::vector<test::Thread> threads;
            for (std::uint64_t p = 0; p < producers; ++p) {
                threads.emplace_back([&, p] { produce(collator, ledger, {p + 1, p, producers, count, 32}); });
            }
        }
        check_end(collator, ledger);
        CHECK(collator.statistics().completed == count);
        CHECK(collator.statistics().incomplete == 0);
    }
}

TEST_CASE("stress: producers that all submit the same packets, each is accepted once") {
    const std::uint64_t count = test::resources_for(test::stress_packets(test::usual_stress) / 2);
    for (const std::size_t batch : {std::size_t{1}, std::size_t{100}}) {
        Ledger ledger{count};
        LedgerSink sink{ledger};
        sheaf::PacketCollator collator{test::StressWords{}, std::ref(sink), sheaf::ThreadPool{3}};
        {
            std::vector<test::Thread> threads;
            for (std::uint64_t p = 0; p < 3; ++p) {
                threads.emplace_back([&, p] { produce(collator, ledger, {p + 1, 0, 1, count, 64}, batch); });
            }
        }
        check_end(collator, ledger);
        CHECK(collator.statistics().completed == count);
    }
}

TEST_CASE("stress: the producers' own threads run the transforms") {
    const std::uint64_t count = test::resources_for(test::stress_packets(test::usual_stress));
    Ledger ledger{count};
    LedgerSink sink{ledger};
    sheaf::PacketCollator collator{test::StressWords{}, std::ref(sink)};
    {
        std::vector<test::Thread> threads;
        for (std::uint64_t p = 0; p < 4; ++p) {
            threads.emplace_back(
                [&, p] { produce(collator, ledger, {p + 1, 0, 1, count, 64}, p % 2 == 0 ? 1 : 30); });
        }
    }
    check_end(collator, ledger);
    CHECK(collator.statistics().completed == count);
}

TEST_CASE("stress: throwing transforms and failing sinks, with retries") {
    const std::uint64_t count = test::resources_for(test::stress_packets(test::usual_stress) / 2);
    Ledger ledger{count};
    LedgerSink sink{ledger, 20};
    std::atomic<std::uint64_t> draws{0};
    sheaf::PacketCollator collator{[&](std::span<const std::byte> payload) {
                                       if (test::Random{draws.fetch_add(1)}.chance(15)) {
                                           throw std::runtime_error{"unlucky"};
                                       }
                                       return test::stress_chunk(payload);
                                   },
                                   std::ref(sink),
                                   sheaf::ThreadPool{3},
                                   {.transform_attempts = 2,
                                    .transform_backoff = {.initial = 200us, .maximum = 1ms},
                                    .delivery_attempts = 50,
                                    .delivery_backoff = {.initial = 100us, .maximum = 500us}}};
    {
        std::vector<test::Thread> threads;
        for (std::uint64_t p = 0; p < 2; ++p) {
            threads.emplace_back([&, p] { produce(collator, ledger, {p + 1, 0, 1, count, 32}); });
        }
    }
    check_end(collator, ledger);
    CHECK(collator.statistics().transform_retries > 0);
    CHECK(collator.statistics().delivery_failures > 0);
}

TEST_CASE("stress: tiny bounds, and producers that wait for room") {
    const test::Watchdog watchdog{100s};
    const std::uint64_t count = test::resources_for(test::stress_packets(test::usual_stress) / 2);
    Ledger ledger{count};
    LedgerSink sink{ledger};
    sheaf::PacketCollator collator{test::StressWords{},
                                   std::ref(sink),
                                   sheaf::ThreadPool{2},
                                   {.gap_timeout = 5ms,
                                    .inactivity_timeout = 20ms,
                                    .max_packets = 48,
                                    .max_bytes = 48 * 1024,
                                    .max_resources = 12,
                                    .max_transforms = 4}};
    {
        std::vector<test::Thread> threads;
        for (std::uint64_t p = 0; p < 3; ++p) {
            threads.emplace_back([&, p] { produce(collator, ledger, {p + 1, p, 3, count, 2}); });
        }
    }
    check_end(collator, ledger);
}

TEST_CASE("stress: tiny bounds, and batches that wait for room") {
    const test::Watchdog watchdog{100s};
    const std::uint64_t count = test::resources_for(test::stress_packets(test::usual_stress) / 2);
    Ledger ledger{count};
    LedgerSink sink{ledger};
    sheaf::PacketCollator collator{test::StressWords{},
                                   std::ref(sink),
                                   sheaf::ThreadPool{2},
                                   {.gap_timeout = 5ms,
                                    .inactivity_timeout = 20ms,
                                    .max_packets = 48,
                                    .max_resources = 12,
                                    .max_transforms = 8}};
    {
        std::vector<test::Thread> threads;
        for (std::uint64_t p = 0; p < 2; ++p) {
            threads.emplace_back([&, p] { produce(collator, ledger, {p + 1, p, 2, count, 2}, 20); });
        }
    }
    check_end(collator, ledger);
}

TEST_CASE("stress: gap timeouts that race completion") {
    const std::uint64_t count = test::resources_for(test::stress_packets(test::usual_stress) / 2);
    Ledger ledger{count};
    LedgerSink sink{ledger};
    sheaf::PacketCollator collator{test::StressWords{},
                                   std::ref(sink),
                                   sheaf::ThreadPool{2},
                                   {.gap_timeout = 300us, .inactivity_timeout = 1ms, .total_age = 3ms}};
    {
        std::vector<test::Thread> threads;
        for (std::uint64_t p = 0; p < 2; ++p) {
            threads.emplace_back([&, p] { produce(collator, ledger, {p + 1, 0, 1, count, 8}); });
        }
    }
    check_end(collator, ledger);
}

TEST_CASE("stress: transform timeouts that race results") {
    const std::uint64_t count = test::resources_for(test::stress_packets(test::usual_stress) / 10);
    Ledger ledger{count};
    LedgerSink sink{ledger};
    std::atomic<std::uint64_t> draws{0};
    sheaf::PacketCollator collator{[&](std::span<const std::byte> payload) {
                                       if (test::Random{draws.fetch_add(1)}.chance(10)) {
                                           std::this_thread::sleep_for(600us);
                                       }
                                       return test::stress_chunk(payload);
                                   },
                                   std::ref(sink),
                                   sheaf::ThreadPool{3},
                                   {.transform_timeout = 600us,
                                    .transform_attempts = 2,
                                    .transform_backoff = {.initial = 10us, .maximum = 100us}}};
    {
        std::vector<test::Thread> threads;
        for (std::uint64_t p = 0; p < 2; ++p) {
            threads.emplace_back([&, p] { produce(collator, ledger, {p + 1, p, 2, count, 16}); });
        }
    }
    check_end(collator, ledger);
}

TEST_CASE("stress: observers see a consistent cut at any moment") {
    const std::uint64_t count = test::resources_for(test::stress_packets(test::usual_stress) / 2);
    Ledger ledger{count};
    LedgerSink sink{ledger, 10};
    sheaf::PacketCollator collator{
        test::StressWords{},
        std::ref(sink),
        sheaf::ThreadPool{2},
        {.gap_timeout = 5ms, .delivery_backoff = {.initial = 100us, .maximum = 1ms}}};
    std::atomic<bool> is_over{false};
    std::atomic<std::uint64_t> cuts{0};
    test::Thread observer{[&] {
        test::Random random{3};
        while (!is_over) {
            if (!test::conserves(collator.statistics())) {
                ledger.error("accepted is not delivered + side channel + in flight", 0);
            }
            if (collator.explain(random.below(count)).empty()) { ledger.error("no explanation", 0); }
            ++cuts;
        }
    }};
    test::Thread evictor{[&] {
        while (!is_over) {
            static_cast<void>(collator.evict_oldest());
            std::this_thread::sleep_for(300us);
        }
    }};
    {
        std::vector<test::Thread> threads;
        for (std::uint64_t p = 0; p < 2; ++p) {
            threads.emplace_back(
                [&, p] { produce(collator, ledger, {p + 1, 0, 1, count, 16}, p == 0 ? 1 : 16); });
        }
    }
    is_over = true;
    observer.join();
    evictor.join();
    CHECK(cuts > 0);
    check_end(collator, ledger);
}

TEST_CASE("stress: many packets through one collator, timed") {
    // With SHEAF_STRESS_PACKETS=10000000 this is the long run under a sanitizer.
    const std::uint64_t packets = test::stress_packets(2 * test::usual_stress);
    const std::uint64_t count = test::resources_for(packets);
    Ledger ledger{count};
    LedgerSink sink{ledger};
    sheaf::PacketCollator collator{test::StressWords{}, std::ref(sink), sheaf::ThreadPool{2}};
    const auto begin = std::chrono::steady_clock::now();
    {
        std::vector<test::Thread> threads;
        for (std::uint64_t p = 0; p < 2; ++p) {
            threads.emplace_back(
                [&, p] { produce(collator, ledger, {p + 1, p, 2, count, 1000}, p == 0 ? 1 : 64); });
        }
    }
    check_end(collator, ledger);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const auto accepted = collator.statistics().accepted.packets;
    MESSAGE(accepted << " packets in " << took.count()
                     << " s: " << static_cast<double>(accepted) / took.count() << " a second");
}
