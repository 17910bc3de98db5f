#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>
#include <vector>

// What the peers keep of one resource. Each has
//
//   bool add(index, lengths, last)   a repeated index is ignored; true when the resource is complete
//   take()                           the lengths of all packets in index order

namespace sheaf_bench {

using Lengths = std::vector<std::uint32_t>;

/// What comes to mind first: an ordered map, joined at the end.
class ChunksInMap {
public:
    [[nodiscard]] bool add(std::uint64_t index, Lengths&& lengths, bool last) {
        chunks_.try_emplace(index, std::move(lengths));
        if (last) { count_ = index + 1; }
        return chunks_.size() == count_;
    }

    [[nodiscard]] Lengths take() {
        std::size_t total = 0;
        for (const auto& [index, lengths] : chunks_) { total += lengths.size(); }
        Lengths output;
        output.reserve(total);
        for (const auto& [index, lengths] : chunks_) {
            output.insert(output.end(), lengths.begin(), lengths.end());
        }
        return output;
    }

private:
    std::map<std::uint64_t, Lengths> chunks_;
    std::uint64_t count_ = std::numeric_limits<std::uint64_t>::max();  // until the last one is known
};

/// What one writes who knows that most packets come in order: these are appended at once, the others wait in a map.
class ChunksInPrefix {
public:
    [[nodiscard]] bool add(std::uint64_t index, Lengths&& lengths, bool last) {
        if (last) { count_ = index + 1; }
        if (index == next_) {
            append(lengths);
            while (!early_.empty() && early_.begin()->first == next_) {
                append(early_.begin()->second);
                early_.erase(early_.begin());
            }
        } else if (index > next_) {
            early_.try_emplace(index, std::move(lengths));
        }
        return next_ == count_;
    }

    [[nodiscard]] Lengths take() { return std::move(prefix_); }

private:
    void append(Lengths& lengths) {
        if (prefix_.empty()) {
            prefix_ = std::move(lengths);
        } else {
            prefix_.insert(prefix_.end(), lengths.begin(), lengths.end());
        }
        ++next_;
    }

    Lengths prefix_;
    std::map<std::uint64_t, Lengths> early_;
    std::uint64_t next_ = 0;
    std::uint64_t count_ = std::numeric_limits<std::uint64_t>::max();  // until the last one is known
};

}  // namespace sheaf_bench
