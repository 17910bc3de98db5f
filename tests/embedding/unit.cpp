// Compiled twice, as `quiet` and as `strict`, which differ in all that may differ between the translation units of one
// program; see CMakeLists.txt.

#include "exchange.hpp"

#include <sheaf/sheaf.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#ifdef __cpp_rtti
#    error both units are compiled without run-time type information
#endif

struct Transform {
    [[nodiscard]] std::vector<std::uint32_t> operator()(std::span<const std::byte> payload) const {
        return sheaf::WordLengths{}(payload);
    }
};

/// Writes the events down.
struct Sink {
    std::string& text;

    void deliver(const sheaf::Completed<>& event) {
        text += "completed " + std::to_string(event.id) + ':';
        for (const auto length : event.output) { text += ' ' + std::to_string(length); }
        text += '\n';
    }
    void deliver(const sheaf::Incomplete<>& event) {
        text += "incomplete " + std::to_string(event.id) + ' ';
        text += to_string(event.reason);
        for (const auto& range : event.missing) { text += ' ' + std::to_string(range.first); }
        text += '\n';
    }
};

namespace {

std::string received;

template <class T>
void add(std::string& text, const char* name) {
    text += std::string{name} + ' ' + std::to_string(sizeof(T)) + ' ' + std::to_string(alignof(T)) + '\n';
}

template <class Object, class Member>
void add_offset(std::string& text, const char* name, const Object& object, const Member& member) {
    const auto offset = reinterpret_cast<const char*>(&member) - reinterpret_cast<const char*>(&object);
    text += std::string{name} + ' ' + std::to_string(offset) + '\n';
}

std::string layout() {
    std::string text;
    add<Collator>(text, "PacketCollator");
    add<sheaf::shell::CollatorState<Transform, Sink, sheaf::InlineExecutor, sheaf::DefaultTraits>>(text,
                                                                                                   "state");
    using Engine = sheaf::core::Engine<sheaf::DefaultTraits, Collator::chunk_type>;
    add<Engine>(text, "engine");
    add<Engine::Node>(text, "node");
    add<Engine::ResourceType>(text, "resource");
    add<sheaf::Payload>(text, "Payload");
    add<sheaf::SharedPayload>(text, "SharedPayload");
    add<sheaf::Outcome>(text, "Outcome");
    add<sheaf::BatchOutcome>(text, "BatchOutcome");
    add<sheaf::Statistics>(text, "Statistics");
    add<sheaf::DrainReport<>>(text, "DrainReport");
    add<sheaf::Completion<int>>(text, "Completion");
    add<sheaf::Acknowledgement>(text, "Acknowledgement");
    add<sheaf::ThreadPool>(text, "ThreadPool");
    add<sheaf::ManualExecutor>(text, "ManualExecutor");
    add<sheaf::detail::UniqueTask>(text, "UniqueTask");
    add<sheaf::detail::TaskRing>(text, "TaskRing");

    const sheaf::Packet<> packet;
    add<sheaf::Packet<>>(text, "Packet");
    add_offset(text, "Packet::index", packet, packet.index);
    add_offset(text, "Packet::payload", packet, packet.payload);
    add_offset(text, "Packet::last", packet, packet.last);
    const sheaf::Options options;
    add<sheaf::Options>(text, "Options");
    add_offset(text, "Options::gap_timeout", options, options.gap_timeout);
    add_offset(text, "Options::max_bytes", options, options.max_bytes);
    add_offset(text, "Options::seed", options, options.seed);
    const sheaf::Completed<> completed;
    add<sheaf::Completed<>>(text, "Completed");
    add_offset(text, "Completed::settled_at", completed, completed.settled_at);
    add_offset(text, "Completed::output", completed, completed.output);
    const sheaf::Incomplete<> incomplete;
    add<sheaf::Incomplete<>>(text, "Incomplete");
    add_offset(text, "Incomplete::reason", incomplete, incomplete.reason);
    add_offset(text, "Incomplete::payloads", incomplete, incomplete.payloads);
    add_offset(text, "Incomplete::error", incomplete, incomplete.error);
    return text;
}

Collator* create() {
    received.clear();
    return new Collator{Transform{}, Sink{received}};
}

sheaf::Packet<>* make_packet(std::uint64_t id, std::uint64_t index, const char* text, bool last) {
    return new sheaf::Packet<>{.resource_id = id, .index = index, .payload = std::string{text}, .last = last};
}

bool submit(Collator& collator, sheaf::Packet<>* packet) {
    const bool is_accepted = collator.submit(*packet).accepted();
    delete packet;
    return is_accepted;
}

bool drain(Collator& collator) {
    return collator.drain(std::chrono::seconds{30}).status == sheaf::DrainStatus::finished;
}

std::string finish(Collator* collator) {
    delete collator;
    return received;
}

Unit unit(const char* name) {
    Unit unit{};
    unit.name = name;
#ifdef NDEBUG
    unit.has_ndebug = true;
#endif
#ifdef HOST_HAS_CONFIG
    unit.has_host_config = true;
#endif
    unit.layout = layout();
    unit.create = create;
    unit.make_packet = make_packet;
    unit.submit = submit;
    unit.drain = drain;
    unit.finish = finish;
    return unit;
}

}  // namespace

#ifdef QUIET

Unit quiet_unit() { return unit("quiet"); }

#else

Unit strict_unit() { return unit("strict"); }

// The quiet unit submits no batch, so whose code this runs is certain.
bool strict_unit_notices_misuse() {
    Collator collator{Transform{}, Sink{received}};
    sheaf::Packet<> packets[2];
    sheaf::Outcome outcomes[1];
    try {
        static_cast<void>(collator.submit(packets, outcomes));
    } catch (const host::Misuse& misuse) { return misuse.message == "sheaf: one Outcome for each packet"; }
    return false;
}

#endif
