#pragma once

#include "engine_bench.hpp"
#include "model_resource.hpp"

#include <sheaf/options.hpp>
#include <sheaf/outcome.hpp>
#include <sheaf/statistics.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace test {

/// The rules of the engine once more: everything is looked up anew from plain maps, nothing is kept up to date.
/// What is true of the engine must be true here, after every step.
class Model {
public:
    Model(const sheaf::Options& options_, std::uint64_t incarnation, std::size_t remember_limit)
        : options{options_}
        , next_incarnation_{incarnation}
        , remember_limit_{remember_limit} {}

    Outcome admit(std::uint64_t id, std::uint64_t index, bool last, std::uint32_t content, Instant now) {
        for (int i = 0; i < 2 && !finished_.empty() && finished_.front().forget_at <= now; ++i) {
            finished_.pop_front();
        }
        if (const Finished* finished = remembered(id, now)) {
            if (finished->had.contains(index)) {
                ++counts.duplicates;
                return Verdict::duplicate;
            }
            if (finished->last && (last ? index != *finished->last : index > *finished->last)) {
                ++counts.conflicts;
                return Verdict::conflict;
            }
            ++counts.late;
            return Verdict::late;
        }
        const auto found = resources.find(id);
        const bool is_new = found == resources.end();
        if (!is_new) {
            ModelResource& resource = found->second;
            if (const auto twin = resource.packets.find(index); twin != resource.packets.end()) {
                twin->second.witnessed = true;
                resource.receipts.push_back(content);
                ++counts.duplicates;
                return Verdict::duplicate;
            }
            if (resource.last() ? last || index > *resource.last() : last && index < resource.highest()) {
                resource.packets.rbegin()->second.witnessed = true;
                ++counts.conflicts;
                return Verdict::conflict;
            }
            if (resource.phase != ResourcePhase::open) {
                ++counts.late;
                return Verdict::late;
            }
        }
        const bool is_head = !is_new && index == found->second.gap(options.first_index);
        if (!has_room(is_new, is_head)) { return Rejection::overloaded; }
        ModelResource& resource = resources[id];
        if (is_new) {
            resource.incarnation = next_incarnation_++;
            resource.opened_at = now;
        }
        resource.last_activity = now;
        resource.packets[index] = ModelPacket{content, last, now};
        resource.receipts.push_back(content);
        counts.accepted += {1, payload_of(content).size()};
        return Verdict::accepted;
    }

    /// The packet of a call whose attempt still counts, or null.
    [[nodiscard]] ModelPacket* current(std::uint64_t id,
                                       std::uint64_t incarnation,
                                       std::uint64_t index,
                                       std::uint32_t attempt) {
        const auto resource = resources.find(id);
        if (resource == resources.end() || resource->second.incarnation != incarnation) { return nullptr; }
        const auto packet = resource->second.packets.find(index);
        const bool counts_still = packet != resource->second.packets.end() &&
                                  packet->second.attempt == attempt &&
                                  packet->second.state == PacketState::dispatched;
        return counts_still ? &packet->second : nullptr;
    }

    /// The packet is here and waits for its chunk.
    [[nodiscard]] bool is_unsettled(std::uint64_t id, std::uint64_t incarnation, std::uint64_t index) const {
        const auto resource = resources.find(id);
        if (resource == resources.end() || resource->second.incarnation != incarnation) { return false; }
        const auto packet = resource->second.packets.find(index);
        return packet != resource->second.packets.end() && (packet->second.state == PacketState::dispatched ||
                                                            packet->second.state == PacketState::waiting);
    }

    void begin(ModelPacket& packet, Instant now) const {
        packet.due = options.transform_timeout.count() == 0 ? never : now + options.transform_timeout;
    }
    void complete(std::uint64_t id, ModelPacket& packet, Instant now) {
        packet.state = PacketState::done;
        packet.due = never;
        settle(resources[id], now);
    }
    void fail(std::uint64_t id, ModelPacket& packet, Instant now) {
        ++counts.transform_failures;
        if (packet.attempt < options.transform_attempts) {
            ++counts.transform_retries;
            packet.state = PacketState::waiting;
            packet.due = now + pause(options.transform_backoff, packet.attempt);
            return;
        }
        packet.state = PacketState::failed;
        packet.due = never;
        close(resources[id], IncompleteReason::transform_failed, now);
    }
    void late_result() { ++counts.late_results; }
    void park(ModelPacket& packet, Instant now) {
        --packet.attempt;
        packet.state = PacketState::waiting;
        packet.due = now;
    }
    [[nodiscard]] bool undo(std::uint64_t id, std::uint64_t index, ModelPacket* packet, Instant now) {
        if (packet == nullptr || packet->attempt != 1 || packet->witnessed) { return false; }
        ModelResource& resource = resources[id];
        const std::uint32_t content = packet->content;
        counts.accepted -= {1, payload_of(content).size()};
        resource.receipts.erase(std::find(resource.receipts.begin(), resource.receipts.end(), content));
        resource.packets.erase(index);
        if (resource.packets.empty()) {
            resources.erase(id);  // as if it had never been
        } else {
            settle(resource, now);
        }
        return true;
    }

