#pragma once

#include <sheaf/sheaf.hpp>

#include <random.hpp>
#include <seeds.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

/// What the stress tests of `PacketCollator` share: packets whose content follows from id and index, and a ledger that
/// compares what was accepted with what came out.

namespace test {

using Words = std::vector<std::uint32_t>;
using WordsCompleted = sheaf::Completed<Words>;
using WordsIncomplete = sheaf::Incomplete<Words>;

inline constexpr std::uint64_t usual_stress = 20'000;
/// How many packets a stress test is to push: `SHEAF_STRESS_PACKETS`, or `otherwise`.
[[nodiscard]] inline std::uint64_t stress_packets(std::uint64_t otherwise) {
    return count_from_environment("SHEAF_STRESS_PACKETS", otherwise);
}

/// How many packets a resource has: 1 to 15, by its id.
[[nodiscard]] inline std::uint64_t size_of_resource(std::uint64_t id) { return 1 + Random{id}() % 15; }
/// So many resources have about `packets` packets.
[[nodiscard]] inline std::uint64_t resources_for(std::uint64_t packets) { return packets / 8 + 1; }

struct PacketName {
    std::uint64_t id = 0;
    std::uint64_t index = 0;
};

/// The packet of that name; its payload says who it is.
template <class P = sheaf::Packet<>>
[[nodiscard]] P stress_packet(PacketName name) {
    std::vector<std::byte> bytes(sizeof name);
    std::memcpy(bytes.data(), &name, sizeof name);
    P packet;
    packet.resource_id = name.id;
    packet.index = name.index;
    packet.payload = sheaf::Payload{std::move(bytes)};
    packet.last = name.index + 1 == size_of_resource(name.id);
    return packet;
}
[[nodiscard]] inline PacketName name_of(std::span<const std::byte> payload) {
    PacketName name;
    if (payload.size() != sizeof name) { throw std::runtime_error{"a payload has changed its size"}; }
    std::memcpy(&name, payload.data(), sizeof name);
    return name;
}

/// Its chunk: two words by which it is known again.
[[nodiscard]] inline Words stress_chunk(std::span<const std::byte> payload) {
    const PacketName name = name_of(payload);
    return {static_cast<std::uint32_t>(name.id), static_cast<std::uint32_t>(name.index)};
}

/// Transform of the stress tests.
struct StressWords {
    [[nodiscard]] Words operator()(std::span<const std::byte> payload) const { return stress_chunk(payload); }
};

/// Who was accepted and who came out, by resource. Every accepted packet must be in exactly one event, with the right
/// content at the right place; ids are remembered for longer than a test takes, so a resource has one event.
///
/// Thread safety: all members may be called concurrently.
class Ledger {
public:
    explicit Ledger(std::uint64_t resources)
        : entries_(static_cast<std::size_t>(resources)) {}

    [[nodiscard]] std::uint64_t resources() const { return entries_.size(); }

    void accepted(PacketName name) {
        const std::uint32_t bit = 1U << name.index;
        if ((entries_[name.id].accepted.fetch_or(bit) & bit) != 0) {
            error("a packet was accepted twice", name.id);
        }
    }

    void delivered(const WordsCompleted& event) {
        const std::uint64_t size = size_of_resource(event.id);
        if (event.packets != size || event.output.size() != 2 * size) {
            error("a completed resource has a wrong size", event.id);
        }
        came_out(event.id, prefix(event.id, event.output));
    }

    void delivered(const WordsIncomplete& event) {
        std::uint32_t seen = prefix(event.id, event.output);
        if (event.output.size() != 2 * event.collated) {
            error("an output is not what `collated` says", event.id);
        }
        const auto add = [&](std::uint64_t index) {
            const std::uint32_t bit = 1U << index;
            if ((seen & bit) != 0) { error("a packet is twice in one event", event.id); }
            seen |= bit;
        };
        for (const auto& each : event.chunks) {
            add(each.index);
            if (each.chunk !=
                Words{static_cast<std::uint32_t>(event.id), static_cast<std::uint32_t>(each.index)}) {
                error("a chunk is wrong", event.id);
            }
        }
        for (const auto& each : event.payloads) {
            add(each.index);
            const PacketName name = name_of(each.payload.bytes());
            if (name.id != event.id || name.index != each.index) { error("a payload is wrong", event.id); }
        }
        for (const auto& range : event.missing) {
            for (std::uint64_t index = range.first; index <= range.last; ++index) {
                if ((seen & (1U << index)) != 0) { error("a packet is there and missing", event.id); }
            }
        }
        if (event.packets != static_cast<std::uint64_t>(__builtin_popcount(seen))) {
            error("an incomplete event lacks packets", event.id);
        }
        came_out(event.id, seen);
    }

    /// The end: what was accepted has come out.
    void close() {
        for (std::uint64_t id = 0; id < resources(); ++id) {
            const Entry& entry = entries_[id];
            if (entry.accepted != entry.came_out) {
                error("not everything that was accepted has come out", id);
            }
        }
    }

