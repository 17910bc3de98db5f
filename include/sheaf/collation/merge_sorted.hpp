#pragma once

#include <sheaf/collation/collated_at_end.hpp>
#include <sheaf/config.hpp>
#include <sheaf/detail/throw.hpp>
#include <sheaf/merge/detail/cheaply_copied.hpp>
#include <sheaf/merge/merge_runs.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

/// A chunk that `MergeSorted` can take: a container to whose end elements can be added, and whose elements can be
/// copied and compared.
template <class Chunk, class Compare>
concept MergeableChunk =
    std::default_initializable<Chunk> && std::movable<Chunk> && std::ranges::random_access_range<Chunk> &&
    std::ranges::sized_range<Chunk> && std::copyable<std::ranges::range_value_t<Chunk>> &&
    std::indirect_strict_weak_order<Compare, std::ranges::iterator_t<const Chunk>> &&
    requires(Chunk& target, const std::ranges::range_value_t<Chunk>& element, std::size_t n) {
        target.push_back(element);
        target.reserve(n);
    };

/// Collation: each chunk is a sorted run, and the output is all of them merged, in the order of `Compare`; equal
/// elements are in index order. For batches of sorted segments:
///
///     struct MyTraits : sheaf::DefaultTraits {
///         using collation = sheaf::MergeSorted<>;
///         using digest = sheaf::PayloadDigest;  // a segment that comes twice with other content is a conflict
///     };
///
/// Nothing is merged before all are there: to merge each chunk as it comes would copy the first ones again and again.
///
/// Everything else is the collator's: segments come in any order, a gap times out, duplicates are counted and
/// ignored.
///
/// Thread safety: static functions without state; distinct arguments may be used concurrently.
template <std::default_initializable Compare = std::ranges::less>
struct MergeSorted : CollatedAtEnd {
    /// A container of the same type as the chunks.
    template <class Chunk>
    using output_type = Chunk;

    /// The merge of all chunks, by `merge_runs`.
    ///
    /// Runs under no lock. Throws: `std::domain_error` for a chunk that is not sorted, with its index within the
    /// resource, counted from the first, and the place; `std::bad_alloc`; what comparing and copying throw. The
    /// resource then ends `Incomplete(collation_failed)`. The chunks are never changed, but for a single one, which
    /// becomes the output.
    ///
    /// Complexity: as of `merge_runs`, and one comparison an element to see that the chunks are sorted.
    template <MergeableChunk<Compare> Chunk>
    [[nodiscard]] static Chunk finish(NoPrefix& /*prefix*/, std::span<Chunk> chunks) {
        std::size_t total = 0;
        for (std::size_t i = 0; i < chunks.size(); ++i) {
            demand_sorted(chunks[i], i);
            total += std::ranges::size(chunks[i]);
        }
        if (chunks.size() == 1) { return std::move(chunks.front()); }
        Chunk output;
        output.reserve(total);
        using Element = std::ranges::range_value_t<Chunk>;
        if constexpr (detail::CheaplyCopied<Element> && std::default_initializable<Element> &&
                      std::ranges::contiguous_range<Chunk> && requires { output.resize(total); }) {
            output.resize(total);
            sheaf::merge_runs(chunks, std::ranges::data(output), Compare{});
        } else {
            sheaf::merge_runs(chunks, std::back_inserter(output), Compare{});
        }
        return output;
    }

private:
    template <class Chunk>
    static void demand_sorted(const Chunk& chunk, std::size_t index) {
        const auto begin = std::ranges::begin(chunk);
        const auto unsorted = std::is_sorted_until(begin, std::ranges::end(chunk), Compare{});
        if (unsorted != std::ranges::end(chunk)) {
            const std::string message = "sheaf::MergeSorted: chunk " + std::to_string(index) +
                                        " is not sorted at element " + std::to_string(unsorted - begin);
            detail::throw_exception<std::domain_error>(message.c_str());
        }
    }
};

SHEAF_NAMESPACE_END
