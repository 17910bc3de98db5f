#pragma once

#include <sheaf/config.hpp>
#include <sheaf/options.hpp>
#include <sheaf/threading.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// What is charged to a budget at one time.
struct Charge {
    std::size_t packets = 0;
    std::size_t bytes = 0;
    std::size_t resources = 0;
    std::size_t transforms = 0;

    friend constexpr bool operator==(const Charge&, const Charge&) noexcept = default;
    constexpr Charge& operator+=(const Charge& other) noexcept {
        packets += other.packets;
        bytes += other.bytes;
        resources += other.resources;
        transforms += other.transforms;
        return *this;
    }
    constexpr Charge& operator-=(const Charge& other) noexcept {
        packets -= other.packets;
        bytes -= other.bytes;
        resources -= other.resources;
        transforms -= other.transforms;
        return *this;
    }
};

/// Whether a charge was granted, and out of what.
struct Grant {
    bool is_granted = false;
    bool is_from_reserve = false;  ///< Its bytes.
    /// It was refused after it had taken a part: in between, others may have been refused for that part.
    bool has_disturbed = false;
    /// It was refused for want of what calls hold that nobody waits for any more: places for calls, or bytes.
    bool lacks_what_calls_hold = false;

    [[nodiscard]] explicit operator bool() const noexcept { return is_granted; }
};

/// The bounds of one collator, shared by all its stripes. A sixteenth of packets and bytes is a reserve for packets
/// that the head of a resource waits for, so that a full budget never refuses the very packet that would free it; there
/// is always a place for a second packet where it is a head. Outputs, which are booked over the bound, do not eat the
/// reserve of bytes: what was granted out of it is counted apart. An untouched one grants one packet of any size.
///
/// Thread safety: all members may be called concurrently. Changes are sequentially consistent, because a
/// producer that waits for room first announces itself and then looks here, while whoever makes room
/// changes the counters and then looks for waiters: in a single order of all four, one sees the other.
template <class Threading = StandardThreading>
class Budget {
public:
    explicit Budget(const Options& options) noexcept
        : limit_{options.max_packets, options.max_bytes, options.max_resources, options.max_transforms}
        , reserve_{options.max_packets > 1 ? (options.max_packets + 15) / 16 : 0, options.max_bytes / 16, 0,
                   0}
        , head_packets_{options.max_packets > 1 ? options.max_packets : 2} {}

    /// The largest charge of bytes that an empty budget grants to any packet.
    [[nodiscard]] std::size_t largest_packet() const noexcept { return limit_.bytes - reserve_.bytes; }

    /// Takes all of `charge`, or nothing. `is_head`: may use the reserve.
    [[nodiscard]] Grant try_acquire(const Charge& charge, bool is_head) noexcept {
        // A look first, so that as a rule a refusal takes nothing, not even for a moment: others would be refused for
        // room that nobody has taken.
        const std::size_t packet_limit = is_head ? head_packets_ : limit_.packets - reserve_.packets;
        const std::size_t byte_limit = limit_.bytes - reserve_.bytes;
        const bool fits_calls =
            fits_in(transforms_, charge.transforms, limit_.transforms) &&
            (fits_in(bytes_, charge.bytes, byte_limit) || (is_head && fits_in_reserve(charge.bytes)));
        const bool fits = fits_calls && fits_in(packets_, charge.packets, packet_limit) &&
                          fits_in(resources_, charge.resources, limit_.resources);
        if (!fits) { return {false, false, false, !fits_calls}; }
        // The transforms first: whoever is refused for what is taken after them sees work in flight.
        if (!take(transforms_, charge.transforms, limit_.transforms)) { return {false, false, false, true}; }
        if (take(packets_, charge.packets, packet_limit)) {
            if (take(resources_, charge.resources, limit_.resources)) {
                if (take(bytes_, charge.bytes, byte_limit)) { return {true, false, false, false}; }
                if (is_head && take_reserve(charge.bytes)) { return {true, true, false, false}; }
                give(resources_, charge.resources);
            }
            give(packets_, charge.packets);
        }
        give(transforms_, charge.transforms);
        return {false, false, true, true};
    }

    /// Gives bytes of the reserve back; what was granted out of it stays booked until `release`.
    void release_reserve(std::size_t bytes) noexcept { give(reserve_bytes_, bytes); }

