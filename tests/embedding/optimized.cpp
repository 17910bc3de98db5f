// A host whose warnings are errors and whose optimizer looks through its code and the library's together. Its functions
// have external linkage: GCC then knows less of what they are called with, and warns of more.

#include <sheaf/sheaf.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace host {

struct Message {
    std::uint64_t resource;
    std::uint64_t place;
    std::string text;
    bool last;
};

using Batch = std::vector<sheaf::Packet<>>;

void lend(Batch& batch, const std::vector<Message>& messages) {
    for (const auto& message : messages) {
        batch.push_back({.resource_id = message.resource,
                         .index = message.place,
                         .payload = message.text,
                         .last = message.last});
    }
}

void give(Batch& batch, std::vector<Message> messages) {
    for (auto& message : messages) {
        batch.push_back({.resource_id = message.resource,
                         .index = message.place,
                         .payload = std::move(message.text),
                         .last = message.last});
    }
}

static bool is_collated(Batch batch) {
    std::vector<std::uint32_t> lengths;
    std::size_t incomplete = 0;
    const auto on_completed = [&](const sheaf::Completed<>& result) { lengths = result.output; };
    const auto on_incomplete = [&](const sheaf::Incomplete<>&) { ++incomplete; };
    sheaf::PacketCollator collator{sheaf::WordLengths{}, sheaf::Handlers{on_completed, on_incomplete}};
    const auto counts = collator.submit(std::span<sheaf::Packet<>>{batch});
    return counts.accepted == batch.size() && incomplete == 0 &&
           lengths == std::vector<std::uint32_t>{3, 5, 2, 3};
}

}  // namespace host

int main() {
    using namespace host;
    const std::vector<Message> messages{{7, 1, "of", false}, {7, 2, "rye", true}, {7, 0, "one sheaf", false}};
    Batch lent;
    lend(lent, messages);
    Batch given;
    give(given, messages);
    return is_collated(std::move(lent)) && is_collated(std::move(given)) ? 0 : 1;
}