    void expire(Instant now) {
        for (bool again = true; again;) {
            again = false;
            for (auto& [id, resource] : resources) {
                for (auto& [index, packet] : resource.packets) {
                    if (packet.due > now) { continue; }
                    again = true;
                    if (packet.state == PacketState::waiting) {
                        packet.state = PacketState::dispatched;
                        packet.due = never;
                        ++packet.attempt;
                    } else {
                        fail(id, packet, now);
                    }
                }
            }
        }
        for (auto& [id, resource] : resources) {
            const auto [at, reason] = deadline(resource);
            if (at <= now) { close(resource, reason, now); }
            if (resource.phase == ResourcePhase::redelivery && resource.due <= now) {
                resource.phase = ResourcePhase::delivering;
            }
        }
    }

    void close_unfillable(Instant now) {
        for (auto& [id, resource] : resources) {
            if (!resource.has_ended() && !resource.is_fully_seen(options.first_index)) {
                close(resource, IncompleteReason::drained, now);
            }
            if (resource.phase == ResourcePhase::undelivered) { resource.phase = ResourcePhase::delivering; }
        }
    }
    void abandon(Instant now) {
        for (auto& [id, resource] : resources) {
            if (resource.has_ended()) {
                resource.phase = ResourcePhase::delivering;
                continue;
            }
            for (auto& [index, packet] : resource.packets) {
                if (packet.state != PacketState::done) {
                    packet.state = PacketState::failed;
                    packet.due = never;
                }
            }
            close(resource, IncompleteReason::cancelled, now);
        }
    }
    void evict(std::uint64_t id, Instant now) { close(resources[id], IncompleteReason::evicted, now); }

    /// True where the dead letter's turn has come.
    [[nodiscard]] bool not_delivered(ModelResource& resource, Instant now) {
        ++counts.delivery_failures;
        if (++resource.delivery_attempts >= options.delivery_attempts) { return true; }
        postpone(resource, now + pause(options.delivery_backoff, resource.delivery_attempts));
        return false;
    }
    static void postpone(ModelResource& resource, Instant until) {
        resource.phase = ResourcePhase::redelivery;
        resource.due = until;
    }
    void retire(std::uint64_t id, bool dead_lettered, Instant now) {
        const ModelResource& resource = resources[id];
        const bool is_completed = resource.is_complete(options.first_index);
        ++(dead_lettered ? counts.dead_lettered : is_completed ? counts.completed : counts.incomplete);
        (!dead_lettered && is_completed ? counts.delivered : counts.side_channel) += resource.volume();
        remember(id, resource, now);
        resources.erase(id);
    }

    struct Deadline {
        Instant at = never;
        IncompleteReason reason = IncompleteReason::gap_timeout;
    };
    /// The earliest clock of an open resource; the earliest in this order where they are equal.
    [[nodiscard]] Deadline deadline(const ModelResource& resource) const {
        Deadline earliest;
        const auto consider = [&earliest](bool runs, Instant at, IncompleteReason reason) {
            if (runs && at < earliest.at) { earliest = {at, reason}; }
        };
        if (resource.phase != ResourcePhase::open || resource.is_fully_seen(options.first_index)) {
            return earliest;
        }
        Instant first_sight = never;  // of the first gap: the earliest arrival above it
        for (auto above = resource.packets.upper_bound(resource.gap(options.first_index));
             above != resource.packets.end(); ++above) {
            first_sight = std::min(first_sight, above->second.admitted_at);
        }
        const bool has_gap = first_sight != never && options.gap_timeout.count() != 0;
        consider(has_gap, has_gap ? first_sight + options.gap_timeout : never, IncompleteReason::gap_timeout);
        consider(options.inactivity_timeout.count() != 0, resource.last_activity + options.inactivity_timeout,
                 IncompleteReason::inactivity);
        consider(options.total_age.count() != 0, resource.opened_at + options.total_age,
                 IncompleteReason::total_age);
        return earliest;
    }
    [[nodiscard]] Instant next_deadline() const {
        Instant earliest = never;
        for (const auto& [id, resource] : resources) {
            earliest = std::min(earliest, deadline(resource).at);
            if (resource.phase == ResourcePhase::redelivery) { earliest = std::min(earliest, resource.due); }
            for (const auto& [index, packet] : resource.packets) {
                earliest = std::min(earliest, packet.due);
            }
        }
        return earliest;
    }

