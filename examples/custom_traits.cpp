// Traits: what is fixed at compile time. Inherit from the defaults, shadow what differs, and pass the type as a
// tag. Here ids are strings, and every packet carries a receipt, which its source wants back once the result has
// been delivered: only then may the source forget the packet.

#include <sheaf/sheaf.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

/// The receipt: where in the log the packet stood.
struct Offset {
    std::uint64_t value = 0;
};

struct LogTraits : sheaf::DefaultTraits {
    using resource_id = std::string;
    using receipt = Offset;
};

using Packet = sheaf::Packet<std::string, Offset>;
using Output = std::vector<std::uint32_t>;

/// Stands for a log that is read from the beginning again after a crash, except for what has been released.
class Log {
public:
    std::vector<Packet> read() {
        std::vector<Packet> packets;
        packets.push_back({.resource_id = "order/17", .index = 1, .payload = "two", .receipt = {0}});
        packets.push_back(
            {.resource_id = "order/18", .index = 0, .payload = "alone", .last = true, .receipt = {1}});
        packets.push_back({.resource_id = "order/17", .index = 0, .payload = "one", .receipt = {2}});
        packets.push_back(
            {.resource_id = "order/17", .index = 0, .payload = "one", .receipt = {3}});  // again
        packets.push_back(
            {.resource_id = "order/17", .index = 2, .payload = "three", .last = true, .receipt = {4}});
        return packets;
    }

    void release(std::span<const Offset> offsets) noexcept {
        std::cout << "  released:";
        for (const Offset offset : offsets) { std::cout << ' ' << offset.value; }
        std::cout << '\n';
    }
};

}  // namespace

int main() {
    using namespace std::chrono_literals;

    Log log;
    sheaf::PacketCollator collator{
        sheaf::WordLengths{},
        sheaf::Handlers{
            [](const sheaf::Completed<Output, std::string>& result) {
                std::cout << result.id << ": " << result.output.size() << " numbers\n";
            },
            [](const sheaf::Incomplete<Output, std::string>& rest) {
                std::cout << rest.id << " is incomplete: " << to_string(rest.reason) << '\n';
            },
            // The third handler gets the receipts of a resource after its event has been delivered,
            // those of duplicates among them.
            [&log](std::span<Offset> offsets) noexcept {
                std::ranges::sort(offsets, {}, &Offset::value);
                log.release(offsets);
            }},
        sheaf::InlineExecutor{},  // the transform is cheap: it runs in `submit`, on this thread
        {},
        sheaf::traits<LogTraits>};

    for (Packet& packet : log.read()) {
        const auto verdict = collator.submit(packet).verdict();
        if (verdict != sheaf::Verdict::accepted && verdict != sheaf::Verdict::duplicate) {
            // The packet is untouched, receipt and all: what becomes of it is the caller's business.
            std::cout << packet.resource_id << ": " << to_string(verdict) << '\n';
        }
    }
    return collator.drain(10s).status == sheaf::DrainStatus::finished ? 0 : 1;
}
