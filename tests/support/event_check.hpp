#pragma once

#include "model_resource.hpp"

#include <sheaf/events.hpp>
#include <sheaf/options.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace test {

/// What the resource's event must hold: the collation of its contiguous chunks, and everything else beside it.
struct ExpectedContents {
    Chunk output;
    std::uint64_t collated = 0;
    std::vector<sheaf::IndexedChunk<Chunk>> chunks;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> payloads;
    std::vector<sheaf::IndexRange> missing;

    ExpectedContents(const ModelResource& resource, std::uint64_t first) {
        const std::uint64_t head = resource.head(first);
        collated = head - first;
        std::uint64_t expected = first;
        for (const auto& [index, packet] : resource.packets) {
            if (index != expected) { missing.push_back({expected, index - 1}); }
            expected = index + 1;
            const Chunk chunk = chunk_of(packet.content);
            if (index < head) {
                output.insert(output.end(), chunk.begin(), chunk.end());
            } else if (packet.state == PacketState::done) {
                chunks.push_back({index, chunk});
            } else {
                payloads.emplace_back(index, packet.content);
            }
        }
    }
};

template <class Event>
[[nodiscard]] std::string header_difference(const Event& event,
                                            std::uint64_t id,
                                            const ModelResource& resource,
                                            const sheaf::Options& options) {
    if (event.id != id || event.incarnation != resource.incarnation) { return "event of another resource"; }
    if (event.name == nullptr || *event.name != options.name) { return "name"; }
    if (event.packets != resource.packets.size()) { return "packets"; }
    return event.opened_at == resource.opened_at && event.settled_at == resource.settled_at ? "" : "times";
}

/// Empty where the event says exactly what became of the resource, else what differs.
template <class Event>
[[nodiscard]] std::string event_difference(const Event& event,
                                           std::uint64_t id,
                                           const ModelResource& resource,
                                           const sheaf::Options& options) {
    if (std::string different = header_difference(event, id, resource, options); !different.empty()) {
        return different;
    }
    const ExpectedContents expected{resource, options.first_index};
    if (event.output != expected.output) { return "output"; }
    const bool complete = resource.is_complete(options.first_index);
    if constexpr (!requires { event.reason; }) {
        return complete ? "" : "Completed, but the resource is not complete";
    } else {
        if (complete) { return "Incomplete, but the resource is complete"; }
        if (event.reason != resource.reason) {
            return "reason " + std::string{to_string(event.reason)} + " instead of " +
                   std::string{to_string(resource.reason)};
        }
        if ((event.error != nullptr) != (resource.reason == IncompleteReason::transform_failed)) {
            return "error";
        }
        if (event.collated != expected.collated) { return "collated"; }
        if (event.missing != expected.missing) { return "missing"; }
        if (event.last_index != resource.last()) { return "last_index"; }
        if (event.chunks.size() != expected.chunks.size() ||
            event.payloads.size() != expected.payloads.size()) {
            return "number of chunks or payloads";
        }
        for (std::size_t i = 0; i < event.chunks.size(); ++i) {
            if (event.chunks[i].index != expected.chunks[i].index ||
                event.chunks[i].chunk != expected.chunks[i].chunk) {
                return "chunks";
            }
        }
        for (std::size_t i = 0; i < event.payloads.size(); ++i) {
            if (event.payloads[i].index != expected.payloads[i].first ||
                content_of(event.payloads[i].payload.bytes()) != expected.payloads[i].second) {
                return "payloads";
            }
        }
        return {};
    }
}

template <class First, class Second>
[[nodiscard]] std::string event_difference(const std::variant<First, Second>& event,
                                           std::uint64_t id,
                                           const ModelResource& resource,
                                           const sheaf::Options& options) {
    return std::visit([&](const auto& e) { return event_difference(e, id, resource, options); }, event);
}

}  // namespace test
