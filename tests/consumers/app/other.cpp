// The umbrella header in a second translation unit: a definition that is not inline fails to link, and the
// collator is instantiated with the same policies as in main.cpp.
#include <sheaf/sheaf.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

std::vector<std::uint32_t> other();

/// The word lengths of one resource, by way of a thread pool.
std::vector<std::uint32_t> other() {
    sheaf::CollectingSink<> results;
    sheaf::PacketCollator collator{sheaf::WordLengths{}, std::ref(results), sheaf::ThreadPool{2}};
    sheaf::Packet<> packets[] = {
        {.resource_id = 2, .index = 1, .payload = "unit", .last = true},
        {.resource_id = 2, .index = 0, .payload = "the second translation"},
    };
    if (collator.submit(packets).accepted != 2) { return {}; }
    static_cast<void>(collator.drain(std::chrono::seconds{30}));
    const auto completed = results.completed();
    return completed.size() == 1 ? completed.front().output : std::vector<std::uint32_t>{};
}
