// How the chunks of a resource become its output: the collation, set in the traits. The default concatenates;
// `KeepChunks` makes a vector of them, and `Fold` calls a function of yours with one after the other, in index
// order, once the resource is complete. A collation of your own may do its work chunk by chunk instead.

#include <sheaf/sheaf.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <iostream>
#include <span>
#include <vector>

namespace {

using Lengths = std::vector<std::uint32_t>;  // the chunks of sheaf::WordLengths

/// First way: a fold. Order counts here: a hash of all lengths.
struct Mix {
    std::uint64_t operator()(std::uint64_t hash, const Lengths& chunk) const {
        for (const std::uint32_t length : chunk) { hash = (hash ^ length) * 0x100000001b3U; }
        return hash;
    }
};

struct FoldTraits : sheaf::DefaultTraits {
    using collation = sheaf::Fold<std::uint64_t, Mix>;
};

/// Second way: a collation of your own. A summary takes the place of the chunks, so a resource of any length needs
/// hardly any memory.
struct Summary {
    std::uint64_t words = 0;
    std::uint64_t letters = 0;
    std::uint32_t longest = 0;
};

struct Summarize {
    template <class Chunk>
    using prefix_type = Summary;
    template <class Chunk>
    using output_type = Summary;

    /// Takes the next chunk in index order. Runs under the stripe's lock, so it has to be quick and must
    /// not call anything that could wait; it may say false, and the chunk then waits for `finish`.
    template <class Chunk>
    static bool append(Summary& prefix, Chunk& chunk) noexcept {
        prefix.words += chunk.size();
        for (const std::uint32_t length : chunk) {
            prefix.letters += length;
            prefix.longest = std::max(prefix.longest, length);
        }
        chunk = Chunk{};
        return true;
    }

    /// Makes the output, with no lock held, of the prefix and the chunks that `append` did not take.
    template <class Chunk>
    static Summary finish(Summary& prefix, std::span<Chunk> chunks) {
        Summary output = prefix;
        for (Chunk chunk : chunks) {  // a copy each: after a throw they must be as they were
            static_cast<void>(append(output, chunk));
        }
        return output;
    }
};

struct SummaryTraits : sheaf::DefaultTraits {
    using collation = Summarize;
};

/// The same packets for both collators.
template <class Collator>
bool submit_all(Collator& collator) {
    sheaf::Packet<> packets[] = {
        {.resource_id = 9, .index = 2, .payload = "chunk by chunk", .last = true},
        {.resource_id = 9, .index = 0, .payload = "a result may be much smaller"},
        {.resource_id = 9, .index = 1, .payload = "than what it is made of"},
    };
    return collator.submit(packets).rejected == 0 &&
           collator.drain(std::chrono::seconds{10}).status == sheaf::DrainStatus::finished;
}

}  // namespace

int main() {
    // `Completed<Output>` names the output; `Incomplete<Output, Id, Chunk>` the chunk as well.
    sheaf::CollectingSink<std::uint64_t, std::uint64_t, Lengths> hashes;
    sheaf::PacketCollator folding{
        sheaf::WordLengths{}, std::ref(hashes), sheaf::ThreadPool{2}, {}, sheaf::traits<FoldTraits>};

    sheaf::CollectingSink<Summary, std::uint64_t, Lengths> summaries;
    sheaf::PacketCollator summing{
        sheaf::WordLengths{}, std::ref(summaries), sheaf::ThreadPool{2}, {}, sheaf::traits<SummaryTraits>};

    if (!submit_all(folding) || !submit_all(summing)) { return 1; }
    for (const auto& result : hashes.completed()) {
        std::cout << "hash " << std::hex << result.output << std::dec << '\n';
    }
    for (const auto& result : summaries.completed()) {
        std::cout << result.output.words << " words, " << result.output.letters
                  << " letters, the longest has " << result.output.longest << '\n';
    }
}
