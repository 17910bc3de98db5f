#include "../../../examples/driver/support/ordered_work.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Numbered {
    std::uint64_t number = 0;
    std::uint64_t worked = 0;
};

constexpr std::uint64_t item_count = 2'000;

/// Takes `item_count` items, and throws where `throws_at` says.
struct OrderedScene {
    enum class Step : std::uint8_t { none, take, work, settle };

    std::size_t threads = 1;
    Step step = Step::none;
    std::uint64_t throws_at = 0;

    std::uint64_t taken = 0;
    std::vector<std::uint64_t> settled{};
    std::atomic<int> taking{0};
    std::atomic<int> settling{0};
    std::atomic<int> failures{0};

    void throw_at(Step here, std::uint64_t number) const {
        if (here == step && number == throws_at) { throw std::runtime_error{std::to_string(number)}; }
    }

    void run() {
        driver::OrderedWork<Numbered>::run(
            threads,
            [this](Numbered& item) {
                CHECK(taking.fetch_add(1) == 0);
                item.number = taken;
                throw_at(Step::take, taken);
                const bool is_item = taken < item_count;
                taken += is_item ? 1 : 0;
                taking.fetch_sub(1);
                return is_item;
            },
            [this] {
                return [this](Numbered& item) {
                    throw_at(Step::work, item.number);
                    // Later items overtake.
                    if (item.number % 64 == 0) {
                        std::this_thread::sleep_for(std::chrono::microseconds{200});
                    }
                    item.worked = item.number * item.number;
                };
            },
            [this](Numbered& item) {
                CHECK(settling.fetch_add(1) == 0);
                throw_at(Step::settle, item.number);
                CHECK(item.worked == item.number * item.number);
                settled.push_back(item.number);
                settling.fetch_sub(1);
            },
            [this] { failures.fetch_add(1); });
    }
};

}  // namespace

TEST_CASE("items are settled in the order in which they were taken, on any number of threads") {
    for (const std::size_t threads : {1U, 2U, 3U, 8U}) {
        CAPTURE(threads);
        OrderedScene scene{.threads = threads};
        scene.run();
        CHECK(scene.settled.size() == item_count);
        for (std::size_t i = 0; i < scene.settled.size(); ++i) { REQUIRE(scene.settled[i] == i); }
        CHECK(scene.failures == 0);
    }
}

TEST_CASE("what one of the steps throws ends all threads and is thrown on") {
    using Step = OrderedScene::Step;
    for (const std::size_t threads : {1U, 2U, 8U}) {
        for (const Step step : {Step::take, Step::work, Step::settle}) {
            for (const std::uint64_t number : {0U, 1U, 777U}) {
                CAPTURE(threads);
                CAPTURE(number);
                OrderedScene scene{.threads = threads, .step = step, .throws_at = number};
                CHECK_THROWS_WITH_AS(scene.run(), std::to_string(number).c_str(), std::runtime_error);
                CHECK(scene.failures == 1);
                // What was settled before is the beginning of all.
                CHECK(scene.settled.size() <= number);
                for (std::size_t i = 0; i < scene.settled.size(); ++i) { REQUIRE(scene.settled[i] == i); }
            }
        }
    }
}
