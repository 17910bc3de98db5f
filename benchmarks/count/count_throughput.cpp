// How many frames can one core count, and how much of that is reading them?

#include <count/counting.hpp>
#include <count/frames.hpp>
#include <count/measure_frames.hpp>
#include <count/peers/all.hpp>
#include <count/reference.hpp>
#include <support/registration.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace {

using namespace sheaf_bench;

/// `pass(counter)` gives it all elements of the frames.
template <class Counter, class Pass>
void measure_pass(benchmark::State& state, Pass pass) {
    measure_frames<Counter>(state, expected_elements().size(), json_frames().frames().size(), pass,
                            expected_outcome<Counter>());
}

template <class Counter, class Reader>
void read_and_count(benchmark::State& state) {
    Reader reader;
    measure_pass<Counter>(state, [&](Counter& counter) {
        reader.read_all(json_frames(), [&](const sheaf::WindowElement& element) { counter.take(element); });
    });
}

/// Counting alone: somebody has read the frames before.
void count_given_elements(benchmark::State& state) {
    measure_pass<AllPeriods>(state, [](AllPeriods& counter) {
        for (const sheaf::WindowElement& element : expected_elements()) { counter.take(element); }
    });
}

/// Nothing but the lines and their bytes.
struct Lines {
    std::size_t count = 0;
    std::size_t bytes = 0;

    [[nodiscard]] const Lines& outcome() const { return *this; }
    friend bool operator==(const Lines&, const Lines&) = default;
};

/// What nobody can do without who reads lines: to find their ends.
void find_lines(benchmark::State& state) {
    const std::size_t frames = expected_elements().size();
    const std::string_view text = json_frames().frames();
    const auto pass = [text](Lines& lines) {
        const char* begin = text.data();
        const char* const end = begin + text.size();
        while (const void* const found = std::memchr(begin, '\n', static_cast<std::size_t>(end - begin))) {
            ++lines.count;
            lines.bytes += static_cast<std::size_t>(static_cast<const char*>(found) - begin);
            begin = static_cast<const char*>(found) + 1;
        }
    };
    measure_frames<Lines>(state, frames, text.size(), pass, Lines{frames, text.size() - frames});
}

[[maybe_unused]] const bool added = [] {
    add_benchmark("count_throughput/read/memchr", find_lines);
    add_benchmark("count_throughput/counted/elements_given", count_given_elements);
    for_each_reader([]<class Reader>(const std::string& name) {
        add_benchmark("count_throughput/read/" + name, read_and_count<NoCounter, Reader>);
        add_benchmark("count_throughput/counted/" + name, read_and_count<AllPeriods, Reader>);
    });
    return true;
}();

}  // namespace
