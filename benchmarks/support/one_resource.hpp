#pragma once

#include <support/random.hpp>
#include <support/workload.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace sheaf_bench {

/// The orders in which the packets of one resource can come. Index 0 comes last, so that all others are pending, except
/// in the first one.
enum class Arrival : std::uint8_t {
    from_the_start,  ///< 0, 1, 2, ...
    in_order,        ///< 1, 2, 3, ..., 0
    reversed,        ///< n-1, n-2, ..., 0
    random,          ///< any order, then 0
    blocks,          ///< blocks of 64 in order, the blocks in any order, then 0
};

/// One resource of `pending` packets behind its first one, each with one of `texts` as its payload.
[[nodiscard]] inline Workload make_one_resource(std::size_t pending, Arrival arrival, TextPool texts) {
    Workload work{std::move(texts), {}, 1, {}};
    Random random{3};
    std::vector<std::uint32_t> order(pending);
    std::iota(order.begin(), order.end(), 1U);
    const auto shuffle = [&](std::span<std::uint32_t> some) {
        for (std::size_t i = some.size(); i > 1; --i) {
            std::swap(some[i - 1], some[random.below(static_cast<std::uint32_t>(i))]);
        }
    };
    if (arrival == Arrival::reversed) { std::reverse(order.begin(), order.end()); }
    if (arrival == Arrival::random) { shuffle(order); }
    if (arrival == Arrival::blocks) {
        constexpr std::size_t block = 64;
        std::vector<std::uint32_t> begins((pending + block - 1) / block);
        std::iota(begins.begin(), begins.end(), 0U);
        shuffle(begins);
        order.clear();
        for (const std::size_t begin : begins) {
            const std::size_t end = std::min(pending, (begin + 1) * block);
            for (std::size_t i = begin * block; i < end; ++i) {
                order.push_back(static_cast<std::uint32_t>(i + 1));
            }
        }
    }
    order.insert(arrival == Arrival::from_the_start ? order.begin() : order.end(), 0U);

    const std::uint64_t id = random.next();
    work.packets.reserve(order.size());
    for (const std::uint32_t index : order) {
        work.packets.push_back({id, work.texts.any(random), index, index == pending});
    }
    work.expected = expected_of(work.packets);
    return work;
}

}  // namespace sheaf_bench
