#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/always_inline.hpp>
#include <sheaf/merge/detail/cheaply_copied.hpp>
#include <sheaf/merge/detail/copy_run.hpp>
#include <sheaf/merge/detail/gallop.hpp>
#include <sheaf/merge/detail/run.hpp>

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// `one` where `condition` holds, else `other`; without a branch that could be guessed wrongly.
template <std::unsigned_integral Word>
[[nodiscard]] SHEAF_ALWAYS_INLINE inline Word select(bool condition, Word one, Word other) noexcept {
    const auto mask = static_cast<Word>(Word{0} - static_cast<Word>(condition));
    return static_cast<Word>(other ^ ((one ^ other) & mask));
}

/// The stable merge of any number of runs by a tree of losers (D. Knuth, "The Art of Computer Programming", volume 3,
/// section 5.4.1): every node holds the run that lost there, so the next winner takes one comparison a level.
///
/// The next values of all runs are held side by side where they are cheaply copied; else they are looked at where they
/// are. No branch depends on them. Once a run has won several times in a row, all that it
/// has before the next value of the second best is copied at once, where its iterators are of random access.
template <class Iterator, class Sentinel, class Order>
class LoserTree {
    using Value = std::iter_value_t<Iterator>;
    using Reference = std::iter_reference_t<Iterator>;
    // Of iterators that can be gone through once only, a value may mean nothing any more when the iterator goes on.
    static constexpr bool holds_values = std::forward_iterator<Iterator> && CheaplyCopied<Value> &&
                                         std::is_same_v<std::remove_cvref_t<Reference>, Value>;
    static constexpr bool copies_rows =
        std::random_access_iterator<Iterator> && std::sized_sentinel_for<Sentinel, Iterator>;

public:
    using Run = IteratorRun<Iterator, Sentinel>;

    /// Of `runs`, none of them empty; at least one, and fewer than 2^31. They are used up.
    ///
    /// Throws: `std::bad_alloc`, and what comparing and copying throw.
    LoserTree(std::span<Run> runs, const Order& before)
        : runs_{runs}
        , before_{before}
        , width_{static_cast<Place>(std::bit_ceil(runs.size()))} {
        SHEAF_ASSERT(runs.size() < (std::size_t{1} << 31U), "a tree of losers has fewer than 2^31 runs");
        nodes_.resize(width_);
        if constexpr (holds_values) {
            // Leaves without a run have a value that is compared, too, and does not count.
            heads_.assign(width_, *runs.front().first);
            for (std::size_t i = 0; i < runs.size(); ++i) { heads_[i] = *runs[i].first; }
        }
        winner_ = build(1);
    }

    /// Merges all to `out`; returns its end.
    ///
    /// Throws: what comparing, copying and the iterators throw; what was written before is a prefix of the merge then.
    template <class Out>
    Out merge(Out out) {
        std::size_t wins = 0;
        for (;;) {
            const Entry last_winner = winner_;
            Run& run = runs_[run_of(winner_)];
            if (copies_rows && wins == wins_before_row) {
                if constexpr (copies_rows) { out = copy_row(run, std::move(out)); }
                wins = 0;
            } else {
                *out = *run.first;
                ++out;
                ++run.first;
            }
            find_winner(run);
            if (is_at_end(winner_) != 0) { return out; }
            wins = winner_ == last_winner ? wins + 1 : 0;
        }
    }

private:
    /// A run that takes part in the matches: twice its number, and one more if it has come to its end.
    using Entry = std::uint32_t;
    /// A node of the tree, or a leaf: the children of n are 2 n and 2 n + 1, and the leaves begin at `width_`.
    using Place = std::uint32_t;

    static constexpr std::size_t wins_before_row = 8;

    [[nodiscard]] static std::size_t run_of(Entry entry) noexcept { return entry / 2; }
    [[nodiscard]] static Entry is_at_end(Entry entry) noexcept { return entry % 2; }

    /// The next value of a run that has one.
    [[nodiscard]] decltype(auto) head(Entry entry) const {
        if constexpr (holds_values) {
            return (heads_[run_of(entry)]);
        } else {
            return *runs_[run_of(entry)].first;
        }
    }

    /// Whether the run comes before the other, of which it is not known which has come first. Both have a value.
    [[nodiscard]] bool is_first(Entry one, Entry other) const {
        return one < other ? !before_(head(other), head(one)) : before_(head(one), head(other));
    }

