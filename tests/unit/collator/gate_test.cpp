#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

// `drain` and `cancel` against threads that stand just before a callback: between the look at whether one may start
// and the call itself.

namespace {

using sheaf::DrainStatus;
using test::last_packet;
using test::packet;
using test::Signal;
using test::TextSink;
using namespace std::chrono_literals;

struct HookTraits : sheaf::DefaultTraits {
    using mutex = test::HookMutex;
};

struct HookHostTraits : HookTraits {
    using timer = sheaf::HostTimer;
};

/// Executor with one thread of its own for each task, which first calls `before`.
struct ThreadEach {
    template <class F>
    void execute(F&& task) {
        const std::lock_guard lock{mutex};
        threads.emplace_back([first = before, owned = std::forward<F>(task)]() mutable {
            first();
            owned();
        });
    }
    void set_before(std::function<void()> first) {
        const std::lock_guard lock{mutex};
        before = std::move(first);
    }
    void join() {
        std::vector<test::Thread> all;
        {
            const std::lock_guard lock{mutex};
            all.swap(threads);
        }
    }

    std::mutex mutex;
    std::function<void()> before = [] {};
    std::vector<test::Thread> threads{};
};

/// Holds the next thread that comes, at its next lock of a stripe.
class HeldAtLock {
public:
    /// For the thread: from here on.
    void arm() { test::HookMutex::before_lock() = &hook_; }
    Signal arrived;
    Signal let_go;

private:
    const std::function<void()> hook_ = [this] {
        arrived.set();
        CHECK(let_go.wait());
    };
};

/// Holds the thread that gives receipts back.
struct HeldReceipts {
    [[nodiscard]] auto sink() {
        return sheaf::Handlers{[](const test::TextCompleted&) {}, [](const test::TextIncomplete&) {},
                               [this](std::span<int> receipts) noexcept {
                                   arrived.set();
                                   static_cast<void>(let_go.wait());
                                   released += static_cast<int>(receipts.size());
                               }};
    }
    Signal arrived;
    Signal let_go;
    std::atomic<int> released{0};
};

}  // namespace

TEST_CASE("gate: no sink is called after drain has returned, whatever its thread was doing") {
    const test::Watchdog watchdog;
    test::HoldingFold::Hold hold;
    TextSink sink;
    test::Collator collator{
        test::Text{}, std::ref(sink), sheaf::ThreadPool{1}, {}, sheaf::traits<test::HoldingFoldTraits>};
    const test::SetAtExit guard{hold.let_go};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(hold.arrived.wait());
    CHECK(collator.drain(10ms).status == DrainStatus::deadline);
    hold.let_go.set();
    std::this_thread::sleep_for(50ms);
    CHECK(sink.size() == 0);
    CHECK(collator.drain(30s).status == DrainStatus::finished);
    CHECK(sink.completed().size() == 1);
}

TEST_CASE("gate: no transform is called after drain has returned, whatever its thread was doing") {
    const test::Watchdog watchdog;
    std::atomic<int> transforms{0};
    TextSink sink;
    HeldAtLock held;
    ThreadEach executor;
    test::Collator collator{test::Counted{transforms, test::Text{}},
                            std::ref(sink),
                            std::ref(executor),
                            {.transform_timeout = 1h},
                            sheaf::traits<HookTraits>};
    const test::SetAtExit guard{held.let_go};
    executor.set_before([&] { held.arm(); });
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(held.arrived.wait());  // it has looked whether it may, and is about to begin
    executor.set_before([] {});
    CHECK(collator.drain(10ms).status == DrainStatus::deadline);
    held.let_go.set();
    executor.join();
    CHECK(transforms == 0);
    CHECK(collator.drain(30s).status == DrainStatus::finished);
    CHECK(transforms == 1);
    executor.join();
}

TEST_CASE("gate: no transform is called after cancel has returned, whatever its thread was doing") {
    const test::Watchdog watchdog;
    std::atomic<int> transforms{0};
    TextSink sink;
    HeldAtLock held;
    ThreadEach executor;
    test::Collator collator{test::Counted{transforms, test::Text{}},
                            std::ref(sink),
                            std::ref(executor),
                            {.transform_timeout = 1h},
                            sheaf::traits<HookTraits>};
    const test::SetAtExit guard{held.let_go};
    executor.set_before([&] { held.arm(); });
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(held.arrived.wait());
    collator.cancel();
    held.let_go.set();
    executor.join();
    CHECK(transforms == 0);
    CHECK(sink.incomplete().size() == 1);
}