    /// Gives `held`, bytes of the reserve, back if the shared part has room for all that is booked by now.
    void unload_reserve(std::size_t& held) noexcept {
        // The reserve's own bookings count in `bytes_` too, so the bound holds whatever others do between the look and
        // the change: they can fill the shared part, and then the reserve that is free.
        if (held != 0 && bytes() <= limit_.bytes - reserve_.bytes) {
            give(reserve_bytes_, std::exchange(held, 0));
        }
    }

    void release(const Charge& charge) noexcept {
        give(packets_, charge.packets);
        give(bytes_, charge.bytes);
        give(resources_, charge.resources);
        give(transforms_, charge.transforms);
    }

    /// Books what cannot be refused: the output of a transform that has already run.
    void force_bytes(std::size_t bytes) noexcept {
        if (bytes != 0) { bytes_.fetch_add(bytes, std::memory_order_seq_cst); }
    }

    /// Something is on its way to the sink: an ended resource's event, or the receipt of a duplicate. `end_delivery`
    /// when it has left or waits for the host.
    void begin_delivery() noexcept { sendings_.fetch_add(one_delivery, std::memory_order_seq_cst); }
    void end_delivery() noexcept { sendings_.fetch_sub(one_delivery, std::memory_order_seq_cst); }

    /// The sink has been given an event and will answer later; with the answer it is a delivery again.
    void await_answer() noexcept {
        sendings_.fetch_add(one_answer - one_delivery, std::memory_order_seq_cst);
    }
    void answer_arrived() noexcept {
        sendings_.fetch_sub(one_answer - one_delivery, std::memory_order_seq_cst);
    }

    /// The event can go nowhere until the host asks for another attempt; `take_up` makes it a delivery again.
    void set_aside() noexcept {
        undelivered_.fetch_add(1, std::memory_order_seq_cst);
        end_delivery();
    }
    void take_up() noexcept {
        begin_delivery();
        undelivered_.fetch_sub(1, std::memory_order_seq_cst);
    }

    /// Nothing is left but events that can go nowhere.
    [[nodiscard]] bool is_at_rest() const noexcept {
        return resources() == undelivered_.load(std::memory_order_seq_cst) && deliveries() == 0;
    }

    /// A call goes on although its packet is settled. When it ends it makes room for another call, and gives back
    /// bytes.
    void begin_lingering(std::size_t calls) noexcept {
        if (calls != 0) { lingering_.fetch_add(calls, std::memory_order_seq_cst); }
    }
    void end_lingering() noexcept { lingering_.fetch_sub(1, std::memory_order_seq_cst); }
    [[nodiscard]] bool has_lingering_calls() const noexcept {
        return lingering_.load(std::memory_order_seq_cst) != 0;
    }

    /// Something is going on that may make room of any kind without another packet: not a call that lingers.
    [[nodiscard]] bool has_work_in_flight() const noexcept {
        // Work never vanishes before what follows from it has appeared. A transform turns into a delivery: caught by
        // the first two looks. A sink submits, and its delivery turns into a transform: by the last two.
        return has_calls() || sendings_.load(std::memory_order_seq_cst) != 0 || has_calls();
    }
    [[nodiscard]] std::size_t deliveries() const noexcept {
        return static_cast<std::size_t>(sendings_.load(std::memory_order_seq_cst) & (one_answer - 1));
    }

    /// From now on, until `loosen`, no account keeps anything spare. What they keep already is to be swept by the
    /// caller, who says so with what comes back here; 0: that has been done.
    [[nodiscard]] std::uint64_t tighten() noexcept {
        std::uint64_t before = tightness_.load(std::memory_order_seq_cst);
        while (before % 4 == loose) {
            if (tightness_.compare_exchange_weak(before, before + tight, std::memory_order_seq_cst)) {
                return before + tight;
            }
        }
        return before % 4 == tight ? before : 0;
    }
    void note_sweep(std::uint64_t tightened) noexcept {
        // Where it fails without reason, others sweep once more.
        static_cast<void>(
            tightness_.compare_exchange_weak(tightened, tightened + 1, std::memory_order_seq_cst));
    }
    /// The same to the end. The caller sweeps all accounts.
    void tighten_for_good() noexcept { tightness_.store(tight_for_good, std::memory_order_seq_cst); }
    [[nodiscard]] bool is_tight() const noexcept {
        // relaxed: whoever tightens takes the lock of each account afterwards, and with it its owner sees this.
        return tightness_.load(std::memory_order_relaxed) % 4 != loose;
    }
    /// Accounts may keep something again, if less than half of each bound is taken.
    void loosen() noexcept {
        const auto is_far = [](const Counter& counter, std::size_t limit) {
            return counter.load(std::memory_order_relaxed) < limit / 2;
        };
        if (is_far(packets_, limit_.packets) && is_far(bytes_, limit_.bytes) &&
            is_far(resources_, limit_.resources) && is_far(transforms_, limit_.transforms)) {
            std::uint64_t before = tightness_.load(std::memory_order_seq_cst);
            if (before % 4 == tight || before % 4 == tight_and_swept) {
                // A number that was never there, so that nobody takes an earlier sweep for one of the next time.
                const std::uint64_t after = before - before % 4 + 4;
                static_cast<void>(tightness_.compare_exchange_weak(before, after, std::memory_order_seq_cst));
            }
        }
    }