    [[nodiscard]] sheaf::Statistics statistics() const {
        sheaf::Statistics result = counts;
        for (const auto& [id, resource] : resources) {
            result.in_flight += resource.volume();
            ++(resource.has_ended() ? result.undelivered_resources : result.open_resources);
            result.transforms_in_flight += resource.unsettled();
            result.held_packets +=
                resource.packets.size() - (resource.head(options.first_index) - options.first_index);
        }
        result.transforms_in_flight += lingering;
        result.remembered = finished_.size();
        return result;
    }

    sheaf::Options options;
    std::map<std::uint64_t, ModelResource> resources;
    sheaf::Statistics counts;
    /// Settled packets with a call that has not ended. The test counts them, since it has the calls.
    std::size_t lingering = 0;

private:
    struct Finished {
        std::uint64_t id = 0;
        std::set<std::uint64_t> had;
        std::optional<std::uint64_t> last;
        std::size_t weight = 1;
        Instant forget_at{};
    };

    [[nodiscard]] const Finished* remembered(std::uint64_t id, Instant now) const {
        for (const Finished& finished : finished_) {
            if (finished.id == id && finished.forget_at > now) { return &finished; }
        }
        return nullptr;
    }
    void remember(std::uint64_t id, const ModelResource& resource, Instant now) {
        Finished finished{id, {}, resource.last(), 1, now + options.remember_for};
        std::size_t ranges = 0;  // that it had beyond its first gap
        for (const auto& [index, packet] : resource.packets) {
            finished.had.insert(index);
            if (index > resource.gap(options.first_index) && !resource.packets.contains(index - 1)) {
                ++ranges;
            }
        }
        finished.weight += ranges / 2;
        if (finished.weight > remember_limit_) {  // the prefix alone
            finished.weight = 1;
            finished.had.erase(finished.had.lower_bound(resource.gap(options.first_index)),
                               finished.had.end());
        }
        const auto weight = [this] {
            std::size_t sum = 0;
            for (const Finished& other : finished_) { sum += other.weight; }
            return sum;
        };
        while (!finished_.empty() &&
               (finished_.front().forget_at <= now ||
                (finished.weight <= remember_limit_ && weight() + finished.weight > remember_limit_))) {
            finished_.pop_front();
        }
        if (options.remember_for.count() != 0 && weight() + finished.weight <= remember_limit_) {
            finished_.push_back(std::move(finished));
        }
    }

    /// Packets, resources and transforms; bytes are another test's subject. A sixteenth of the packets is for heads,
    /// and they always find a place beside one other packet.
    [[nodiscard]] bool has_room(bool is_new, bool is_head) const {
        const sheaf::Statistics held = statistics();
        const std::size_t reserve = options.max_packets > 1 ? (options.max_packets + 15) / 16 : 0;
        const std::size_t packets =
            is_head ? std::max<std::size_t>(options.max_packets, 2) : options.max_packets - reserve;
        return held.held_packets < packets && resources.size() + (is_new ? 1 : 0) <= options.max_resources &&
               held.transforms_in_flight < options.max_transforms;
    }
    void close(ModelResource& resource, IncompleteReason reason, Instant now) const {
        if (resource.phase == ResourcePhase::open) {
            resource.phase = ResourcePhase::closing;
            resource.reason = reason;
        }
        settle(resource, now);
    }
    void settle(ModelResource& resource, Instant now) const {
        if (resource.unsettled() == 0 &&
            (resource.phase == ResourcePhase::closing || resource.is_complete(options.first_index))) {
            resource.phase = ResourcePhase::delivering;
            resource.settled_at = now;
        }
    }
    /// Without jitter.
    [[nodiscard]] static Instant pause(const sheaf::Backoff& backoff, std::uint32_t attempt) {
        const double pause =
            static_cast<double>(backoff.initial.count()) * std::pow(backoff.multiplier, attempt - 1);
        return std::min(Instant{static_cast<Instant::rep>(pause)}, Instant{backoff.maximum});
    }

    std::deque<Finished> finished_;
    std::uint64_t next_incarnation_;
    std::size_t remember_limit_;
};

}  // namespace test
