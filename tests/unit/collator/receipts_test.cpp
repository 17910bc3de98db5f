#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>

#include <algorithm>

// Receipts: what a source wants back, and when it comes back.

namespace {

using sheaf::DrainStatus;
using sheaf::Outcome;
using sheaf::Rejection;
using sheaf::Verdict;
using namespace std::chrono_literals;

/// A receipt that can only be moved.
using Receipt = std::unique_ptr<int>;
struct Receipts : sheaf::DefaultTraits {
    using receipt = Receipt;
};
using ReceiptPacket = sheaf::Packet<std::uint64_t, Receipt>;

[[nodiscard]] ReceiptPacket with_receipt(std::uint64_t id,
                                         std::uint64_t index,
                                         int receipt,
                                         bool last = false) {
    ReceiptPacket made;
    made.resource_id = id;
    made.index = index;
    made.payload = "x";
    made.last = last;
    made.receipt = std::make_unique<int>(receipt);
    return made;
}

struct ReceiptSink {
    void deliver(const test::TextCompleted& event) { take(event.id); }
    void deliver(const test::TextIncomplete& event) { take(event.id); }
    void take(std::uint64_t id) {
        if (fails > 0) {
            --fails;
            throw std::runtime_error{"down"};
        }
        log.push_back("event " + std::to_string(id));
    }
    void release(std::span<Receipt> receipts) noexcept {
        std::vector<int> numbers;
        for (Receipt& receipt : receipts) {
            const Receipt taken = std::move(receipt);
            numbers.push_back(taken == nullptr ? -1 : *taken);
        }
        std::sort(numbers.begin(), numbers.end());
        std::string line = "receipts";
        for (const int number : numbers) { line += ' ' + std::to_string(number); }
        log.push_back(line);
        released += numbers.size();
    }

    int fails = 0;
    std::size_t released = 0;
    std::vector<std::string> log{};
};

/// Keeps the handles of its deliveries, and logs the receipts.
struct LateReleasingSink : ReceiptSink {
    template <class Event>
    void deliver(const Event& event, sheaf::Acknowledgement handle) {
        log.push_back("event " + std::to_string(event.id));
        handles.push_back(std::move(handle));
    }
    std::vector<sheaf::Acknowledgement> handles{};
};

}  // namespace

TEST_CASE("traits: receipts come back once, after the event has been delivered") {
    ReceiptSink sink;
    sheaf::PacketCollator collator{test::Text{}, std::ref(sink), {}, {}, sheaf::traits<Receipts>};
    CHECK(collator.submit(with_receipt(1, 1, 11)).accepted());
    CHECK(collator.submit(with_receipt(1, 0, 10)).accepted());
    CHECK(sink.log.empty());
    CHECK(collator.submit(with_receipt(1, 2, 12, true)).accepted());
    CHECK(sink.log == std::vector<std::string>{"event 1", "receipts 10 11 12"});
}

