#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/budget.hpp>
#include <sheaf/threading.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// One engine's access to the budget that all engines share. It takes more than it needs at a time and keeps what it
/// gets back, so that as a rule a packet touches no counter that other threads write. What it keeps spare counts as
/// taken for everybody else; so before anybody is refused, or takes the collator for idle, the budget is made tight
/// (`Budget::tighten`) and every account is swept. While the budget is tight nothing is kept. It becomes tight, too,
/// before anything is taken beyond the part of the bounds that is open to all: out of the reserve for heads, or for an
/// output. So nothing of that is ever kept and comes to a packet that is no head.
///
/// Thread safety: none; guarded by the lock of the engine's stripe.
template <class Threading = StandardThreading>
class Account {
public:
    /// `block`: how much is kept at most, and taken at a time; all zero: nothing.
    Account(Budget<Threading>& budget, const Charge& block) noexcept
        : budget_{budget}
        , block_{block} {}
    Account(const Account&) = delete;
    Account& operator=(const Account&) = delete;
    ~Account() { sweep(); }

    /// Takes all of `charge`, or nothing. `is_head`: may use the reserve.
    [[nodiscard]] Grant try_acquire(const Charge& charge, bool is_head) noexcept {
        Grant more;
        if (!budget_.is_tight()) {
            if (!covers(spare_, charge)) { more = refill(charge); }
            if (covers(spare_, charge)) {
                spare_ -= charge;
                return {true, false, false, false};
            }
        }
        sweep();
        Grant grant = budget_.try_acquire(charge, is_head);
        grant.has_disturbed = grant.has_disturbed || more.has_disturbed;
        return grant;
    }

    /// Taking that much needs nothing of the budget.
    [[nodiscard]] bool has_spare(const Charge& charge) const noexcept {
        return covers(spare_, charge) && !budget_.is_tight();
    }
    /// Precondition: `has_spare`.
    void take_spare(const Charge& charge) noexcept { spare_ -= charge; }

    void release(const Charge& charge) noexcept {
        spare_ += charge;
        if (!covers(block_, spare_) || budget_.is_tight()) { give_back(); }
    }

    /// Books what cannot be refused: the output of a transform that has already run.
    void force_bytes(std::size_t bytes) noexcept {
        const std::size_t kept = (std::min)(bytes, spare_.bytes);
        spare_.bytes -= kept;
        if (bytes == kept) { return; }
        budget_.force_bytes(bytes - kept);
        if (block_.packets != 0 && budget_.bytes() > budget_.largest_packet()) {
            static_cast<void>(budget_.tighten());
        }
    }

    /// Gives back all that is spare.
    void sweep() noexcept { budget_.release(std::exchange(spare_, Charge{})); }

    /// What is taken from the budget, but not in use.
    [[nodiscard]] const Charge& spare() const noexcept { return spare_; }

private:
    [[nodiscard]] static bool covers(const Charge& held, const Charge& charge) noexcept {
        // One branch, because each of them nearly always holds: the top bit of a difference says that it does not.
        // None of these comes near half of what a word can hold.
        const std::size_t differences = (held.packets - charge.packets) | (held.bytes - charge.bytes) |
                                        (held.resources - charge.resources) |
                                        (held.transforms - charge.transforms);
        return differences <= (std::numeric_limits<std::size_t>::max)() / 2;
    }

    /// Takes half a block more than `charge` asks for, so that neither the next charge nor the next release leads to
    /// the budget.
    [[nodiscard]] Grant refill(const Charge& charge) noexcept {
        if (block_.packets == 0) { return {}; }
        const auto wanted = [](std::size_t needed, std::size_t spare, std::size_t block) {
            return needed + block / 2 > spare ? needed + block / 2 - spare : 0;
        };
        const Charge more{wanted(charge.packets, spare_.packets, block_.packets),
                          wanted(charge.bytes, spare_.bytes, block_.bytes),
                          wanted(charge.resources, spare_.resources, block_.resources),
                          wanted(charge.transforms, spare_.transforms, block_.transforms)};
        const Grant grant = budget_.try_acquire(more, false);
        if (grant) {
            spare_ += more;
        } else {
            static_cast<void>(budget_.tighten());
        }
        return grant;
    }

    void give_back() noexcept {
        if (block_.packets == 0 || budget_.is_tight()) {
            sweep();
            budget_.loosen();
            return;
        }
        const auto surplus = [](std::size_t spare, std::size_t block) {
            return spare > block ? spare - block / 2 : 0;
        };
        const Charge less{surplus(spare_.packets, block_.packets), surplus(spare_.bytes, block_.bytes),
                          surplus(spare_.resources, block_.resources),
                          surplus(spare_.transforms, block_.transforms)};
        spare_ -= less;
        budget_.release(less);
    }

    Budget<Threading>& budget_;
    const Charge block_;
    Charge spare_{};
};

}  // namespace core

SHEAF_NAMESPACE_END
