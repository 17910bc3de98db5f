#pragma once

#include "../errors.hpp"
#include "../source.hpp"
#include "../support/diagnostics.hpp"
#include "collate_settings.hpp"
#include "summary.hpp"

#include <sheaf/connect/json_packet_reader.hpp>
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

/// Turns records into packets, submits them in batches and counts what became of them. Every record that is refused
/// is named.
///
/// Thread safety: one thread.
template <class Collator, class Receipt>
class PacketFeed {
public:
    PacketFeed(Collator& collator,
               Source& source,
               Diagnostics& diagnostics,
               const CollateSettings& settings,
               Summary& summary)
        : collator_{collator}
        , source_{source}
        , diagnostics_{diagnostics}
        , summary_{summary}
        , on_stall_{settings.on_stall}
        , reader_{settings.max_line}
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
    static_assert(sheaf::JsonPacketReader::padding <= Source::padding);

    void add(const Record& record) {
        Packet packet;
        const auto status = record.is_too_long ? too_long() : reader_.read_padded(record.text, packet);
        if (!status.ok()) {
            ++summary_.malformed;
            diagnostics_.message(source_.describe(record.position) + ": " + status.message());
            return;
        }
        if constexpr (std::is_same_v<Receipt, Position>) { packet.receipt = record.position; }
        const bool is_small = keep_payload(packet);
        packets_.push_back(std::move(packet));
        positions_.push_back(record.position);
        if (!is_small) { flush(); }
    }

    static sheaf::JsonReadStatus too_long() noexcept {
        return {sheaf::JsonError::line_too_long, {}, "longer than --max-line"};
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
        summary_.accepted += counts.accepted;
        summary_.duplicate += counts.duplicate;
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
        case sheaf::Verdict::accepted: ++summary_.accepted; return;
        case sheaf::Verdict::duplicate: ++summary_.duplicate; return;
        case sheaf::Verdict::conflict: ++summary_.conflict; break;
        case sheaf::Verdict::late: ++summary_.late; break;
        case sheaf::Verdict::rejected: ++summary_.rejected; break;
        }
        name(packet, position, outcome);
    }

    /// Everything held waits for packets not yet read: ends the resource whose gap is the oldest, until there is room.
    [[nodiscard]] sheaf::Outcome make_room_for(Packet& packet, Position position) {
        if (on_stall_ == OnStall::fail) {
            ++summary_.rejected;
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
        std::string text = source_.describe(position) + ": resource " + std::to_string(packet.resource_id) +
                           ", index " + std::to_string(packet.index) + ": ";
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
    Summary& summary_;
    OnStall on_stall_;
    sheaf::JsonPacketReader reader_;

    std::vector<Packet> packets_;
    std::vector<Position> positions_;
    std::vector<sheaf::Outcome> outcomes_;
    std::vector<std::byte> payloads_;
    std::size_t payloads_used_ = 0;
};

}  // namespace driver
