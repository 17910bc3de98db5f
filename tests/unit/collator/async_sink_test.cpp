#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

#include <set>

// The sink that answers later, through an `Acknowledgement`.

namespace {

using sheaf::DrainStatus;
using test::last_packet;
using test::packet;
using test::Signal;
using test::TextCompleted;
using test::TextIncomplete;
using namespace std::chrono_literals;

/// What cases lend their collators as, to share one instantiation.
struct LateSink {
    LateSink() = default;
    LateSink(const LateSink&) = delete;
    LateSink& operator=(const LateSink&) = delete;
    virtual ~LateSink() = default;
    virtual void deliver(const TextCompleted& event, sheaf::Acknowledgement handle) = 0;
    virtual void deliver(const TextIncomplete& event, sheaf::Acknowledgement handle) = 0;
};
[[nodiscard]] std::reference_wrapper<LateSink> lend(LateSink& sink) { return sink; }

/// Keeps the handles.
struct KeepingSink : LateSink {
    void deliver(const TextCompleted& event, sheaf::Acknowledgement handle) override {
        keep(event, std::move(handle));
    }
    void deliver(const TextIncomplete& event, sheaf::Acknowledgement handle) override {
        keep(event, std::move(handle));
    }
    template <class Event>
    void keep(const Event& event, sheaf::Acknowledgement handle) {
        const std::lock_guard lock{mutex};
        delivery_ids.insert(event.delivery_id());
        outputs.push_back(&event.output);
        handles.push_back(std::move(handle));
    }
    [[nodiscard]] std::size_t attempts() {
        const std::lock_guard lock{mutex};
        return handles.size();
    }

    std::mutex mutex;
    std::vector<sheaf::Acknowledgement> handles;
    std::vector<const std::string*> outputs;
    std::set<std::string> delivery_ids;
};

/// Handler that answers at once, and then throws if it shall.
struct Answer {
    int& events;
    bool throws = false;

    template <class Event>
    void operator()(const Event&, sheaf::Acknowledgement handle) const {
        ++events;
        handle.delivered();
        if (throws) { throw std::runtime_error{"too late"}; }
    }
};

/// Drops the handle or throws, and has a dead letter.
struct Burial {
    std::vector<std::string> events{};
    std::exception_ptr error{};
};
struct BuryingSink {
    Burial& burial;
    bool throws = false;

    void deliver(const TextCompleted&, sheaf::Acknowledgement) {
        if (throws) { throw std::runtime_error{"cannot connect"}; }
    }
    void deliver(const TextIncomplete&, sheaf::Acknowledgement) {}
    void dead_letter(const TextCompleted&, const std::exception_ptr& error) {
        burial.events.emplace_back("completed");
        burial.error = error;
    }
    void dead_letter(const TextIncomplete&, const std::exception_ptr&) {
        burial.events.emplace_back("incomplete");
    }
};

}  // namespace

