#pragma once

#include <collate/peers/chunks.hpp>
#include <collate/peers/unlocked_map.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sheaf_bench {

/// No order until the end: a hash map of all chunks, whose indices are sorted when it is complete.
class ChunksInHashMap {
public:
    [[nodiscard]] bool add(std::uint64_t index, Lengths&& lengths, bool last) {
        chunks_.try_emplace(index, std::move(lengths));
        if (last) { count_ = index + 1; }
        return chunks_.size() == count_;
    }

    [[nodiscard]] Lengths take() {
        std::vector<std::pair<std::uint64_t, const Lengths*>> sorted;
        sorted.reserve(chunks_.size());
        std::size_t total = 0;
        for (const auto& [index, lengths] : chunks_) {
            sorted.emplace_back(index, &lengths);
            total += lengths.size();
        }
        std::sort(sorted.begin(), sorted.end());
        Lengths output;
        output.reserve(total);
        for (const auto& [index, lengths] : sorted) {
            output.insert(output.end(), lengths->begin(), lengths->end());
        }
        return output;
    }

private:
    std::unordered_map<std::uint64_t, Lengths> chunks_;
    std::uint64_t count_ = std::numeric_limits<std::uint64_t>::max();  // until the last one is known
};

using SortedAtEnd = BasicUnlockedMap<ChunksInHashMap>;

}  // namespace sheaf_bench