    /// Builds the tree below a place and returns the winner there.
    [[nodiscard]] Entry build(Place place) {
        if (place >= width_) {
            const Entry entry = 2 * (place - width_);
            return run_of(entry) < runs_.size() ? entry : entry + 1;
        }
        const Entry left = build(2 * place);
        const Entry right = build(2 * place + 1);
        const bool left_wins = is_at_end(right) != 0 || (is_at_end(left) == 0 && is_first(left, right));
        nodes_[place] = left_wins ? right : left;
        return left_wins ? left : right;
    }

    /// After the winner's run has gone on: its next value plays against those who lost to it.
    SHEAF_ALWAYS_INLINE void find_winner(const Run& run) {
        Entry challenger = winner_;
        Place place = static_cast<Place>(run_of(challenger)) + width_;
        if (run.first == run.last) {
            ++challenger;
        } else if constexpr (holds_values) {
            heads_[run_of(challenger)] = *run.first;
        }
        if constexpr (holds_values) {
            play_by_value(challenger, place);
        } else {
            play(challenger, place);
        }
        winner_ = challenger;
    }

    /// One comparison a match, whichever run is the earlier one, and no branch on what it says.
    SHEAF_ALWAYS_INLINE void play(Entry& challenger, Place place) {
        for (; place > 1; place /= 2) {
            Entry& node = nodes_[place / 2];
            if (is_at_end(node) != 0) { continue; }
            if (is_at_end(challenger) != 0) {
                std::swap(node, challenger);
                continue;
            }
            // Of equal values that of the earlier run comes first: the later one wins only where it is before it.
            const Entry earlier = (std::min)(node, challenger);
            const Entry later = (std::max)(node, challenger);
            const bool later_wins = before_(head(later), head(earlier));
            challenger = select(later_wins, later, earlier);
            node = select(later_wins, earlier, later);
        }
    }

    /// Those who have come to their end keep their last value, which is compared and does not count: so the
    /// comparison is only ever given values of the runs.
    SHEAF_ALWAYS_INLINE void play_by_value(Entry& challenger, Place place) {
        Value value = heads_[run_of(challenger)];
        for (; place > 1; place /= 2) {
            Entry& node = nodes_[place / 2];
            const Entry held = node;
            const Value held_value = heads_[run_of(held)];
            // Both comparisons, because which one counts cannot be guessed: who came up from the right is of a later
            // run than who is here.
            const auto is_before = static_cast<Entry>(before_(held_value, value));
            const auto is_behind = static_cast<Entry>(before_(value, held_value));
            const Entry by_value = is_before | ((place % 2) & (is_behind ^ 1U));
            const bool held_wins = (by_value | is_at_end(challenger)) > is_at_end(held);
            node = select(held_wins, challenger, held);
            challenger = select(held_wins, held, challenger);
            if constexpr (std::integral<Value> && !std::same_as<Value, bool>) {
                using Word = std::make_unsigned_t<Value>;
                value = static_cast<Value>(
                    select(held_wins, static_cast<Word>(held_value), static_cast<Word>(value)));
            } else {
                value = heads_[run_of(challenger)];
            }
        }
    }

    /// Copies what the winner's run has before the best of those that lost to it. Its first value is among it.
    template <class Out>
    Out copy_row(Run& run, Out out) {
        const Entry none = 1;
        Entry next = none;
        for (Place place = static_cast<Place>(run_of(winner_)) + width_; place > 1; place /= 2) {
            const Entry node = nodes_[place / 2];
            if (is_at_end(node) == 0 && (is_at_end(next) != 0 || is_first(node, next))) { next = node; }
        }
        Iterator end = run.first + (run.last - run.first);
        if (is_at_end(next) == 0) {
            const bool wins_ties = winner_ < next;
            end = gallop(run.first + 1, end, [&](const Value& value) {
                return wins_ties ? !before_(head(next), value) : before_(value, head(next));
            });
        }
        out = copy_run(run.first, end, std::move(out));
        run.first = std::move(end);
        return out;
    }

    std::span<Run> runs_;
    [[no_unique_address]] Order before_;
    Place width_;
    std::vector<Entry> nodes_{};
    std::vector<Value> heads_{};
    Entry winner_ = 0;
};

}  // namespace detail

SHEAF_NAMESPACE_END
