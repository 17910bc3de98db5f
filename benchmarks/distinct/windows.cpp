// What does it cost to count an element in its minute, hour, day, week, month and year, and what memory do windows take?

#include <distinct/elements.hpp>
#include <support/failures.hpp>
#include <support/random.hpp>
#include <support/registration.hpp>
#include <support/scale.hpp>

#include <sheaf/distinct/calendar_windows.hpp>
#include <sheaf/distinct/distinct_counter.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <malloc.h>

namespace {

using namespace sheaf_bench;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr sys_seconds start{seconds{1'468'244'384}};
constexpr std::size_t elements_a_second = 1'000;
constexpr std::size_t elements_between_emits = 1'000;

struct Stream {
    std::vector<sheaf::WindowElement> elements;
    std::size_t users = 0;  ///< How many have been seen.
    std::size_t wild = 0;   ///< How many elements have a time that has nothing to do with the others'.
};

/// Elements of users that are chosen at random, as they happened. The hash of a user is given.
Stream in_order() {
    const auto hashes = distinct_elements(scaled(100'000), 30);
    Random random{31};
    Stream stream;
    std::unordered_set<std::uint64_t> users;
    stream.elements.resize(scaled(1'000'000));
    for (std::size_t i = 0; i < stream.elements.size(); ++i) {
        sheaf::WindowElement& element = stream.elements[i];
        element.hash = hashes[random.below(static_cast<std::uint32_t>(hashes.size()))];
        element.time = start + seconds{i / elements_a_second};
        users.insert(element.hash);
    }
    stream.users = users.size();
    return stream;
}

/// Each element comes up to five seconds after it happened.
Stream shuffled() {
    Stream stream = in_order();
    Random random{32};
    std::vector<std::pair<std::size_t, sheaf::WindowElement>> arrivals;
    for (std::size_t i = 0; i < stream.elements.size(); ++i) {
        arrivals.emplace_back(i + random.below(5 * elements_a_second), stream.elements[i]);
    }
    const auto arrives = [](const auto& one, const auto& other) { return one.first < other.first; };
    std::stable_sort(arrivals.begin(), arrivals.end(), arrives);
    std::transform(arrivals.begin(), arrivals.end(), stream.elements.begin(),
                   [](const auto& arrival) { return arrival.second; });
    return stream;
}

/// One element in a hundred is up to ten minutes late, and one in 10,000 has a wild time, of 136 years.
Stream disturbed() {
    Stream stream = in_order();
    Random random{33};
    for (sheaf::WindowElement& element : stream.elements) {
        if (random.one_in(10'000)) {
            element.time = sys_seconds{seconds{random.next() >> 32U}};
            ++stream.wild;
        } else if (random.one_in(100)) {
            element.time = (std::max)(start, element.time - seconds{random.below(600)});
        }
    }
    return stream;
}

using MakeStream = Stream (*)();

/// Made when it is first asked for.
template <MakeStream Make>
const Stream& made() {
    static const Stream stream = Make();
    return stream;
}

/// All six periods, with the options that are there by default; results are taken once a second.
class Windows {
public:
    void insert(std::span<const sheaf::WindowElement> elements) {
        while (!elements.empty()) {
            const auto next = elements.first((std::min)(elements.size(), elements_between_emits));
            for (const sheaf::WindowElement& element : next) { windows_.insert(element); }
            emit();
            elements = elements.subspan(next.size());
        }
    }

    /// The result of the year is near, and no element has been lost, but those with wild times.
    [[nodiscard]] bool is_right(const Stream& stream) {
        windows_.finish();
        emit();
        const sheaf::WindowStatistics& all = windows_.statistics();
        return is_near(of_year_, stream.users) && all.elements == stream.elements.size() &&
               all.waiting == 0 && all.quarantined <= stream.wild &&
               all.counted + all.quarantined == all.elements;
    }
    [[nodiscard]] std::size_t results() const { return results_; }

private:
    void emit() {
        windows_.report([&](const sheaf::WindowResult& result) {
            ++results_;
            if (result.period == sheaf::Period::year) {
                of_year_ = (std::max)(of_year_, result.count.estimate);
            }
        });
    }

    sheaf::CalendarWindows<> windows_;
    std::size_t results_ = 0;
    double of_year_ = 0;
};

/// The floor: all elements are counted together, whatever their time.
class OneCounter {
public:
    void insert(std::span<const sheaf::WindowElement> elements) {
        for (const sheaf::WindowElement& element : elements) { counter_.insert(element.hash); }
    }
    [[nodiscard]] bool is_right(const Stream& stream) const {
        return is_near(counter_.estimate(), stream.users);
    }
    [[nodiscard]] static std::size_t results() { return 0; }

private:
    sheaf::DistinctCounter counter_;
};

/// What comes to mind first, for minutes alone: believes every time, keeps everything, reports nothing.
class SetsOfMinutes {
public:
    void insert(std::span<const sheaf::WindowElement> elements) {
        for (const sheaf::WindowElement& element : elements) {
            sets_[std::chrono::floor<std::chrono::minutes>(element.time)].insert(element.hash);
        }
    }
    [[nodiscard]] bool is_right(const Stream& stream) const {
        std::unordered_set<std::uint64_t> users;
        for (const auto& [minute, set] : sets_) { users.insert(set.begin(), set.end()); }
        return users.size() == stream.users;
    }
    [[nodiscard]] std::size_t results() const { return sets_.size(); }

private:
    std::map<std::chrono::sys_time<std::chrono::minutes>, std::unordered_set<std::uint64_t>> sets_;
};

template <class Counts, MakeStream Make>
void count_all(benchmark::State& state) {
    const Stream& stream = made<Make>();
    for (auto _ : state) {
        Counts counts;
        const double time = nanoseconds([&] {
            counts.insert(stream.elements);
            benchmark::DoNotOptimize(counts);
            benchmark::ClobberMemory();
        });
        state.SetIterationTime(time * 1e-9);
        state.counters["ns_per_element"] = time / static_cast<double>(stream.elements.size());
        if (!counts.is_right(stream)) { fail(state, "the counts are wrong"); }
        state.counters["results"] = static_cast<double>(counts.results());
    }
}

/// The memory that malloc has given out, with what it needs by itself.
std::size_t memory_in_use() {
    const auto state = mallinfo2();
    return state.uordblks + state.hblkhd;
}

/// A year would take gigabytes; a day is the part of it that is kept by default. Each minute is beyond the number of elements
/// up to which it is exact.
void fill_minutes(benchmark::State& state) {
    constexpr sys_seconds midnight = std::chrono::floor<std::chrono::days>(start);
    constexpr std::size_t minutes_of_day = 24 * 60;
    constexpr std::size_t elements_a_minute = 3'000;
    sheaf::WindowOptions options;
    options.retention.minute = std::chrono::hours{24};
    for (auto _ : state) {
        Random random{34};
        const std::size_t before = memory_in_use();
        sheaf::CalendarWindows<> windows{options};
        std::size_t minute_results = 0;
        const double time = nanoseconds([&] {
            for (std::size_t minute = 0; minute < minutes_of_day; ++minute) {
                const sys_seconds begin = midnight + std::chrono::minutes{minute};
                for (std::size_t i = 0; i < elements_a_minute; ++i) {
                    windows.insert({.hash = random.next(), .time = begin + seconds{i / 50}});
                }
                windows.report([&](const sheaf::WindowResult& result) {
                    minute_results += result.period == sheaf::Period::minute ? 1 : 0;
                });
            }
        });
        const auto held = windows.held();
        state.SetIterationTime(time * 1e-9);
        state.counters["windows"] = static_cast<double>(held.windows);
        state.counters["bytes"] = static_cast<double>(held.bytes);
        state.counters["bytes_per_window"] =
            static_cast<double>(held.bytes) / static_cast<double>(held.windows);
        state.counters["malloc_bytes_per_window"] =
            static_cast<double>(memory_in_use() - before) / static_cast<double>(held.windows);
        // The last minute is still open. Beside them there are the hours, a day, a week, a month and a year.
        if (minute_results != minutes_of_day - 1 || held.windows != minutes_of_day + 24 + 4) {
            fail(state, "windows are missing");
        }
    }
}

template <MakeStream Make>
void add(const std::string& order) {
    add_benchmark("windows/" + order + "/calendar_windows", count_all<Windows, Make>);
    add_benchmark("windows/" + order + "/distinct_counter", count_all<OneCounter, Make>);
    add_benchmark("windows/" + order + "/sets_of_minutes", count_all<SetsOfMinutes, Make>);
}

[[maybe_unused]] const bool added = [] {
    add<in_order>("in_order");
    add<shuffled>("shuffled");
    add<disturbed>("disturbed");
    add_benchmark("windows/year_of_minutes", fill_minutes);
    return true;
}();

}  // namespace