TEST_CASE("gate: a transform that was put back while the next drain began is run by that drain") {
    const test::Watchdog watchdog;
    Signal may_begin;
    TextSink sink;
    HeldAtLock held;
    ThreadEach executor;
    test::Collator collator{test::Text{}, std::ref(sink), std::ref(executor), {}, sheaf::traits<HookTraits>};
    const test::SetAtExit guard{held.let_go};
    const test::SetAtExit guard_too{may_begin};
    executor.set_before([&] {
        CHECK(may_begin.wait());
        held.arm();
    });
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(collator.drain(1ms).status == DrainStatus::deadline);
    may_begin.set();
    CHECK(held.arrived.wait());  // it has seen that the drain is over, and is about to put itself back
    executor.set_before([] {});
    sheaf::DrainReport<> report;
    test::Thread drainer{[&] { report = collator.drain(5s); }};
    std::this_thread::sleep_for(50ms);  // until the drain waits
    held.let_go.set();
    drainer.join();
    CHECK(report.status == DrainStatus::finished);
    CHECK(sink.completed().size() == 1);
    executor.join();
}

TEST_CASE_TEMPLATE("gate: an event that was put back while cancel began is delivered by it",
                   Traits,
                   HookTraits,
                   HookHostTraits) {
    const test::Watchdog watchdog{20s};
    test::HoldingFold::Hold hold;
    TextSink sink;
    HeldAtLock held;
    // The completion is given on a thread of the test, which is held where it puts the event back.
    std::optional<sheaf::Completion<std::string>> completion;
    const auto keep = [&](std::span<const std::byte>, sheaf::Completion<std::string> handle) {
        completion.emplace(std::move(handle));
    };
    sheaf::PacketCollator collator{
        test::AsyncText{keep}, std::ref(sink), sheaf::InlineExecutor{}, {}, sheaf::traits<Traits>};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(collator.drain(1ms).status == DrainStatus::deadline);
    const std::function<void()> again = [&] { held.arm(); };
    test::Thread completer{[&] {
        test::HookMutex::before_lock() =
            &again;  // the first lock stores the chunk, the second puts the event back
        completion->complete("a");
    }};
    CHECK(held.arrived.wait());
    test::Thread canceller{[&] { collator.cancel(); }};
    std::this_thread::sleep_for(50ms);  // until the cancel waits for the delivery
    held.let_go.set();
    completer.join();
    canceller.join();
    CHECK(sink.size() == 1);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("gate: receipts have been given back when drain returns") {
    const test::Watchdog watchdog;
    HeldReceipts held;
    sheaf::PacketCollator collator{
        test::Text{}, held.sink(), sheaf::ThreadPool{1}, {}, sheaf::traits<test::IntReceiptTraits>};
    const test::SetAtExit guard{held.let_go};
    CHECK(collator.submit({.resource_id = 1, .index = 0, .last = true, .receipt = 5}).accepted());
    CHECK(held.arrived.wait());
    // The callback is still running: the work is not done yet.
    CHECK(collator.drain(10ms).status == DrainStatus::deadline);
    held.let_go.set();
    CHECK(collator.drain(30s).status == DrainStatus::finished);
    CHECK(held.released == 1);
}

TEST_CASE("gate: receipts have been given back when cancel returns") {
    const test::Watchdog watchdog;
    HeldReceipts held;
    sheaf::PacketCollator collator{
        test::Text{}, held.sink(), sheaf::ThreadPool{1}, {}, sheaf::traits<test::IntReceiptTraits>};
    const test::SetAtExit guard{held.let_go};
    CHECK(collator.submit({.resource_id = 1, .index = 0, .last = true, .receipt = 5}).accepted());
    CHECK(held.arrived.wait());
    test::Thread helper{[&] {
        std::this_thread::sleep_for(50ms);
        held.let_go.set();
    }};
    collator.cancel();
    CHECK(held.released == 1);
}
