#pragma once

#include <support/tally.hpp>
#include <support/workload.hpp>

#include <sheaf/executor/inline_executor.hpp>
#include <sheaf/packet_collator.hpp>
#include <sheaf/sink/handlers.hpp>
#include <sheaf/transform/word_lengths.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>
#include <utility>

namespace sheaf_bench {

/// Reads each result, as all consumers here do.
[[nodiscard]] inline auto sink_of(Tally& tally) {
    return sheaf::Handlers{
        [&tally](const sheaf::Completed<>& result) { tally(result.id, result.output); },
        [](const sheaf::Incomplete<>&) {},  // there is none, or the check of the result fails
    };
}

/// The defaults, but bounds that no stream here reaches, and a deadline that no slow machine misses: the other peers have
/// none.
[[nodiscard]] inline sheaf::Options options_out_of_reach() {
    sheaf::Options options;
    options.max_packets = std::size_t{1} << 32U;
    options.max_bytes = std::size_t{1} << 40U;
    options.max_resources = std::size_t{1} << 32U;
    options.gap_timeout = std::chrono::hours{1};
    return options;
}

/// The collator with an inline executor. `Batch`: how many packets are submitted at a time; 1 is one by one.
template <std::size_t Batch>
class SheafCollator {
public:
    using packet_type = sheaf::Packet<>;
    [[nodiscard]] static packet_type packet(const StreamPacket& packet) {
        return {
            .resource_id = packet.id, .index = packet.index, .payload = packet.payload, .last = packet.last};
    }

    SheafCollator(std::size_t, Tally& tally)
        : collator_{sheaf::WordLengths{}, sink_of(tally), sheaf::InlineExecutor{}, options_out_of_reach()} {}

    // What is refused is missing in the result, which is checked.
    void feed(std::span<packet_type> packets) {
        if constexpr (Batch == 1) {
            for (packet_type& packet : packets) { static_cast<void>(collator_.submit(packet)); }
        } else {
            for (std::size_t i = 0; i < packets.size(); i += Batch) {
                const auto batch = packets.subspan(i, std::min(Batch, packets.size() - i));
                static_cast<void>(collator_.submit(batch));
            }
        }
    }
    void finish() {}

private:
    using Sink = decltype(sink_of(std::declval<Tally&>()));
    sheaf::PacketCollator<sheaf::WordLengths, Sink, sheaf::InlineExecutor> collator_;
};

}  // namespace sheaf_bench
