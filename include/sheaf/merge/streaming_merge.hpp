#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/throw.hpp>
#include <sheaf/merge/detail/cheaply_copied.hpp>
#include <sheaf/merge/detail/key_order.hpp>
#include <sheaf/merge/detail/merge_source.hpp>
#include <sheaf/merge/detail/moving_output.hpp>
#include <sheaf/merge/detail/run.hpp>
#include <sheaf/merge/merge_runs.hpp>
#include <sheaf/merge/push_result.hpp>
#include <sheaf/merge/run_merger.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

/// All that can be set of a streaming merge.
struct StreamingMergeOptions {
    /// A source that has been given nothing for so long is not waited for until it sends again. Zero: every source is
    /// waited for.
    std::chrono::nanoseconds idle_timeout{0};
};

/// Merges sorted sources that come bit by bit: partitions of a topic, files larger than memory, ...
///
///     sheaf::StreamingMerge<std::int64_t> merge{partitions};
///     merge.push(partition, values);  // any source, any number, whenever they come
///     merge.drain_into(out);          // a vector: appends all that is certain by now
///     merge.close(partition);         // no more of it will come
///
/// What is certain: a value is given out as soon as no open source can send one that comes before it, which the last
/// value of each source tells. Held are copies of the values that are not certain yet; a host that feeds the source
/// that `waits_for` tells bounds them by what it pushes at a time. The merge is stable: equal values come out in the
/// order of their sources, whatever the order in which they were pushed (but what a source sends that was not waited
/// for may come behind equal values that are out already).
///
/// `Value`: copyable. `Compare` and `Projection`: as of `RunMerger`, which does the merging.
///
/// A value out of order is refused, with its position, and so are those behind it in the same call; what was taken
/// before stays, and nothing wrong is given out. The host may go on behind the value, or close the source, or stop.
///
/// Thread safety: as any plain value. `now` is the host's clock, from any epoch, and only tells who is idle.
template <class Value, class Compare = std::ranges::less, class Projection = std::identity>
class StreamingMerge {
    static_assert(!std::is_same_v<Value, bool>,
                  "sheaf: StreamingMerge holds arrays of values, and a vector of bool is none (take char)");

public:
    /// Of so many sources, numbered from 0, all of them open.
    ///
    /// Throws: `std::bad_alloc`; `std::invalid_argument` for a negative timeout.
    explicit StreamingMerge(std::size_t sources,
                            StreamingMergeOptions options = {},
                            Compare compare = {},
                            Projection projection = {})
        : before_{compare, projection}
        , merger_{std::move(compare), std::move(projection)}
        , options_{options}
        , sources_(sources) {
        if (options.idle_timeout < std::chrono::nanoseconds{0}) {
            detail::throw_invalid_argument("sheaf::StreamingMergeOptions: idle_timeout must not be negative");
        }
    }

    /// Copies the next values of a source, which must exist; that is a precondition of all that name one. Those from
    /// the first one on that is out of order are not taken. To push nothing changes nothing.
    ///
    /// Complexity: linear in the values, amortised. Throws: `std::bad_alloc`, and what copying and comparing throw;
    /// nothing is taken then.
    PushResult push(std::size_t source, std::span<const Value> values, std::chrono::nanoseconds now = {}) {
        Source& from = at(source);
        if (from.is_closed) { return {0, PushError::closed, from.position}; }
        begin_clock(now);
        if (values.empty()) { return {0, PushError::none, from.position}; }
        std::size_t taken = from.sorted_prefix(values, before_);
        PushError error = taken == values.size() ? PushError::none : PushError::unsorted;
        // Only who was not waited for can be late: others have sent nothing that comes before the last value given out.
        if (taken != 0 && last_out_ && before_(values.front(), *last_out_)) {
            taken = 0;
            error = PushError::late;
        }
        from.append(values.first(taken));
        from.is_paused = false;
        from.last_sent = now;
        const PushResult result{taken, error, from.position + taken};
        from.position = result.position + (result.ok() ? 0 : 1);
        return result;
    }

    /// No more values of this source will come. What is held of it comes out in its turn.
    void close(std::size_t source) { at(source).is_closed = true; }

    /// The source is not waited for until it sends again, as if it had been silent for the idle timeout. What it
    /// sends then may be `late`.
    void pause(std::size_t source) { at(source).is_paused = true; }

    /// Appends all that is certain to `out`; returns how many values that are.
    ///
    /// Complexity: linear in the number of sources, and as `RunMerger` for the values. Throws: `std::bad_alloc`, and
    /// what comparing, moving and `out` throw. If it throws, and numbers or other small records are merged that can
    /// be made by default, nothing has changed; of other values those that were moved to `out` are lost, and the
    /// merge must not be used any more.
    std::size_t drain_into(std::vector<Value>& out, std::chrono::nanoseconds now = {}) {
        const std::size_t count = find_certain(now);
        if (count == 0) { return 0; }
        if constexpr (copies && std::is_default_constructible_v<Value>) {
            const std::size_t held = out.size();
            out.resize(held + count);
            SHEAF_TRY { give_out(out.data() + held); }
            SHEAF_CATCH_ALL {
                out.resize(held);
                SHEAF_RETHROW;
            }
        } else {
            give_out(std::back_inserter(out));
        }
        return count;
    }

    /// The same to an output iterator; returns its end. What was written before a throw stays written.
    template <std::output_iterator<Value> Out>
    Out drain_into(Out out, std::chrono::nanoseconds now = {}) {
        if (find_certain(now) == 0) { return out; }
        return give_out(std::move(out));
    }

