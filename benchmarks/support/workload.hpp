#pragma once

#include <support/random.hpp>
#include <support/scale.hpp>
#include <support/tally.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace sheaf_bench {

/// One packet of a stream, before it becomes whatever a peer wants to be fed with.
struct StreamPacket {
    std::uint64_t id = 0;
    std::span<const std::byte> payload{};
    std::uint32_t index = 0;
    bool last = false;
};

/// Different texts of one size, which payloads are views of: lower-case words of 1 to 9 letters, separated by single
/// spaces.
class TextPool {
public:
    TextPool(std::size_t count, std::size_t size, std::uint64_t seed)
        : size_{size}
        , count_{count}
        , bytes_(count * size) {
        Random random{seed};
        for (std::size_t text = 0; text < count; ++text) { fill(random, &bytes_[text * size], size); }
    }

    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    [[nodiscard]] std::span<const std::byte> text(std::size_t i) const noexcept {
        return {&bytes_[i * size_], size_};
    }
    [[nodiscard]] std::span<const std::byte> any(Random& random) const noexcept {
        return text(random.below(static_cast<std::uint32_t>(count_)));
    }

private:
    static void fill(Random& random, std::byte* text, std::size_t size) {
        std::uint32_t letters = 1 + random.below(9);
        for (std::size_t i = 0; i < size; ++i) {
            // No space at the end: a text is whole words.
            const bool space = letters == 0 && i + 1 < size;
            text[i] = space ? std::byte{' '} : static_cast<std::byte>('a' + random.below(26));
            letters = space ? 1 + random.below(9) : letters - (letters > 0 ? 1U : 0U);
        }
    }

    std::size_t size_;
    std::size_t count_;
    std::vector<std::byte> bytes_;
};

/// A stream, and what a peer fed with it has to deliver.
struct Workload {
    TextPool texts;
    std::vector<StreamPacket> packets;
    std::size_t most_open = 0;  ///< How many resources are open at a time, at most.
    Delivered expected{};
};

/// The reference: sorts the stream and reads it byte by byte. Shares nothing with any peer.
[[nodiscard]] inline Delivered expected_of(std::span<const StreamPacket> packets) {
    std::vector<std::uint32_t> order(packets.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t left, std::uint32_t right) {
        return std::pair{packets[left].id, packets[left].index} <
               std::pair{packets[right].id, packets[right].index};
    });
    Delivered expected;
    std::vector<std::uint32_t> lengths;
    for (const std::uint32_t at : order) {
        std::uint32_t length = 0;
        for (const std::byte byte : packets[at].payload) {
            if (byte == std::byte{' '}) {
                lengths.push_back(length);
                length = 0;
            } else {
                ++length;
            }
        }
        lengths.push_back(length);
        if (packets[at].last) {
            ++expected.resources;
            expected.lengths += lengths.size();
            expected.sum += hash_of(packets[at].id, lengths);
            lengths.clear();
        }
    }
    return expected;
}

inline constexpr std::uint32_t most_packets = 16;

/// A resource that is being sent: its indices in the order of sending, one in sixteen changed with its successor.
struct Sending {
    std::uint64_t id = 0;
    std::uint32_t count = 0;
    std::uint32_t sent = 0;
    std::array<std::uint32_t, most_packets> order{};

    explicit Sending(Random& random)
        : id{random.next()}
        , count{1 + random.below(most_packets)} {
        std::iota(order.begin(), order.end(), 0U);
        for (std::uint32_t i = 0; i + 1 < count; ++i) {
            if (random.one_in(16)) { std::swap(order[i], order[i + 1]); }
        }
    }
};

/// `hot`: 4,096 resources are open at any time; the next packet comes from any of them; then packets change places
/// with others up to 16 positions away.
[[nodiscard]] inline Workload make_hot(std::uint64_t seed = 1) {
    constexpr std::size_t open_resources = 4096;
    const std::size_t wanted = scaled(1'000'000);
    Workload work{TextPool{4096, 64, seed}, {}, open_resources, {}};
    Random random{seed + 1};
    work.packets.reserve(wanted + open_resources * most_packets);

    std::vector<Sending> open;
    while (open.size() < std::min(open_resources, wanted)) { open.emplace_back(random); }
    while (!open.empty()) {
        const std::size_t at = random.below(static_cast<std::uint32_t>(open.size()));
        Sending& sending = open[at];
        const std::uint32_t index = sending.order[sending.sent++];
        work.packets.push_back({sending.id, work.texts.any(random), index, index + 1 == sending.count});
        if (sending.sent < sending.count) { continue; }
        if (work.packets.size() < wanted) {
            sending = Sending{random};
        } else {
            sending = open.back();
            open.pop_back();
        }
    }
    for (std::size_t i = 0; i + 16 < work.packets.size(); ++i) {
        std::swap(work.packets[i], work.packets[i + random.below(17)]);
    }
    work.expected = expected_of(work.packets);
    return work;
}

/// `cold`: 1,000,000 resources open at once, so that each packet meets one that was not touched for long. They take
/// turns, at random within a turn and a half, which leaves one neighbour in eighteen out of order.
[[nodiscard]] inline Workload make_cold(std::uint64_t seed = 2) {
    const std::size_t resources = scaled(1'000'000);
    Workload work{TextPool{4096, 64, seed}, {}, resources, {}};
    Random random{seed + 1};

    std::vector<StreamPacket> in_order;
    std::vector<std::uint64_t> places;  // when it is sent, and which it is
    for (std::size_t resource = 0; resource < resources; ++resource) {
        const std::uint64_t id = random.next();
        const std::uint32_t count = 1 + random.below(most_packets);
        for (std::uint32_t index = 0; index < count; ++index) {
            constexpr std::uint32_t turn = std::uint32_t{1} << 24U;
            const std::uint64_t when = index * turn + random.below(turn + turn / 2);
            places.push_back(when << 32U | in_order.size());
            in_order.push_back({id, work.texts.any(random), index, index + 1 == count});
        }
    }
    std::sort(places.begin(), places.end());
    work.packets.reserve(in_order.size());
    for (const std::uint64_t place : places) { work.packets.push_back(in_order[place & 0xFFFFFFFFU]); }
    work.expected = expected_of(work.packets);
    return work;
}

/// The workloads, each made when it is first asked for.
[[nodiscard]] inline const Workload& hot() {
    static const Workload work = make_hot();
    return work;
}
[[nodiscard]] inline const Workload& cold() {
    static const Workload work = make_cold();
    return work;
}

}  // namespace sheaf_bench
