#include <sheaf/sheaf.hpp>

#include <chrono>
#include <iostream>

int main() {
    using namespace std::chrono_literals;

    const auto on_completed = [](const sheaf::Completed<>& result) {
        std::cout << "resource " << result.id << ':';
        for (const auto length : result.output) { std::cout << ' ' << length; }
        std::cout << '\n';
    };
    const auto on_incomplete = [](const sheaf::Incomplete<>& rest) {
        std::cerr << "resource " << rest.id << " is incomplete: " << to_string(rest.reason) << '\n';
    };
    sheaf::PacketCollator collator{
        sheaf::WordLengths{},                                                 // the transform
        sheaf::SerializedSink{sheaf::Handlers{on_completed, on_incomplete}},  // one thread at a time
        sheaf::ThreadPool{8},                                                 // the executor
        {.gap_timeout = 60s}};

    sheaf::Packet<> packets[] = {
        {.resource_id = 101, .index = 2, .payload = "of them", .last = true},  // the last may come first
        {.resource_id = 102, .index = 1, .payload = "index 0 never comes", .last = true},
        {.resource_id = 101, .index = 0, .payload = "packets come"},
        {.resource_id = 101, .index = 1, .payload = "in whatever order pleases"},
    };
    const auto counts = collator.submit(packets);  // how many were accepted, duplicate, ..., rejected
    const auto report = collator.drain(30s);       // finish what can finish
    return counts.accepted == 4 && report.status == sheaf::DrainStatus::finished ? 0 : 1;
}
