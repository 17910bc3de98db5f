#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <collator_ledger.hpp>

// Stopping, while everything is going on: drain, cancel and destruction, from any thread, against producers, workers,
// timers and late answers.

namespace {

using test::Ledger;
using test::LedgerSink;
using test::produce;
using namespace std::chrono_literals;

constexpr std::size_t workers = 2;

/// Transform that counts calls after the collator has stopped. A call whose thread had looked at the gate before is one
/// that was running, though it comes here only now: one for each thread is no intruder.
struct WatchfulWords {
    std::atomic<bool>& is_stopped;
    std::atomic<std::size_t>& intruders;

    [[nodiscard]] test::Words operator()(std::span<const std::byte> payload) const {
        intruders += is_stopped ? 1U : 0U;
        return test::stress_chunk(payload);
    }
};

/// Two producers, and after a while `stop(collator)`; at its end nothing is left and no callback comes any more.
template <class Stop>
void stop_in_the_middle(std::uint64_t seed, const sheaf::Options& options, const Stop& stop) {
    constexpr std::uint64_t count = 100'000;  // more than ever come
    Ledger ledger{count};
    LedgerSink sink{ledger, options.delivery_attempts > 1 ? 10U : 0U};
    std::atomic<std::uint64_t> begun{0};
    std::atomic<std::size_t> intruders{0};
    {
        sheaf::PacketCollator collator{WatchfulWords{sink.is_stopped, intruders}, std::ref(sink),
                                       sheaf::ThreadPool{workers}, options};
        std::vector<test::Thread> threads;
        for (std::uint64_t p = 0; p < 2; ++p) {
            threads.emplace_back([&, p] {
                ++begun;
                produce(collator, ledger, {seed * 2 + p, p, 2, count, 16}, p == 0 ? 1 : 20);
            });
        }
        while (begun < 2) { std::this_thread::yield(); }
        std::this_thread::sleep_for(std::chrono::microseconds{test::Random{seed}.below(2000)});
        stop(collator);
        sink.is_stopped = true;
        threads.clear();
        CHECK(test::has_all_left(collator.statistics()));
        // What was running when cancel came ends a little later.
        CHECK(test::eventually([&] { return test::is_at_rest(collator.statistics()); }));
    }
    CHECK(intruders <= workers);
    ledger.close();
    CHECK(ledger.first_error() == "");
}

/// Sink that destroys its collator at its event number `destroy_at`. Shared with the collator, whose last thread may
/// be the last to leave.
struct Host {
    Ledger ledger{20};
    std::uint64_t destroy_at = 1;
    std::function<void()> destroy{};
    std::atomic<std::uint64_t> events{0};
    test::Signal all_in{};
    test::Signal all_out{};
};
struct HostSink {
    void deliver(const test::WordsCompleted& event) { take(event); }
    void deliver(const test::WordsIncomplete& event) { take(event); }

    template <class Event>
    void take(const Event& event) {
        host->ledger.delivered(event);
        const std::uint64_t number = ++host->events;
        if (number == host->destroy_at) { host->destroy(); }
        if (number == host->ledger.resources()) { host->all_out.set(); }
    }

    std::shared_ptr<Host> host;
};

[[nodiscard]] std::uint64_t rounds(std::uint64_t packets_each) {
    return test::stress_packets(test::usual_stress) / packets_each + 1;
}

/// `stop_in_the_middle` again and again.
template <class Stop>
void stop_often(const sheaf::Options& options, const Stop& stop) {
    const test::Watchdog watchdog{100s};
    for (std::uint64_t round = 0; round < rounds(500); ++round) { stop_in_the_middle(round, options, stop); }
}

constexpr auto finish = [](auto& collator) {
    CHECK(collator.drain(60s).status == sheaf::DrainStatus::finished);
};

/// For sinks that fail: what is tried again comes soon.
constexpr sheaf::Backoff soon{.initial = 10us, .maximum = 50us};

}  // namespace

TEST_CASE("stress: drain in the middle of it") { stop_often({.delivery_attempts = 1}, finish); }

TEST_CASE("stress: drain in the middle of it, with a sink that fails") {
    stop_often({.gap_timeout = 500us, .delivery_attempts = 100, .delivery_backoff = soon}, finish);
}

TEST_CASE("stress: cancel in the middle of it") {
    stop_often({.delivery_attempts = 1}, [](auto& collator) { collator.cancel(); });
}

TEST_CASE("stress: drain and cancel from several threads at once") {
    stop_often({.gap_timeout = 500us, .delivery_attempts = 1}, [](auto& collator) {
        std::vector<test::Thread> threads;
        threads.emplace_back([&] { static_cast<void>(collator.drain(60s)); });
        threads.emplace_back([&] { collator.cancel(); });
        threads.emplace_back([&] { static_cast<void>(collator.drain(100us)); });
        threads.emplace_back([&] { collator.cancel(); });
        threads.clear();
        collator.cancel();
    });
}

TEST_CASE("stress: drains with short deadlines, one after the other, come to the end") {
    stop_often({.delivery_attempts = 100, .delivery_backoff = soon}, [](auto& collator) {
        while (collator.drain(50us).status != sheaf::DrainStatus::finished) {}
    });
}

