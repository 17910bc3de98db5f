#pragma once

#include "exploration.hpp"

#include <sheaf/executor/thread_pool.hpp>
#include <sheaf/packet_collator.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

/// What the programs about the collator share: a transform and a sink that keep account, and what must hold in the
/// end under every schedule. Plain variables everywhere: one thread runs at a time.

namespace schedule {

using namespace std::chrono_literals;

/// Packets carry numbers that their source wants back.
struct ReceiptTraits : Traits {
    using receipt = int;
};
/// As above, with the deadlines driven by the program.
struct HostTimerTraits : ReceiptTraits {
    using timer = sheaf::HostTimer;
};

/// Even ids stand in the first stripe, odd ones in the second.
struct ParityHash {
    explicit ParityHash(const sheaf::SipKey&) noexcept {}
    [[nodiscard]] std::uint64_t operator()(std::uint64_t id) const noexcept { return id << 31U | id; }
};
struct TwoStripeTraits : ReceiptTraits {
    using hash = ParityHash;
    static constexpr std::size_t stripe_count = 2;
    /// One letter takes more than the records of some packets.
    [[nodiscard]] static std::size_t held_bytes(const std::string& text) noexcept {
        return 10'000 * static_cast<std::size_t>(std::count(text.begin(), text.end(), 'b'));
    }
};

using Pool = sheaf::BasicThreadPool<Threading>;
using Packet = sheaf::Packet<std::uint64_t, int>;
using Completed = sheaf::Completed<std::string>;
using Incomplete = sheaf::Incomplete<std::string>;

/// The one letter that packet `index` has as payload, and as chunk.
[[nodiscard]] inline char letter_of(std::uint64_t index) { return static_cast<char>('a' + index); }
[[nodiscard]] inline int receipt_of(std::uint64_t id, std::uint64_t index) {
    return static_cast<int>(id * 100 + index);
}

/// What one run of a program has done, and what it must have come to.
class Account {
public:
    template <class Collator>
    sheaf::Outcome submit(Collator& collator, std::uint64_t id, std::uint64_t index, bool last = false) {
        if constexpr (requires(typename Collator::packet_type packet) { packet.receipt = 1; }) {
            Packet packet{id, index, sheaf::Payload{std::string(1, letter_of(index))}, last,
                          receipt_of(id, index)};
            const sheaf::Outcome outcome = collator.submit(packet);
            note(outcome, id, index);
            return outcome;
        } else {
            // Borrowed, and gone when `submit` has returned.
            char letter = letter_of(index);
            const sheaf::Outcome outcome =
                collator.submit({id, index, sheaf::Payload{std::string_view{&letter, 1}}, last});
            letter = '?';
            note_accepted(outcome, id, index);
            return outcome;
        }
    }
    void note(sheaf::Outcome outcome, std::uint64_t id, std::uint64_t index) {
        note_accepted(outcome, id, index);
        if (outcome.accepted() || outcome == sheaf::Verdict::duplicate) { ++owed[receipt_of(id, index)]; }
    }
    void note_accepted(sheaf::Outcome outcome, std::uint64_t id, std::uint64_t index) {
        if (outcome.accepted()) {
            require(accepted.emplace(id, index).second, "a packet was accepted twice");
        }
    }

    // --- For transform and sink --------------------------------------------------------------------------------------

    // Between the collator's last look and the call there is a point where others can go on, as there is on a machine.
    void callback(const char* what) { Scheduler::current().point(what, this); }

    void arrived(const Completed& event) {
        begin_callback();
        std::string expected;
        for (std::uint64_t i = 0; i < event.packets; ++i) { expected += letter_of(i); }
        require(event.output == expected, "the output is not in order");
    }
    void arrived(const Incomplete&) { begin_callback(); }

    void taken(const Completed& event) {
        for (std::uint64_t i = 0; i < event.packets; ++i) { deliver(event.id, i); }
        ++completed;
    }
    void taken(const Incomplete& event) {
        for (std::uint64_t i = 0; i < event.collated; ++i) { deliver(event.id, i); }
        for (const auto& chunk : event.chunks) { deliver(event.id, chunk.index); }
        for (const auto& payload : event.payloads) {
            const auto bytes = payload.payload.bytes();
            require(bytes.size() == 1 && static_cast<char>(bytes.front()) == letter_of(payload.index),
                    "another payload");
            deliver(event.id, payload.index);
        }
        ++incomplete;
    }
    void released(std::span<int> receipts) {
        begin_callback();
        for (const int receipt : receipts) { ++returned[receipt]; }
    }

    // --- In the end --------------------------------------------------------------------------------------------------

