// Why each payload is processed when it arrives and not once all have come: how long after its last packet one
// resource is complete, in three ways.
//
//   on arrival   the collator as it is: each transform starts when its packet comes
//   wait, pool   the packets are held until all are there; then the collator gets them at once
//   wait, loop   the same, and the transforms run one after the other
//
// The transform sleeps, in place of a service that takes its time; there are 8 workers. The order of the three
// goes to standard output, the times to standard error.
//
// usage: example_process_on_arrival [<repetitions>]

#include <sheaf/sheaf.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t packet_count = 32;
constexpr auto transform_time = 20ms;
constexpr auto arrival_interval = 5ms;
constexpr std::size_t worker_count = 8;
constexpr std::string_view text = "the words of one packet";

struct SlowWordLengths {
    std::vector<std::uint32_t> operator()(std::span<const std::byte> payload) const {
        std::this_thread::sleep_for(transform_time);
        return sheaf::WordLengths{}(payload);
    }
};

/// Calls `receive` with one index after the other, as the packets come. Returns when the last one came.
template <class Receive>
Clock::time_point arrive(const Receive& receive) {
    const auto begin = Clock::now();
    Clock::time_point arrived = begin;
    for (std::uint64_t index = 0; index < packet_count; ++index) {
        std::this_thread::sleep_until(begin + index * arrival_interval);
        arrived = Clock::now();
        receive(index);
    }
    return arrived;
}

/// How long after the last arrival the collator has delivered the resource.
Clock::duration collate(bool wait_for_all) {
    Clock::time_point completed;
    {
        sheaf::PacketCollator collator{
            SlowWordLengths{},
            sheaf::Handlers{[&](const sheaf::Completed<>&) { completed = Clock::now(); },
                            [](const sheaf::Incomplete<>&) { std::exit(1); }},
            sheaf::ThreadPool{worker_count}};
        std::vector<sheaf::Packet<>> held;
        const auto last_arrival = arrive([&](std::uint64_t index) {
            held.push_back(
                {.resource_id = 1, .index = index, .payload = text, .last = index + 1 == packet_count});
            if (!wait_for_all || held.back().last) {
                if (collator.submit(held).rejected != 0) { std::exit(1); }
                held.clear();
            }
        });
        if (collator.drain(60s).status != sheaf::DrainStatus::finished) { std::exit(1); }
        return completed - last_arrival;
    }
}

Clock::duration collate_on_arrival() { return collate(false); }
Clock::duration wait_then_pool() { return collate(true); }

/// The obvious program: gather, then transform in order.
Clock::duration wait_then_loop() {
    std::vector<std::string_view> payloads;
    const auto last_arrival = arrive([&](std::uint64_t) { payloads.push_back(text); });
    std::vector<std::uint32_t> output;
    for (const auto payload : payloads) {
        const auto chunk = SlowWordLengths{}(std::as_bytes(std::span{payload}));
        output.insert(output.end(), chunk.begin(), chunk.end());
    }
    return Clock::now() - last_arrival;
}

struct Way {
    std::string_view name;
    Clock::duration (*run)();
    std::vector<double> milliseconds{};
};

}  // namespace

int main(int argc, char** argv) {
    const int repetitions = argc > 1 ? std::max(1, std::atoi(argv[1])) : 1;
    Way ways[] = {
        {"wait, loop", wait_then_loop}, {"wait, pool", wait_then_pool}, {"on arrival", collate_on_arrival}};
    for (int i = 0; i < repetitions; ++i) {
        for (Way& way : ways) {  // in turns, so that a disturbance meets all of them
            way.milliseconds.push_back(std::chrono::duration<double, std::milli>(way.run()).count());
        }
    }
    for (Way& way : ways) {
        std::ranges::sort(way.milliseconds);
        std::cerr << way.name << ": median " << way.milliseconds[way.milliseconds.size() / 2] << " ms, from "
                  << way.milliseconds.front() << " to " << way.milliseconds.back() << " ms\n";
    }
    std::ranges::sort(ways, {}, [](const Way& way) { return way.milliseconds.front(); });
    std::cout << "complete after the last packet, the soonest first:\n";
    for (const Way& way : ways) { std::cout << "  " << way.name << '\n'; }
}