TEST_CASE("stress: between two drains no callback starts") {
    const test::Watchdog watchdog{100s};
    for (std::uint64_t round = 0; round < rounds(500); ++round) {
        std::atomic<bool> is_stopped{false};
        std::atomic<std::size_t> intruders{0};
        const auto notice = [&] { intruders += is_stopped ? 1U : 0U; };
        sheaf::PacketCollator collator{[&](std::span<const std::byte> payload) {
                                           notice();
                                           return test::text_of(payload);
                                       },
                                       sheaf::Handlers{[&](const test::TextCompleted&) { notice(); },
                                                       [&](const test::TextIncomplete&) { notice(); }},
                                       sheaf::ThreadPool{workers}};
        for (std::uint64_t id = 0; id < 200; ++id) {
            CHECK(collator.submit(test::packet(id, id % 3, "x", id % 2 == 0)).accepted());
        }
        for (bool is_finished = false; !is_finished;) {
            is_stopped = false;
            intruders = 0;
            is_finished = collator.drain(20us).status == sheaf::DrainStatus::finished;
            is_stopped = true;
            std::this_thread::sleep_for(50us);
            CHECK(intruders <= workers);  // as in WatchfulWords
            CHECK((!is_finished || intruders == 0));
        }
    }
}

TEST_CASE("stress: construction, a few packets, destruction") {
    const test::Watchdog watchdog{100s};
    for (std::uint64_t round = 0; round < rounds(40); ++round) {
        const std::uint64_t count = 6;
        Ledger ledger{count};
        LedgerSink sink{ledger};
        std::atomic<std::size_t> intruders{0};
        {
            sheaf::PacketCollator collator{WatchfulWords{sink.is_stopped, intruders},
                                           std::ref(sink),
                                           sheaf::ThreadPool{1 + static_cast<std::size_t>(round % 3)},
                                           {.gap_timeout = round % 2 == 0 ? 60s : 0s}};
            if (round % 5 != 0) { produce(collator, ledger, {round, 0, 1, count, 4}); }
        }
        sink.is_stopped = true;
        CHECK(intruders == 0);
        ledger.close();
        CHECK(ledger.first_error() == "");
    }
}

TEST_CASE("stress: the collator is destroyed by its own sink, on whichever thread that runs") {
    const test::Watchdog watchdog{100s};
    using Collator = sheaf::PacketCollator<test::StressWords, HostSink, sheaf::ThreadPool>;
    for (std::uint64_t round = 0; round < rounds(200); ++round) {
        const auto host = std::make_shared<Host>();
        host->destroy_at = 1 + round % 10;
        auto* const collator = new Collator{test::StressWords{}, HostSink{host}, sheaf::ThreadPool{3},
                                            sheaf::Options{.gap_timeout = 1ms}};
        host->destroy = [collator, raw = host.get()] {
            if (!raw->all_in.wait()) { raw->ledger.error("the producer does not end", 0); }
            delete collator;
        };
        produce(*collator, host->ledger, {round, 0, 1, host->ledger.resources(), 4});
        host->all_in.set();
        CHECK(host->all_out.wait());
        // The thread that has destroyed it lets go of it last.
        CHECK(test::eventually([&] { return host.use_count() == 1; }));
        CHECK(host->events == host->ledger.resources());
        host->ledger.close();
        CHECK(host->ledger.first_error() == "");
    }
}

TEST_CASE(
    "stress: answers of an asynchronous sink and results of an asynchronous transform, from other threads") {
    const test::Watchdog watchdog{100s};
    const std::uint64_t count = test::resources_for(test::stress_packets(test::usual_stress) / 4);
    Ledger ledger{count};
    sheaf::ThreadPool remote{2};
    std::atomic<std::uint64_t> draws{0};
    const auto start = [&](std::span<const std::byte> payload, sheaf::Completion<test::Words> completion) {
        remote.execute([&, payload, kept = std::move(completion)]() mutable {
            const auto draw = test::Random{draws.fetch_add(1)}.below(20);
            if (draw == 0) {
                kept.fail(std::make_exception_ptr(std::runtime_error{"remote"}));
            } else if (draw != 1) {  // 1: dropped
                kept.complete(test::stress_chunk(payload));
            }
        });
    };
    struct Start {
        using chunk_type = test::Words;
        std::function<void(std::span<const std::byte>, sheaf::Completion<test::Words>)> begin;
        void operator()(std::span<const std::byte> payload, sheaf::Completion<test::Words> completion) const {
            begin(payload, std::move(completion));
        }
    };
    const auto answer = [&](const auto& event, sheaf::Acknowledgement handle) {
        remote.execute([&, kept = std::move(handle)]() mutable {
            const auto draw = test::Random{draws.fetch_add(1)}.below(10);
            if (draw == 0) {
                kept.failed(nullptr);
            } else if (draw != 1) {
                ledger.delivered(event);
                kept.delivered();
            }
        });
    };
    sheaf::PacketCollator collator{Start{start},
                                   sheaf::Handlers{answer, answer},
                                   sheaf::ThreadPool{2},
                                   {.transform_attempts = 2,
                                    .transform_backoff = soon,
                                    .delivery_attempts = 100,
                                    .delivery_backoff = soon}};
    {
        std::vector<test::Thread> threads;
        for (std::uint64_t p = 0; p < 2; ++p) {
            threads.emplace_back([&, p] { produce(collator, ledger, {p + 1, 0, 1, count, 32}); });
        }
    }
    CHECK(collator.drain(60s).status == sheaf::DrainStatus::finished);
    CHECK(test::is_at_rest(collator.statistics()));
    ledger.close();
    CHECK(ledger.first_error() == "");
}