    /// Everything has been delivered and has come back.
    void check_end() const {
        require(delivered == accepted, "accepted and delivered are not the same packets");
        require(returned == owed, "receipts have not come back once each");
    }
    /// The same of what producers have been told by now: a `submit` on another thread may not have returned yet.
    void check_finished() const {
        require(std::includes(delivered.begin(), delivered.end(), accepted.begin(), accepted.end()),
                "finished, and an accepted packet is not delivered");
        for (const auto& [receipt, count] : owed) {
            const auto found = returned.find(receipt);
            require(found != returned.end() && found->second >= count, "finished, and a receipt is not back");
        }
    }
    /// All packets have left. After `cancel` calls that nobody waits for may still hold their places.
    void check_left(const sheaf::Statistics& counts) const {
        check_cut(counts);
        require(counts.in_flight == sheaf::Volume{}, "packets are in flight at the end");
        require(counts.open_resources == 0 && counts.undelivered_resources == 0, "a resource is left");
        require(counts.held_packets == 0, "packets are held at the end");
        require(counts.completed == completed && counts.incomplete == incomplete, "events counted");
    }
    void check_rest(const sheaf::Statistics& counts) const {
        check_left(counts);
        require(counts.held_bytes == 0 && counts.transforms_in_flight == 0,
                "the budget is not empty at the end");
    }
    static void check_cut(const sheaf::Statistics& counts) {
        require(counts.accepted == counts.delivered + counts.side_channel + counts.in_flight, "conservation");
    }

    bool quiet =
        false;  // `cancel` has returned, or a `drain` that has finished: no callback of the sink may start
    bool gate_is_closed = false;  // `drain` has returned: nor may one that had not passed the gate by then
    std::set<std::pair<std::uint64_t, std::uint64_t>> accepted;
    std::set<std::pair<std::uint64_t, std::uint64_t>> delivered;
    std::map<int, int> owed;
    std::map<int, int> returned;
    std::uint64_t completed = 0;
    std::uint64_t incomplete = 0;

    /// What transform and sink do beside; a throw is a failure of theirs.
    std::function<void(char)> in_transform;
    std::function<void()> in_sink;

private:
    void begin_callback() {
        require(!gate_is_closed, "a callback passed the gate after the stop");
        callback("callback");
        require(!quiet, "a callback started after the stop");
    }
    void deliver(std::uint64_t id, std::uint64_t index) {
        require(delivered.emplace(id, index).second, "a packet was delivered twice");
    }
};

/// Transform: the letter.
struct Letter {
    Account* account;

    std::string operator()(std::span<const std::byte> payload) const {
        const auto letter = static_cast<char>(payload.front());
        account->callback("transform");
        if (account->in_transform) { account->in_transform(letter); }
        account->callback("end of transform");
        return {letter};
    }
};

/// The same, to be called whenever the collator likes.
struct PureLetter {
    static constexpr bool is_pure = true;
    Account* account;

    std::string operator()(std::span<const std::byte> payload) const {
        Scheduler::current().point("pure transform", account);
        return {static_cast<char>(payload.front())};
    }
};

/// Sink that answers by returning.
struct Taking {
    Account* account;

    void deliver(const Completed& event) const { take(event); }
    void deliver(const Incomplete& event) const { take(event); }
    void release(std::span<int> receipts) const noexcept { account->released(receipts); }

private:
    template <class Event>
    void take(const Event& event) const {
        account->arrived(event);
        if (account->in_sink) { account->in_sink(); }
        account->callback("end of sink");
        account->taken(event);
    }
};

template <class Executor, class Traits = ReceiptTraits, class Transform = Letter>
using Collator = sheaf::PacketCollator<Transform, Taking, Executor, Traits>;

[[nodiscard]] inline sheaf::Options options() {
    sheaf::Options options;
    options.seed = 1;  // two runs of a schedule must not differ
    options.gap_timeout = 60s;
    return options;
}

/// Drains where nothing delays that. Time passes only where all threads wait, so if it has, a wake-up was lost and some
/// deadline has come instead.
template <class Collator>
[[nodiscard]] sheaf::DrainStatus drain_at_once(Collator& collator) {
    const Instant begin = Scheduler::current().now();
    const sheaf::DrainStatus status = collator.drain(never).status;
    require(Scheduler::current().now() == begin, "drain has waited for a deadline, not for a wake-up");
    return status;
}

/// Runs each of them in a thread of its own, the first one on the calling thread, and waits for all.
template <class... Others>
void together(const std::function<void()>& first, Others&&... others) {
    Thread threads[] = {Thread{std::forward<Others>(others)}...};
    first();
    for (Thread& thread : threads) { thread.join(); }
}

}  // namespace schedule