TEST_CASE("traits: receipts of duplicates come back with an open resource, of a finished one at once") {
    ReceiptSink sink;
    sheaf::PacketCollator collator{test::Text{}, std::ref(sink), {}, {}, sheaf::traits<Receipts>};
    CHECK(collator.submit(with_receipt(1, 0, 10)).accepted());
    auto duplicate = with_receipt(1, 0, 20);
    CHECK(collator.submit(duplicate) == Outcome{Verdict::duplicate});
    CHECK(duplicate.receipt == nullptr);
    CHECK(duplicate.payload.size() == 1);
    CHECK(sink.log.empty());
    CHECK(collator.submit(with_receipt(1, 1, 11, true)).accepted());
    CHECK(sink.log == std::vector<std::string>{"event 1", "receipts 10 11 20"});
    auto of_finished = with_receipt(1, 1, 30);
    CHECK(collator.submit(of_finished) == Outcome{Verdict::duplicate});
    CHECK(of_finished.receipt == nullptr);
    CHECK(sink.log.back() == "receipts 30");
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("traits: a refused packet keeps its receipt") {
    ReceiptSink sink;
    test::ThrowingExecutor executor;
    executor.refuse = {2};
    sheaf::PacketCollator collator{
        test::Text{}, std::ref(sink), std::ref(executor), {}, sheaf::traits<Receipts>};
    const auto keeps = [](const ReceiptPacket& each) {
        return each.receipt != nullptr && *each.receipt == 5;
    };
    CHECK(collator.submit(with_receipt(1, 3, 1, true)).accepted());
    auto conflict = with_receipt(1, 4, 5);
    CHECK(collator.submit(conflict) == Outcome{Verdict::conflict});
    CHECK(keeps(conflict));
    auto out_of_range = with_receipt(1, sheaf::max_index + 1, 5);
    CHECK(collator.submit(out_of_range) == Outcome{Rejection::index_out_of_range});
    CHECK(keeps(out_of_range));
    auto undone = with_receipt(2, 0, 5);
    CHECK_THROWS_AS(static_cast<void>(collator.submit(undone)), std::runtime_error);
    CHECK(keeps(undone));
    CHECK(collator.evict_oldest());
    auto late = with_receipt(1, 0, 5);
    CHECK(collator.submit(late) == Outcome{Verdict::late});
    CHECK(keeps(late));
    CHECK(collator.drain(10s).status == sheaf::DrainStatus::finished);
    auto closed = with_receipt(3, 0, 5);
    CHECK(collator.submit(closed) == Outcome{Rejection::shutting_down});
    CHECK(keeps(closed));
    CHECK(sink.log == std::vector<std::string>{"event 1", "receipts 1"});
}

TEST_CASE("traits: receipts of an incomplete resource come back too, those of an undelivered one do not") {
    ReceiptSink sink;
    sink.fails = 1;
    sheaf::PacketCollator collator{
        test::Text{}, std::ref(sink), {}, {.delivery_attempts = 1}, sheaf::traits<Receipts>};
    CHECK(collator.submit(with_receipt(1, 0, 10)).accepted());
    CHECK(collator.submit(with_receipt(1, 2, 12)).accepted());
    CHECK(collator.submit(with_receipt(1, 0, 20)) == Outcome{Verdict::duplicate});
    CHECK(collator.evict_oldest());
    CHECK(sink.log.empty());
    CHECK(collator.drain(10s).status == sheaf::DrainStatus::finished);
    CHECK(sink.log == std::vector<std::string>{"event 1", "receipts 10 12 20"});
}

TEST_CASE("receipts: that of a duplicate from inside a sink comes back when the sink's call has ended") {
    const test::Watchdog watchdog;
    struct Sink : ReceiptSink {
        void deliver(const test::TextCompleted& event) {
            ReceiptSink::deliver(event);
            if (event.id == 2) { CHECK(submit(with_receipt(1, 0, 30)) == Outcome{Verdict::duplicate}); }
            log.push_back("event ends");
        }
        void deliver(const test::TextIncomplete& event) { ReceiptSink::deliver(event); }
        std::function<Outcome(ReceiptPacket)> submit{};
    };
    Sink sink;
    // Serialized: a nested call of the sink would wait for itself.
    sheaf::PacketCollator collator{
        test::Text{}, sheaf::SerializedSink{std::ref(sink)}, {}, {}, sheaf::traits<Receipts>};
    sink.submit = [&](ReceiptPacket each) { return collator.submit(std::move(each)); };
    CHECK(collator.submit(with_receipt(1, 0, 10, true)).accepted());
    CHECK(collator.submit(with_receipt(2, 0, 20, true)).accepted());
    CHECK(sink.log == std::vector<std::string>{"event 1", "event ends", "receipts 10", "event 2",
                                               "event ends", "receipts 20", "receipts 30"});
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("receipts: none comes back after cancel, whatever answer comes then") {
    LateReleasingSink sink;
    sheaf::PacketCollator collator{test::Text{}, std::ref(sink), {}, {}, sheaf::traits<Receipts>};
    CHECK(collator.submit(with_receipt(1, 0, 10, true)).accepted());
    collator.cancel();
    sink.handles.front().delivered();
    CHECK(sink.log == std::vector<std::string>{"event 1"});
    CHECK(collator.statistics().completed == 1);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("receipts: after a drain that was too short they wait for the next one") {
    LateReleasingSink sink;
    sheaf::PacketCollator collator{test::Text{}, std::ref(sink), {}, {}, sheaf::traits<Receipts>};
    CHECK(collator.submit(with_receipt(1, 0, 10, true)).accepted());
    CHECK(collator.drain(1ms).status == DrainStatus::deadline);
    sink.handles.front().delivered();
    CHECK(sink.log == std::vector<std::string>{"event 1"});
    CHECK(test::conserves(collator.statistics()));
    CHECK(collator.drain(30s).status == DrainStatus::finished);
    CHECK(sink.log == std::vector<std::string>{"event 1", "receipts 10"});
    CHECK(sink.handles.size() == 1);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("receipts: those of duplicates are bounded by max_bytes") {
    ReceiptSink sink;
    sheaf::PacketCollator collator{test::Text{},
                                   std::ref(sink),
                                   {},
                                   {.max_bytes = 4096, .when_full = sheaf::WhenFull::reject},
                                   sheaf::traits<Receipts>};
    CHECK(collator.submit(with_receipt(1, 0, 7)).accepted());
    std::size_t duplicates = 0;
    while (collator.submit(with_receipt(1, 0, 7)) == Outcome{Verdict::duplicate}) {
        ++duplicates;
        REQUIRE(duplicates < 1'000);
    }
    CHECK(duplicates > 100);
    CHECK(collator.statistics().held_bytes <= 4096);
    CHECK(collator.evict_oldest());
    CHECK(sink.released == 1 + duplicates);
    CHECK(test::is_at_rest(collator.statistics()));
}