    [[nodiscard]] std::size_t packets() const noexcept { return packets_.load(std::memory_order_seq_cst); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.load(std::memory_order_seq_cst); }
    [[nodiscard]] std::size_t resources() const noexcept {
        return resources_.load(std::memory_order_seq_cst);
    }
    [[nodiscard]] std::size_t transforms() const noexcept {
        return transforms_.load(std::memory_order_seq_cst);
    }

private:
    using Counter = typename Threading::template atomic<std::size_t>;
    static constexpr std::uint64_t one_delivery = 1;
    static constexpr std::uint64_t one_answer = std::uint64_t{1} << 32U;

    [[nodiscard]] static bool take(Counter& counter, std::size_t amount, std::size_t limit) noexcept {
        if (amount == 0) { return true; }
        std::size_t before = counter.load(std::memory_order_seq_cst);
        while (before <= limit && amount <= limit - before) {
            if (counter.compare_exchange_weak(before, before + amount, std::memory_order_seq_cst)) {
                return true;
            }
        }
        return false;
    }
    static void give(Counter& counter, std::size_t amount) noexcept {
        if (amount != 0) { counter.fetch_sub(amount, std::memory_order_seq_cst); }
    }

    [[nodiscard]] static bool fits_in(const Counter& counter,
                                      std::size_t amount,
                                      std::size_t limit) noexcept {
        const std::size_t taken = counter.load(std::memory_order_seq_cst);
        return amount == 0 || (taken <= limit && amount <= limit - taken);
    }
    [[nodiscard]] bool fits_in_reserve(std::size_t bytes) const noexcept {
        const std::size_t taken = reserve_bytes_.load(std::memory_order_seq_cst);
        return taken == 0 || taken + bytes <= reserve_.bytes;
    }
    [[nodiscard]] bool take_reserve(std::size_t bytes) noexcept {
        std::size_t before = reserve_bytes_.load(std::memory_order_seq_cst);
        while (before == 0 || before + bytes <= reserve_.bytes) {
            if (reserve_bytes_.compare_exchange_weak(before, before + bytes, std::memory_order_seq_cst)) {
                bytes_.fetch_add(bytes, std::memory_order_seq_cst);
                return true;
            }
        }
        return false;
    }
    /// Calls that packets wait for.
    [[nodiscard]] bool has_calls() const noexcept {
        return transforms() > lingering_.load(std::memory_order_seq_cst);
    }

    const Charge limit_;
    const Charge reserve_;
    const std::size_t head_packets_;  // the bound on packets for one that is a head
    Counter packets_{0};
    Counter bytes_{0};
    Counter resources_{0};
    Counter transforms_{0};
    Counter lingering_{0};  // of the transforms
    Counter reserve_bytes_{0};
    // Deliveries in the lower half, awaited answers in the upper: one turns into the other in one step.
    typename Threading::template atomic<std::uint64_t> sendings_{0};
    Counter undelivered_{0};

    // The last two bits of `tightness_`; the others count how often it was tight.
    static constexpr std::uint64_t loose = 0;
    static constexpr std::uint64_t tight = 1;
    static constexpr std::uint64_t tight_and_swept = 2;
    static constexpr std::uint64_t tight_for_good = 3;
    typename Threading::template atomic<std::uint64_t> tightness_{loose};
};

}  // namespace core

SHEAF_NAMESPACE_END
