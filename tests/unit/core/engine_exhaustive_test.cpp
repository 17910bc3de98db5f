// Small cases, all of them: every order in which up to seven packets can arrive, with a duplicate in every place, with a
// contradicting last flag, and with every order in which transforms can end. Most failures of systems need no more than
// three events (Yuan et al., OSDI 2014); these have up to fifteen.

#include <sheaf/core/engine.hpp>

#include "engine_bench.hpp"
#include "seeds.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using test::Chunk;
using test::EngineBench;

namespace {

using Order = std::vector<std::uint64_t>;

constexpr std::uint64_t permuted_id = 7;

/// What arrives at one place of the order, beside the packets themselves.
struct Extra {
    enum class Kind : std::uint8_t { none, duplicate, second_last, beyond_last } kind = Kind::none;
    std::size_t place = 0;
};

Order first_order(std::uint64_t count) {
    Order order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), std::uint64_t{0});
    return order;
}

/// The number that is in the packet of an index: what the output must show.
std::uint32_t content(std::uint64_t index) { return static_cast<std::uint32_t>(index % 1'000 + 1); }

/// The case of a resource whose packets, of indices from `first` on, arrive in `order`.
template <class Traits = test::EngineTraits>
class Case {
public:
    explicit Case(std::uint64_t first, const Order& order, const sheaf::core::Charge& block = {})
        : first_{first}
        , order_{order}
        , last_{first + order.size() - 1}
        , bench_{options(first), 1, 1'000, block} {}

    /// Empty where all went as it must. With `at_once` each transform ends before the next packet comes, else all
    /// end after the last packet, in the order `ends` (of the positions in `order`).
    std::string run(const Extra& extra, bool at_once, const Order& ends) {
        for (std::size_t place = 0; place < order_.size(); ++place) {
            const std::uint64_t index = first_ + order_[place];
            if (!bench_.submit(permuted_id, index, index == last_, content(index)).accepted()) {
                return "a packet was not accepted";
            }
            if (at_once) { bench_.complete(bench_.take_call()); }
            if (extra.kind != Extra::Kind::none && extra.place == place) {
                if (std::string wrong = bother(extra); !wrong.empty()) { return wrong; }
            }
            if (place + 1 != order_.size() && !bench_.ready.empty()) {
                return "an event before all packets were there";
            }
        }
        if (!at_once) {
            Order left = first_order(order_.size());
            for (const std::uint64_t end : ends) {
                if (!bench_.ready.empty()) { return "an event before all transforms had ended"; }
                const auto at = std::find(left.begin(), left.end(), end);
                bench_.complete(bench_.take_call(static_cast<std::size_t>(at - left.begin())));
                left.erase(at);
            }
        }
        return check_event(extra);
    }

private:
    using Bench = EngineBench<Traits>;

    static sheaf::Options options(std::uint64_t first) {
        sheaf::Options made;
        made.first_index = first;
        return made;
    }

    std::string bother(const Extra& extra) {
        const auto seen =
            Order(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(extra.place) + 1);
        const std::uint64_t highest = first_ + *std::max_element(seen.begin(), seen.end());
        switch (extra.kind) {
        case Extra::Kind::none: return {};
        case Extra::Kind::duplicate:
            // Of every packet that is there, with other content and the other last flag: the first content stands.
            for (const std::uint64_t offset : seen) {
                if (bench_.submit(permuted_id, first_ + offset, first_ + offset != last_, 999) !=
                    sheaf::Verdict::duplicate) {
                    return "a duplicate was not called one";
                }
            }
            return {};
        case Extra::Kind::second_last:
            // Where the last is known any other last contradicts it, else one below what is there already.
            for (std::uint64_t index = first_; index <= last_ + 1; ++index) {
                const bool is_here = std::find(seen.begin(), seen.end(), index - first_) != seen.end();
                const bool contradicts = highest == last_ || index < highest;
                if (!is_here && contradicts &&
                    bench_.submit(permuted_id, index, true, 999) != sheaf::Verdict::conflict) {
                    return "a second last packet was no conflict";
                }
            }
            return {};
        case Extra::Kind::beyond_last:
            if (highest == last_ && last_ < sheaf::max_index &&
                bench_.submit(permuted_id, last_ + 1, false, 999) != sheaf::Verdict::conflict) {
                return "a packet beyond the last was no conflict";
            }
            return {};
        }
        return {};
    }

    std::string check_event(const Extra& extra) {
        if (bench_.ready.size() != 1) { return "not exactly one event"; }
        typename Bench::Resource& resource = bench_.take_ready();
        const auto* const event = std::get_if<typename Bench::Completed>(&bench_.event_of(resource));
        if (event == nullptr) { return "not Completed"; }
        Chunk expected;
        for (std::uint64_t index = first_; index <= last_; ++index) {
            const Chunk chunk = test::chunk_of(content(index));
            expected.insert(expected.end(), chunk.begin(), chunk.end());
        }
        if (event->output != expected) { return "the output is not the collation in index order"; }
        const std::size_t receipts = bench_.retire(resource).size();
        const sheaf::Statistics counts = bench_.engine.statistics();
        const bool right =
            counts.completed == 1 && counts.incomplete == 0 && counts.delivered == counts.accepted &&
            counts.accepted.packets == order_.size() && counts.in_flight == sheaf::Volume{} &&
            counts.duplicates == (extra.kind == Extra::Kind::duplicate ? extra.place + 1 : 0) &&
            counts.late == 0 &&
            receipts == (Bench::Engine::has_receipts ? order_.size() + counts.duplicates : 0);
        if (!right) { return "counts"; }
        bench_.engine.sweep();
        return bench_.budget_is_empty() ? "" : "the budget is not empty";
    }

    const std::uint64_t first_;
    const Order& order_;
    const std::uint64_t last_;
    Bench bench_;
};

std::string text(const Order& order) {
    std::string all;
    for (const std::uint64_t index : order) { all += std::to_string(index) + ' '; }
    return all;
}

}  // namespace

TEST_CASE("Engine: every order of arrival with every disturbance gives the same output") {
    // Sanitized programs take ten times as long.
    const std::uint64_t largest = test::count_from_environment("SHEAF_LARGEST_CASE", 7);
    std::size_t cases = 0;
    for (std::uint64_t count = 1; count <= largest; ++count) {
        Order order = first_order(count);
        const Order ends = first_order(count);
        const Order backwards(ends.rbegin(), ends.rend());
        do {
            std::vector<Extra> extras{{}};
            for (std::size_t place = 0; place < count; ++place) {
                extras.push_back({Extra::Kind::duplicate, place});
                // With seven packets a contradiction in one place only, for the sake of time.
                if (count < 7 || place == order[0]) {
                    extras.push_back({Extra::Kind::second_last, place});
                    extras.push_back({Extra::Kind::beyond_last, place});
                }
            }
            for (const Extra& extra : extras) {
                for (const bool at_once : {true, false}) {
                    if (count == 7 && at_once == (extra.place % 2 == 0)) { continue; }
                    ++cases;
                    const std::string wrong =
                        Case<>{0, order}.run(extra, at_once, cases % 2 == 0 ? ends : backwards);
                    if (!wrong.empty()) {
                        CAPTURE(text(order));
                        CAPTURE(extra.place);
                        CAPTURE(at_once);
                        FAIL(wrong);
                    }
                }
            }
        } while (std::next_permutation(order.begin(), order.end()));
    }
    CHECK(cases >= 31'980);
    CHECK(test::allocated_bytes() == 0);
}

TEST_CASE("Engine: every order of arrival with every order of transforms gives the same output") {
    for (std::uint64_t count = 1; count <= 5; ++count) {
        Order order = first_order(count);
        do {
            Order ends = first_order(count);
            do {
                const std::string wrong = Case<>{0, order}.run({}, false, ends);
                if (!wrong.empty()) {
                    CAPTURE(text(order));
                    CAPTURE(text(ends));
                    FAIL(wrong);
                }
            } while (std::next_permutation(ends.begin(), ends.end()));
        } while (std::next_permutation(order.begin(), order.end()));
    }
}

TEST_CASE(
    "Engine: every order of arrival gives the same output where resources rest and something is spare") {
    for (std::uint64_t count = 1; count <= 6; ++count) {
        Order order = first_order(count);
        const Order ends = first_order(count);
        do {
            for (std::size_t place = 0; place < count; ++place) {
                for (const auto kind : {Extra::Kind::duplicate, Extra::Kind::second_last}) {
                    const std::string wrong =
                        Case<test::RestingTraits>{0, order, {2, 1'000, 2, 2}}.run({kind, place}, true, ends);
                    if (!wrong.empty()) {
                        CAPTURE(text(order));
                        CAPTURE(place);
                        FAIL(wrong);
                    }
                }
            }
        } while (std::next_permutation(order.begin(), order.end()));
    }
    CHECK(test::allocated_bytes() == 0);
}

TEST_CASE("Engine: indices anywhere in their range behave alike") {
    for (const std::uint64_t first : {std::uint64_t{1}, (std::uint64_t{1} << 62U) - 2,
                                      std::uint64_t{1} << 62U, sheaf::max_index - 3, sheaf::max_index - 4}) {
        CAPTURE(first);
        Order order = first_order(4);
        do {
            for (const bool at_once : {true, false}) {
                CAPTURE(text(order));
                REQUIRE(Case<>{first, order}.run({Extra::Kind::duplicate, 2}, at_once, first_order(4)) == "");
                REQUIRE(Case<>{first, order}.run({Extra::Kind::second_last, 1}, at_once, first_order(4)) ==
                        "");
                REQUIRE(Case<>{first, order}.run({Extra::Kind::beyond_last, 3}, at_once, first_order(4)) ==
                        "");
            }
        } while (std::next_permutation(order.begin(), order.end()));
    }
}