TEST_CASE("async sink: the resource is in flight until the answer, and the event stays valid until then") {
    KeepingSink sink;
    sheaf::PacketCollator collator{test::Text{}, lend(sink)};
    CHECK(collator.submit(last_packet(1, 0, std::string(100, 'x'))).accepted());
    REQUIRE(sink.attempts() == 1);
    CHECK(collator.statistics().in_flight.packets == 1);
    CHECK(collator.statistics().undelivered_resources == 1);
    CHECK(*sink.outputs.front() == std::string(100, 'x'));
    test::Thread{[&] { sink.handles.front().delivered(); }}.join();
    CHECK_FALSE(static_cast<bool>(sink.handles.front()));
    CHECK(collator.statistics().completed == 1);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("async sink: it may answer before deliver returns") {
    int events = 0;
    sheaf::PacketCollator collator{test::Text{}, sheaf::Handlers{Answer{events}, Answer{events}}};
    for (std::uint64_t id = 0; id < 100; ++id) { CHECK(collator.submit(last_packet(id, 0, "a")).accepted()); }
    CHECK(collator.submit(packet(100, 0, "a")).accepted());
    CHECK(collator.evict_oldest());
    CHECK(events == 101);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("async sink: a failed answer is tried again with the same delivery id") {
    KeepingSink sink;
    sheaf::PacketCollator collator{test::Text{},
                                   lend(sink),
                                   {},
                                   {.delivery_backoff = test::exact_backoff},
                                   sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    sink.handles[0].failed(std::make_exception_ptr(std::runtime_error{"503"}));
    CHECK(collator.statistics().delivery_failures == 1);
    test::pass(collator, 100ms - 1ns);
    CHECK(sink.attempts() == 1);
    test::pass(collator, 1ns);
    REQUIRE(sink.attempts() == 2);
    sink.handles[1].delivered();
    CHECK(sink.delivery_ids.size() == 1);
    CHECK(collator.statistics().completed == 1);
}

TEST_CASE("async sink: a dropped handle is a failed attempt") {
    Burial burial;
    sheaf::PacketCollator collator{test::Text{}, BuryingSink{burial}, {}, {.delivery_attempts = 1}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(burial.events == std::vector<std::string>{"completed"});
    CHECK(test::holds<sheaf::BrokenAcknowledgement>(burial.error));
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("async sink: a throw before the answer is a failed attempt with that error") {
    Burial burial;
    sheaf::PacketCollator collator{test::Text{}, BuryingSink{burial, true}, {}, {.delivery_attempts = 1}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(test::message_of(burial.error) == "cannot connect");
    CHECK(collator.statistics().delivery_failures == 1);
}

TEST_CASE("async sink: a throw after the answer changes nothing") {
    int events = 0;
    sheaf::PacketCollator collator{test::Text{}, sheaf::Handlers{Answer{events, true}, Answer{events, true}}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(events == 1);
    CHECK(collator.statistics().completed == 1);
    CHECK(collator.statistics().delivery_failures == 0);
}

TEST_CASE("async sink: drain waits for the answers, and its report counts those that lack") {
    const test::Watchdog watchdog;
    KeepingSink sink;
    sheaf::PacketCollator collator{test::Text{}, lend(sink), sheaf::ThreadPool{1}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(collator.submit(last_packet(2, 0, "b")).accepted());
    CHECK(test::eventually([&] { return sink.attempts() == 2; }));
    sink.handles[0].delivered();
    const auto report = collator.drain(10ms);
    CHECK(report.status == DrainStatus::deadline);
    CHECK(report.statistics.in_flight.packets == 1);
    test::Thread helper{[&] { sink.handles[1].delivered(); }};
    CHECK(collator.drain(30s).status == DrainStatus::finished);
}

TEST_CASE("async sink: an answer that never comes does not hold cancel or the destructor") {
    const test::Watchdog watchdog;
    KeepingSink sink;
    {
        sheaf::PacketCollator collator{
            test::Text{}, lend(sink), sheaf::ThreadPool{1}, {.destructor_deadline = 1ms}};
        CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
        CHECK(test::eventually([&] { return sink.attempts() == 1; }));
        collator.cancel();
        CHECK(collator.statistics().in_flight.packets == 1);
    }
    CHECK(*sink.outputs.front() == "a");
    sink.handles.front().delivered();  // after the collator has gone
    sink.handles.clear();
}

TEST_CASE("async sink: a failed answer after cancel is not tried again") {
    KeepingSink sink;
    sheaf::PacketCollator collator{test::Text{}, lend(sink), {}, {.delivery_backoff = {.initial = 1ns}}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    collator.cancel();
    sink.handles.front().failed(nullptr);
    std::this_thread::sleep_for(5ms);
    CHECK(sink.attempts() == 1);
    CHECK(collator.statistics().undelivered_resources == 1);
    CHECK(test::conserves(collator.statistics()));
}

TEST_CASE("async sink: a producer at a bound waits for an answer") {
    const test::Watchdog watchdog;
    KeepingSink sink;
    sheaf::PacketCollator collator{
        test::Text{}, lend(sink), sheaf::ThreadPool{1}, {.max_resources = 1, .single_producer = true}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(test::eventually([&] { return sink.attempts() == 1; }));
    test::Thread helper{[&] {
        std::this_thread::sleep_for(10ms);
        sink.handles.front().delivered();
    }};
    CHECK(collator.submit(last_packet(2, 0, "b")).accepted());
    CHECK(test::eventually([&] { return sink.attempts() == 2; }));
    helper.join();
    sink.handles.back().delivered();
}

TEST_CASE("async sink: receipts come back with the positive answer only") {
    struct Sink : KeepingSink {
        void release(std::span<int> receipts) noexcept { released.insert(receipts.begin(), receipts.end()); }
        std::multiset<int> released{};
    };
    Sink sink;
    sheaf::PacketCollator collator{
        test::Text{}, std::ref(sink), {}, {.delivery_attempts = 1}, sheaf::traits<test::IntReceiptTraits>};
    CHECK(collator.submit({.resource_id = 1, .index = 0, .last = true, .receipt = 10}).accepted());
    CHECK(collator.submit({.resource_id = 2, .index = 0, .last = true, .receipt = 20}).accepted());
    CHECK(sink.released.empty());
    sink.handles[1].delivered();
    CHECK(sink.released == std::multiset<int>{20});
    sink.handles[0].failed(nullptr);
    CHECK(sink.released == std::multiset<int>{20});
    CHECK(collator.statistics().undelivered_resources == 1);
    collator.cancel();
    CHECK(sink.handles.size() == 3);
}

TEST_CASE("async sink: what follows from an answer never runs inside the sink's call") {
    const test::Watchdog watchdog;
    struct Sink {
        void deliver(const TextCompleted& event, sheaf::Acknowledgement handle) {
            log += "deliver " + event.output + ' ';
            if (event.output == "keep") {
                kept.push_back(std::move(handle));
            } else {
                for (auto& other : kept) { other.failed(nullptr); }
                kept.clear();
                handle.failed(nullptr);
            }
            log += "end ";
        }
        void deliver(const TextIncomplete&, sheaf::Acknowledgement) {}
        void dead_letter(const TextCompleted& event, const std::exception_ptr&) {
            log += "dead letter " + event.output + ' ';
        }
        void dead_letter(const TextIncomplete&, const std::exception_ptr&) {}
        std::string log{};
        std::vector<sheaf::Acknowledgement> kept{};
    };
    Sink sink;
    // Serialized: a nested call of the sink would wait for itself.
    sheaf::PacketCollator collator{
        test::Text{}, sheaf::SerializedSink{std::ref(sink)}, {}, {.delivery_attempts = 1}};
    CHECK(collator.submit(last_packet(1, 0, "keep")).accepted());
    CHECK(collator.submit(last_packet(2, 0, "b")).accepted());
    CHECK(sink.log == "deliver keep end deliver b end dead letter b dead letter keep ");
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("async sink: no attempt begins while the call of the one before it has not returned") {
    const test::Watchdog watchdog;
    struct Sink : LateSink {
        void deliver(const TextCompleted&, sheaf::Acknowledgement handle) override {
            if (++running > 1) { overlapped = true; }
            if (++attempts == 1) {
                test::Thread{[&] { handle.failed(nullptr); }}.join();
                std::this_thread::sleep_for(30ms);
            } else {
                handle.delivered();
            }
            --running;
        }
        void deliver(const TextIncomplete&, sheaf::Acknowledgement) override {}
        std::atomic<int> running{0};
        std::atomic<int> attempts{0};
        std::atomic<bool> overlapped{false};
    };
    Sink sink;
    sheaf::PacketCollator collator{test::Text{},
                                   lend(sink),
                                   sheaf::ThreadPool{2},
                                   {.delivery_backoff = {.initial = 1ns, .maximum = 1ns}}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(collator.drain(30s).status == DrainStatus::finished);
    CHECK(sink.attempts == 2);
    CHECK_FALSE(sink.overlapped);
}