    /// The source without whose next values, or end, nothing more is certain: of those that are waited for, the one
    /// whose last value comes first. Nothing where no source is waited for. Complexity: linear in the number of
    /// sources.
    [[nodiscard]] std::optional<std::size_t> waits_for(std::chrono::nanoseconds now = {}) const {
        const Limit limit = find_limit(now);
        return limit.source == no_source ? std::nullopt : std::optional{limit.source};
    }

    /// How many values of a source are held.
    [[nodiscard]] std::size_t held(std::size_t source) const { return at(source).held().size(); }
    /// How many values are held, of all sources.
    [[nodiscard]] std::size_t held() const noexcept {
        std::size_t sum = 0;
        for (const Source& source : sources_) { sum += source.held().size(); }
        return sum;
    }
    /// All sources are closed and all values have been given out.
    [[nodiscard]] bool finished() const noexcept {
        return std::all_of(sources_.begin(), sources_.end(),
                           [](const Source& source) { return source.is_closed && source.held().empty(); });
    }
    /// How many sources there are.
    [[nodiscard]] std::size_t sources() const noexcept { return sources_.size(); }

private:
    using Source = detail::MergeSource<Value>;
    static constexpr bool copies = detail::CheaplyCopied<Value>;
    static constexpr std::size_t no_source = static_cast<std::size_t>(-1);

    /// What is certain: all before `last`, and values equal to it of sources up to `source`. Without a value nothing
    /// is, and without a source everything.
    struct Limit {
        std::size_t source = no_source;
        const Value* last = nullptr;
    };

    [[nodiscard]] Source& at(std::size_t source) {
        SHEAF_ASSERT(source < sources_.size(), "there is no such source");
        return sources_[source];
    }
    [[nodiscard]] const Source& at(std::size_t source) const {
        SHEAF_ASSERT(source < sources_.size(), "there is no such source");
        return sources_[source];
    }

    [[nodiscard]] bool is_waited_for(const Source& source, std::chrono::nanoseconds now) const {
        if (source.is_closed || source.is_paused) { return false; }
        const std::chrono::nanoseconds since = source.last_sent.value_or(began_.value_or(now));
        return options_.idle_timeout.count() == 0 || now - since < options_.idle_timeout;
    }

    /// Who has sent nothing yet is silent from the first call on that tells the time.
    void begin_clock(std::chrono::nanoseconds now) {
        if (!began_) { began_ = now; }
    }

    [[nodiscard]] Limit find_limit(std::chrono::nanoseconds now) const {
        Limit limit;
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            if (!is_waited_for(sources_[i], now)) { continue; }
            const Value* const last = sources_[i].last();
            if (last == nullptr) { return {i, nullptr}; }
            if (limit.source == no_source || before_(*last, *limit.last)) { limit = {i, last}; }
        }
        return limit;
    }

    /// Notes how much of each source is certain; returns how much of all.
    std::size_t find_certain(std::chrono::nanoseconds now) {
        begin_clock(now);
        const Limit limit = find_limit(now);
        if (limit.source != no_source && limit.last == nullptr) { return 0; }
        std::size_t sum = 0;
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            Source& source = sources_[i];
            const std::span<const Value> held = source.held();
            if (limit.source == no_source) {
                source.certain = held.size();
            } else if (i <= limit.source) {
                source.certain =
                    source.count_while([&](const Value& value) { return !before_(*limit.last, value); });
            } else {
                source.certain =
                    source.count_while([&](const Value& value) { return before_(value, *limit.last); });
            }
            sum += source.certain;
        }
        return sum;
    }

    template <class Out>
    Out give_out(Out out) {
        std::optional<Value> last_out = latest_certain();
        if constexpr (copies) {
            spans_.clear();
            for (const Source& source : sources_) {
                if (source.certain != 0) { spans_.push_back(source.held().first(source.certain)); }
            }
            out = merger_.merge(spans_, std::move(out));
        } else {
            std::vector<detail::IteratorRun<Value*>> runs;
            runs.reserve(sources_.size());
            for (Source& source : sources_) {
                if (source.certain == 0) { continue; }
                Value* const first = source.begin();
                runs.push_back({first, first + source.certain});
            }
            out = detail::merge_iterators(runs, before_, detail::MovingOutput<Out>{std::move(out)}).release();
        }
        for (Source& source : sources_) { source.drop_certain(); }
        last_out_ = std::move(last_out);
        return out;
    }

    /// The value that will come out last. (Who will send what is late, because nobody waited, is not known now.)
    [[nodiscard]] Value latest_certain() const {
        const auto value_of = [](const Source& source) {
            return source.held().data() + (source.certain - 1);
        };
        auto at = std::find_if(sources_.begin(), sources_.end(),
                               [](const Source& source) { return source.certain != 0; });
        SHEAF_ASSERT(at != sources_.end(), "something is certain");
        const Value* latest = value_of(*at);
        for (; at != sources_.end(); ++at) {
            if (at->certain != 0 && before_(*latest, *value_of(*at))) { latest = value_of(*at); }
        }
        return *latest;
    }

    [[no_unique_address]] detail::ProjectedOrder<Compare, Projection> before_;
    RunMerger<Value, Compare, Projection> merger_;
    StreamingMergeOptions options_;
    std::vector<Source> sources_;
    std::vector<std::span<const Value>> spans_{};
    std::optional<Value> last_out_{};
    std::optional<std::chrono::nanoseconds> began_{};
};

SHEAF_NAMESPACE_END
