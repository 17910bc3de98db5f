#pragma once

#include "../errors.hpp"
#include "../source.hpp"
#include "diagnostics.hpp"
#include "packet_counts.hpp"

#include <sheaf/outcome.hpp>
#include <sheaf/packet.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace driver {

/// What messages call a resource and an index.
struct PacketWords {
    std::string_view resource = "resource";
    std::string_view index = "index";
};

/// Turns records into packets, submits them in batches and counts what became of them. Every record that is refused
/// is named.
///
/// `Reader`: reads a text into a packet, as `sheaf::JsonPacketReader`.
///
/// Thread safety: one thread.
template <class Collator, class Receipt, class Reader>
class PacketFeed {
public:
    PacketFeed(Collator& collator,
               Source& source,
               Diagnostics& diagnostics,
               OnStall on_stall,
               PacketCounts& counts,
               Reader reader,
               PacketWords words = {})
        : collator_{collator}
        , source_{source}
        , diagnostics_{diagnostics}
        , counts_{counts}
        , on_stall_{on_stall}
        , reader_{std::move(reader)}
        , words_{words}
        , payloads_(payload_room) {}

    /// Submits all of `records`; none of them is referred to afterwards.
    ///
    /// Throws: `RuntimeFailure` where the collator cannot go on, `std::bad_alloc`.
    void feed(std::span<const Record> records) {
        for (const Record& record : records) { add(record); }
        flush();
    }

private:
    using Packet = sheaf::Packet<std::uint64_t, Receipt>;

    /// Payloads of one batch. Larger ones than this are submitted alone.
    static constexpr std::size_t payload_room = std::size_t{1} << 20U;
    static_assert(Reader::padding <= Source::padding);

    void add(const Record& record) {
        Packet packet;
        if (record.is_too_long) { return refuse(record.position, "longer than --max-line"); }
        if (const auto status = reader_.read_padded(record.text, packet); !status.ok()) {
            return refuse(record.position, status.message());
        }
        if constexpr (std::is_same_v<Receipt, Position>) { packet.receipt = record.position; }
        const bool is_small = keep_payload(packet);
        packets_.push_back(std::move(packet));
        positions_.push_back(record.position);
        if (!is_small) { flush(); }
    }

    void refuse(Position position, const std::string& reason) {
        ++counts_.malformed;
        diagnostics_.message(source_.describe(position) + ": " + reason);
    }

    /// The reader's next text replaces this one's payload, so the batch keeps a copy. False where the payload
    /// is too large for that; then it must be submitted at once.
    [[nodiscard]] bool keep_payload(Packet& packet) {
        const auto bytes = packet.payload.bytes();
        if (bytes.size() > payloads_.size() - payloads_used_) {
            flush();
            if (bytes.size() > payloads_.size()) { return false; }
        }
        std::byte* const kept = payloads_.data() + payloads_used_;
        std::copy(bytes.begin(), bytes.end(), kept);
        payloads_used_ += bytes.size();
        packet.payload = sheaf::Payload{std::span<const std::byte>{kept, bytes.size()}};
        return true;
    }

    void flush() {
        if (packets_.empty()) { return; }
        outcomes_.resize(packets_.size());
        const sheaf::BatchOutcome counts = collator_.submit(std::span{packets_}, std::span{outcomes_});
        counts_.accepted += counts.accepted;
        counts_.duplicate += counts.duplicate;
        if (counts.conflict + counts.late + counts.rejected != 0) {
            for (std::size_t i = 0; i < packets_.size(); ++i) {
                look_at(packets_[i], positions_[i], outcomes_[i]);
            }
        }
        packets_.clear();
        positions_.clear();
        payloads_used_ = 0;
    }

    /// Deals with the outcomes that `BatchOutcome` has no counter of ours for.
    void look_at(Packet& packet, Position position, sheaf::Outcome outcome) {
        if (outcome.accepted() || outcome.verdict() == sheaf::Verdict::duplicate) { return; }
        if (outcome.reason() == sheaf::Rejection::executor_failed) {
            throw RuntimeFailure{"no thread takes the work"};
        }
        if (outcome.reason() == sheaf::Rejection::out_of_memory) { throw std::bad_alloc{}; }
        if (outcome.reason() == sheaf::Rejection::stalled) { outcome = make_room_for(packet, position); }
        switch (outcome.verdict()) {
        case sheaf::Verdict::accepted: ++counts_.accepted; return;
        case sheaf::Verdict::duplicate: ++counts_.duplicate; return;
        case sheaf::Verdict::conflict: ++counts_.conflict; break;
        case sheaf::Verdict::late: ++counts_.late; break;
        case sheaf::Verdict::rejected: ++counts_.rejected; break;
        }
        name(packet, position, outcome);
    }

    /// Everything held waits for packets not yet read: ends the resource whose gap is the oldest, until there is room.
    [[nodiscard]] sheaf::Outcome make_room_for(Packet& packet, Position position) {
        if (on_stall_ == OnStall::fail) {
            ++counts_.rejected;
            name(packet, position, sheaf::Rejection::stalled);
            throw RuntimeFailure{
                "stalled: everything held waits for packets not yet read, and --on-stall is fail"};
        }
        // What was evicted for an earlier packet of the batch may have made room enough for this one, too.
        sheaf::Outcome outcome = collator_.submit(packet);
        while (outcome.reason() == sheaf::Rejection::stalled && collator_.evict_oldest()) {
            outcome = collator_.submit(packet);
        }
        return outcome;
    }

    void name(const Packet& packet, Position position, sheaf::Outcome outcome) {
        std::string text = source_.describe(position) + ": ";
        text += words_.resource;
        text += ' ' + std::to_string(packet.resource_id) + ", ";
        text += words_.index;
        text += ' ' + std::to_string(packet.index) + ": ";
        text += to_string(outcome.verdict());
        if (outcome.rejected()) {
            text += " (";
            text += to_string(outcome.reason());
            text += ')';
        }
        diagnostics_.message(text);
    }

    Collator& collator_;
    Source& source_;
    Diagnostics& diagnostics_;
    PacketCounts& counts_;
    OnStall on_stall_;
    Reader reader_;
    PacketWords words_;

    std::vector<Packet> packets_;
    std::vector<Position> positions_;
    std::vector<sheaf::Outcome> outcomes_;
    std::vector<std::byte> payloads_;
    std::size_t payloads_used_ = 0;
};

}  // namespace driver
