#pragma once

#include <support/random.hpp>

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sheaf_bench {

/// How the values of the runs of a set lie.
enum class RunShape : std::uint8_t {
    random,           ///< Evenly over all 64 bits in every run: what comes next is of a random run.
    disjoint,         ///< No two runs overlap; they are in no order.
    thousand_values,  ///< A thousand values.
    ten_values,       ///< Ten values.
};

/// A key with something that belongs to it: 24 bytes, ordered by the key.
struct Record {
    std::uint64_t key = 0;
    std::uint64_t rest[2] = {0, 0};

    Record() = default;
    explicit Record(std::uint64_t k)
        : key{k}
        , rest{k, k} {}
    friend bool operator==(const Record&, const Record&) = default;
    friend std::strong_ordering operator<=>(const Record& a, const Record& b) noexcept {
        return a.key <=> b.key;
    }
    friend bool operator<(const Record& a, const Record& b) noexcept { return a.key < b.key; }
};

/// Sorted runs of equal lengths.
template <class Key>
struct RunSet {
    std::vector<std::vector<Key>> runs;
    /// The merge of all.
    std::vector<Key> merged;
};

template <class Key>
RunSet<Key> make_runs(RunShape shape, std::size_t count, std::size_t total, std::uint64_t seed) {
    RunSet<Key> set;
    Random random{seed};
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<Key> run(total / count);
        // An odd multiplier visits every place once where the number of places is a power of two, else nearly.
        const std::uint64_t place = i * 37 % count;
        for (Key& key : run) {
            const std::uint64_t bits = random.next();
            switch (shape) {
            case RunShape::random: key = static_cast<Key>(bits); break;
            case RunShape::disjoint:
                key = static_cast<Key>((bits % (std::uint64_t{1} << 21U)) + (place << 21U));
                break;
            case RunShape::thousand_values: key = static_cast<Key>(bits % 1000); break;
            case RunShape::ten_values: key = static_cast<Key>(bits % 10); break;
            }
        }
        std::sort(run.begin(), run.end());
        set.merged.insert(set.merged.end(), run.begin(), run.end());
        set.runs.push_back(std::move(run));
    }
    std::sort(set.merged.begin(), set.merged.end());
    return set;
}

}  // namespace sheaf_bench
