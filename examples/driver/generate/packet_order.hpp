#pragma once

#include "random.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace driver {

/// What a generated stream is like.
struct StreamShape {
    /// Ids are 1 to this.
    std::uint64_t resources = 1000;
    /// Each resource has from this many packets to `max_packets`, evenly distributed.
    std::uint32_t min_packets = 1;
    std::uint32_t max_packets = 16;
    /// Each payload has 1 to this many words, evenly distributed.
    std::uint32_t max_words = 8;
    /// How many resources take turns at a time.
    std::uint32_t open = 64;
    /// By how many places a packet may be off its place in the order in which the resources take turns.
    std::uint32_t jitter = 0;
    /// Probability that a packet comes twice.
    double duplicates = 0;
    /// Probability that a packet never comes.
    double drop = 0;
    std::uint64_t seed = 1;
    std::uint64_t first_index = 0;
};

/// A packet's place in the stream; its payload follows from it and the seed.
struct PacketPlace {
    std::uint64_t resource_id = 0;
    /// From 0, whatever the first index is.
    std::uint32_t number = 0;
    bool last = false;
};

/// The packets of a stream, in the order in which they are sent.
///
/// Interleaving: `open` resources are under way at a time; each turn, a random one of them sends its next packet, and
/// the one that has sent its last is replaced by the next resource. Dropped packets have no turn, duplicated ones two
/// in a row. The turns are numbered from 0.
///
/// Jitter: the packet of turn i gets the key i + r with r evenly from 0 to `jitter`, and packets are sent by
/// ascending keys, in order of their turns where keys are equal. No packet is then more than `jitter` places
/// off its turn: those more than `jitter` turns earlier have smaller keys, those more than `jitter` turns later
/// greater ones.
///
/// Memory: proportional to `open` and `jitter`, whatever the length of the stream.
class PacketOrder {
public:
    explicit PacketOrder(const StreamShape& shape)
        : shape_{shape}
        , random_{mix(shape.seed)}
        , jitter_{mix(shape.seed ^ 0x11775U)}
        , nodes_(std::size_t{shape.jitter} + 1)
        , rows_(std::size_t{shape.jitter} + 1) {
        for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
            nodes_[i].next = i + 1 < nodes_.size() ? i + 1 : none;
        }
        free_ = 0;
        while (under_way_.size() < shape_.open && open_next()) {}
    }

    /// False at the end of the stream.
    [[nodiscard]] bool next(PacketPlace& place) {
        while (sending_ == none) {
            if (!has_pending_ && !draw()) {
                if (waiting_ == 0) { return false; }
            } else {
                keep();
            }
            // Whatever comes later has a key above this turn's: its row is complete.
            Row& row = rows_[turn_ % rows_.size()];
            sending_ = row.first;
            row = {};
            ++turn_;
        }
        Node& node = nodes_[sending_];
        place = node.place;
        const std::uint32_t following = node.next;
        node.next = free_;
        free_ = sending_;
        sending_ = following;
        --waiting_;
        return true;
    }

    /// How many packets a resource has.
    [[nodiscard]] static std::uint32_t packets_of(const StreamShape& shape,
                                                  std::uint64_t resource_id) noexcept {
        return Random{mix(shape.seed ^ 0x5EAFU) ^ resource_id}.below(shape.max_packets - shape.min_packets +
                                                                     1) +
               shape.min_packets;
    }

private:
    static constexpr std::uint32_t none = 0xFFFFFFFFU;

    struct UnderWay {
        std::uint64_t resource_id;
        std::uint32_t sent;
        std::uint32_t packets;
    };
    struct Node {
        PacketPlace place{};
        std::uint32_t next = none;
    };
    /// Packets with the same key, in order of their turns.
    struct Row {
        std::uint32_t first = none;
        std::uint32_t last = none;
    };

    /// False where all resources have been opened.
    bool open_next() {
        if (opened_ == shape_.resources) { return false; }
        ++opened_;
        under_way_.push_back({opened_, 0, packets_of(shape_, opened_)});
        return true;
    }

    /// Finds the packet of the next turn; false where there is none.
    [[nodiscard]] bool draw() {
        while (!under_way_.empty()) {
            const std::size_t slot = random_.below(static_cast<std::uint32_t>(under_way_.size()));
            UnderWay& sender = under_way_[slot];
            pending_ = {sender.resource_id, sender.sent, sender.sent + 1 == sender.packets};
            if (++sender.sent == sender.packets) {
                sender = under_way_.back();
                under_way_.pop_back();
                open_next();
            }
            if (shape_.drop > 0 && random_.chance(shape_.drop)) { continue; }
            has_pending_ = true;
            is_doubled_ = shape_.duplicates > 0 && random_.chance(shape_.duplicates);
            return true;
        }
        return false;
    }

    /// Gives the pending packet its key.
    void keep() noexcept {
        const std::uint32_t at = free_;
        Node& node = nodes_[at];
        free_ = node.next;
        node = {pending_, none};
        Row& row = rows_[(turn_ + jitter_.below(shape_.jitter + 1)) % rows_.size()];
        if (row.first == none) {
            row.first = at;
        } else {
            nodes_[row.last].next = at;
        }
        row.last = at;
        ++waiting_;
        has_pending_ = is_doubled_;
        is_doubled_ = false;
    }

    StreamShape shape_;
    Random random_;
    /// On its own, so that the turns are the same whatever the jitter is.
    Random jitter_;
    std::uint64_t opened_ = 0;
    std::vector<UnderWay> under_way_;

    PacketPlace pending_{};
    bool has_pending_ = false;
    bool is_doubled_ = false;

    // One turn adds one packet, and none waits for more than `jitter` turns: there are never more than jitter + 1.
    std::vector<Node> nodes_;
    std::vector<Row> rows_;
    std::uint32_t free_ = none;
    std::uint32_t sending_ = none;
    std::uint64_t turn_ = 0;
    std::uint64_t waiting_ = 0;
};

}  // namespace driver