    void error(const std::string& what, std::uint64_t id) {
        const std::lock_guard lock{mutex_};
        if (errors_++ == 0) { first_error_ = what + ", resource " + std::to_string(id); }
    }
    /// The first one; empty if there was none.
    [[nodiscard]] std::string first_error() {
        const std::lock_guard lock{mutex_};
        return first_error_;
    }
    [[nodiscard]] std::uint64_t events() const { return events_; }

private:
    struct Entry {
        std::atomic<std::uint32_t> accepted{0};
        std::atomic<std::uint32_t> came_out{0};
        std::atomic<std::uint32_t> events{0};
    };

    [[nodiscard]] std::uint32_t prefix(std::uint64_t id, const Words& output) {
        std::uint32_t seen = 0;
        for (std::size_t i = 0; i + 1 < output.size(); i += 2) {
            if (output[i] != static_cast<std::uint32_t>(id) || output[i + 1] != i / 2) {
                error("an output is wrong", id);
                return seen;
            }
            seen |= 1U << (i / 2);
        }
        return seen;
    }

    void came_out(std::uint64_t id, std::uint32_t seen) {
        ++events_;
        entries_[id].came_out = seen;
        if (++entries_[id].events != 1) { error("a resource has two events", id); }
    }

    std::vector<Entry> entries_;
    std::atomic<std::uint64_t> events_{0};
    std::mutex mutex_;
    std::uint64_t errors_ = 0;
    std::string first_error_;
};

/// Sink: enters each event into the ledger; where `fails` says so it throws first.
struct LedgerSink {
    void deliver(const WordsCompleted& event) { take(event); }
    void deliver(const WordsIncomplete& event) { take(event); }

    template <class Event>
    void take(const Event& event) {
        if (is_stopped) { ledger.error("a sink was called after the collator had stopped", event.id); }
        if (failure_percent != 0 && Random{draws.fetch_add(1) + 1000}.chance(failure_percent)) {
            throw std::runtime_error{"the sink is down"};
        }
        ledger.delivered(event);
    }

    Ledger& ledger;
    unsigned failure_percent = 0;
    std::atomic<std::uint64_t> draws{0};
    std::atomic<bool> is_stopped{false};
};

/// The packets of resources `first`, `first + step`, ... in a random order, of about `open` resources at a time,
/// with duplicates among them.
class PacketSource {
public:
    PacketSource(
        std::uint64_t seed, std::uint64_t first, std::uint64_t step, std::uint64_t end, std::size_t open)
        : random_{seed}
        , next_id_{first}
        , step_{step}
        , end_{end}
        , open_{open} {}

    /// False: there are no more.
    [[nodiscard]] bool next(PacketName& name) {
        if (!sent_.empty() && random_.chance(duplicate_percent)) {
            name = random_.pick(sent_);
            return true;
        }
        while (next_id_ < end_ && waiting_.size() < 8 * open_) {
            for (std::uint64_t index = 0; index < size_of_resource(next_id_); ++index) {
                waiting_.push_back({next_id_, index});
            }
            next_id_ += step_;
        }
        if (waiting_.empty()) { return false; }
        name = random_.take(waiting_);
        if (sent_.size() < 64) {
            sent_.push_back(name);
        } else {
            random_.pick(sent_) = name;
        }
        return true;
    }

    unsigned duplicate_percent = 5;

private:
    Random random_;
    std::uint64_t next_id_;
    std::uint64_t step_;
    std::uint64_t end_;
    std::size_t open_;
    std::vector<PacketName> waiting_;
    std::vector<PacketName> sent_;
};

/// Submits what a source gives, one packet or one batch at a time, until it ends or the intake closes.
template <class Collator>
void produce(Collator& collator, Ledger& ledger, PacketSource source, std::size_t batch_size = 1) {
    std::vector<sheaf::Packet<>> batch;
    std::vector<PacketName> names;
    std::vector<sheaf::Outcome> outcomes(batch_size);
    const auto settle = [&](PacketName name, sheaf::Outcome outcome) {
        if (outcome.accepted()) {
            ledger.accepted(name);
        } else if (outcome.verdict() == sheaf::Verdict::conflict) {
            ledger.error("a conflict that is none", name.id);
        }
        return outcome != sheaf::Outcome{sheaf::Rejection::shutting_down};
    };
    for (PacketName name; source.next(name);) {
        auto packet = stress_packet(name);
        if (batch_size == 1) {
            sheaf::Outcome outcome = collator.submit(packet);
            while (outcome == sheaf::Outcome{sheaf::Rejection::stalled}) {
                static_cast<void>(collator.evict_oldest());
                outcome = collator.submit(packet);
            }
            if (!settle(name, outcome)) { return; }
            continue;
        }
        batch.push_back(std::move(packet));
        names.push_back(name);
        if (batch.size() == batch_size) {
            static_cast<void>(collator.submit(std::span{batch}, std::span{outcomes}));
            bool goes_on = true;
            for (std::size_t i = 0; i < batch.size(); ++i) {
                goes_on = settle(names[i], outcomes[i]) && goes_on;
            }
            batch.clear();
            names.clear();
            if (!goes_on) { return; }
        }
    }
    const auto left = std::span{batch};
    static_cast<void>(collator.submit(left, std::span{outcomes}));
    for (std::size_t i = 0; i < left.size(); ++i) { static_cast<void>(settle(names[i], outcomes[i])); }
}

}  // namespace test
