#include "failure_ledger.hpp"

#include <charconv>

namespace test {

FailingPacket FailureLedger::packet(std::uint64_t id, std::uint64_t index, bool last, char behaviour) {
    const Calm calm;
    const std::uint64_t number = entries_.size() + 1;
    expect(entries_.size() < entries_.capacity(),
           "the scenario has more packets than the ledger has room for");
    entries_.push_back(
        {id, index, behaviour + std::to_string(number) + " is longer than what a string holds in itself;"});
    const std::string& text = entries_.back().text;
    FailingPacket made;
    made.resource_id = FailingId{id};
    made.index = index;
    made.payload =
        number % 2 == 0 ? sheaf::Payload{std::string{text}} : sheaf::Payload{std::string_view{text}};
    made.last = last;
    made.receipt = FailingReceipt{number};
    return made;
}

void FailureLedger::check_untouched(std::uint64_t number, const FailingPacket& packet) {
    const Calm calm;
    const Entry& known = entry(number);
    const auto bytes = packet.payload.bytes();
    expect(packet.resource_id == FailingId{known.id}, "a packet that was not taken has lost its id");
    expect(packet.index == known.index, "a packet that was not taken has lost its index");
    expect(std::string_view{reinterpret_cast<const char*>(bytes.data()), bytes.size()} == known.text,
           "a packet that was not taken has lost its payload");
    expect(packet.receipt.number() == number, "a packet that was not taken has lost its receipt");
}

void FailureLedger::settle(std::uint64_t number, const FailingPacket& packet, sheaf::Outcome outcome) {
    const Calm calm;
    Entry& known = entry(number);
    if (outcome.accepted()) {
        known.state = State::accepted;
        expect(packet.receipt.number() == 0, "an accepted packet still has its receipt");
    } else if (outcome == sheaf::Outcome{sheaf::Verdict::duplicate} && packet.receipt.number() == 0) {
        known.state = State::duplicate;
    } else {
        known.state = State::refused;
        check_untouched(number, packet);
    }
}

FailureLedger::Entry& FailureLedger::cut_off(std::string_view& text) {
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(text.data() + 1, text.data() + text.size(), number);
    const bool is_known = parsed.ec == std::errc{} && number >= 1 && number <= entries_.size();
    expect(is_known, "what comes out is not what went in");
    Entry& known = entry(is_known ? number : 1);
    expect(text.starts_with(known.text), "what comes out is not what went in");
    text.remove_prefix(std::min(text.size(), known.text.size()));
    return known;
}

Behaviour FailureLedger::transform(std::string_view payload) {
    const char behaviour = payload.empty() ? ' ' : payload.front();
    Entry& known = cut_off(payload);
    ++known.calls;
    if (behaviour == fails_always || (behaviour == fails_once && known.calls == 1)) {
        return Behaviour::failing;
    }
    return behaviour == answers_late ? Behaviour::late : Behaviour::normal;
}

void FailureLedger::take(std::uint64_t id,
                         std::string_view output,
                         std::uint64_t packets,
                         std::span<const std::string> others) {
    std::uint64_t count = 0;
    for (std::uint64_t index = 0; !output.empty(); ++index, ++count) {
        Entry& known = cut_off(output);
        ++known.events;
        expect(known.id == id, "a packet comes out in the event of another resource");
        expect(known.index == index, "an output is not in index order");
    }
    for (const std::string_view other : others) {
        std::string_view text = other;
        Entry& known = cut_off(text);
        ++known.events;
        ++count;
        expect(known.id == id, "a packet comes out in the event of another resource");
    }
    expect(count == packets, "an event holds another number of packets than it says");
}

void FailureLedger::release(std::span<FailingReceipt> receipts) noexcept {
    for (FailingReceipt& receipt : receipts) {
        const FailingReceipt taken = std::move(receipt);
        const bool is_known = taken.number() >= 1 && taken.number() <= entries_.size();
        expect(is_known, "an empty receipt came back");
        if (is_known) { ++entry(taken.number()).receipts; }
    }
}

std::uint64_t FailureLedger::outstanding() const noexcept {
    std::uint64_t count = 0;
    for (const Entry& known : entries_) { count += known.state == State::accepted && known.events == 0; }
    return count;
}

void FailureLedger::close(bool may_have_left_something) noexcept {
    for (const Entry& known : entries_) {
        switch (known.state) {
        case State::accepted:
            expect(known.events <= 1, "an accepted packet came out twice");
            expect(known.events == 1 || may_have_left_something, "an accepted packet did not come out");
            expect(known.receipts == known.events, "a receipt did not come back with its event, once");
            break;
        case State::duplicate:
            expect(known.events == 0, "a duplicate came out");
            expect(known.receipts == 1 || (known.receipts == 0 && may_have_left_something),
                   "the receipt of a duplicate did not come back, once");
            break;
        case State::open:
        case State::refused:
            expect(known.events == 0, "a packet came out that was not accepted");
            expect(known.receipts == 0, "a receipt came back of a packet that was not accepted");
            break;
        }
    }
}

}  // namespace test
