#pragma once

#include <sheaf/collation/collated_at_end.hpp>
#include <sheaf/config.hpp>

#include <concepts>
#include <functional>
#include <span>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

/// Collation: the output is what `Function` makes of the chunks, one after the other in index order, starting
/// from a value-initialised `Output`:
///
///     struct Sum { std::uint64_t operator()(std::uint64_t sum, const Chunk& chunk) const; };
///     struct MyTraits : sheaf::DefaultTraits { using collation = sheaf::Fold<std::uint64_t, Sum>; };
///
/// `Function` is default constructible and `Output operator()(Output, const Chunk&)`. One object is made
/// for each resource, so it may keep state between the chunks.
///
/// Thread safety: static functions without state; distinct arguments may be used concurrently. `Function`
/// objects of different resources are called concurrently.
template <std::default_initializable Output, std::default_initializable Function>
struct Fold : CollatedAtEnd {
    /// What the function makes of the chunks, whatever their type.
    template <class Chunk>
    using output_type = Output;

    /// Calls the function, with no lock held, on the thread that completed the resource.
    ///
    /// Throws: what the function and the moves of `Output` throw; the resource then ends
    /// `Incomplete(collation_failed)`. The chunks are never changed.
    ///
    /// Complexity: one call a chunk.
    template <class Chunk>
        requires std::is_invocable_r_v<Output, Function&, Output, const Chunk&>
    [[nodiscard]] static Output finish(NoPrefix& /*prefix*/, std::span<Chunk> chunks) {
        Function function{};
        Output output{};
        for (const Chunk& chunk : chunks) { output = std::invoke(function, std::move(output), chunk); }
        return output;
    }
};

SHEAF_NAMESPACE_END
