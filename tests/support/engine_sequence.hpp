#pragma once

#include "engine_bench.hpp"
#include "event_check.hpp"
#include "model.hpp"
#include "random_options.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace test {

/// What of a sequence its choices do not say.
struct SequenceSetting {
    sheaf::core::Charge block{};      // how much of the budget the engine may keep spare
    std::uint32_t first_content = 0;  // see chunk_of
    bool is_mostly_in_order = false;  // so that resources rest
    std::uint32_t many = 0;           // so many packets beyond a gap come first
};

/// What has happened in sequences: a test that is about something requires that it has.
struct SequenceCounts {
    std::uint64_t rested = 0;           // packets after which a resource rested
    std::uint64_t evicted_at_rest = 0;  // resources that rested, and ended so
    std::uint64_t closed_at_rest = 0;
    std::uint64_t abandoned_at_rest = 0;
    std::uint64_t reused_for_owned = 0;  // nodes of former packets
    std::uint64_t reused_for_borrowed = 0;
    std::uint64_t large_chunks = 0;
    std::uint64_t large_ends = 0;  // resources that ended with more packets pending than an engine keeps
    std::uint64_t spare = 0;       // steps after which something was kept spare
    std::uint64_t direct = 0;      // direct calls that stood alone
    std::uint64_t listed = 0;      // others
    std::uint64_t with_chunk = 0;  // packets that came with their chunk

    SequenceCounts& operator+=(const SequenceCounts& other) {
        rested += other.rested;
        evicted_at_rest += other.evicted_at_rest;
        closed_at_rest += other.closed_at_rest;
        abandoned_at_rest += other.abandoned_at_rest;
        reused_for_owned += other.reused_for_owned;
        reused_for_borrowed += other.reused_for_borrowed;
        large_chunks += other.large_chunks;
        large_ends += other.large_ends;
        spare += other.spare;
        direct += other.direct;
        listed += other.listed;
        with_chunk += other.with_chunk;
        return *this;
    }
    [[nodiscard]] std::vector<std::pair<const char*, std::uint64_t>> all() const {
        return {{"rested", rested},
                {"evicted_at_rest", evicted_at_rest},
                {"closed_at_rest", closed_at_rest},
                {"abandoned_at_rest", abandoned_at_rest},
                {"reused_for_owned", reused_for_owned},
                {"reused_for_borrowed", reused_for_borrowed},
                {"large_chunks", large_chunks},
                {"large_ends", large_ends},
                {"spare", spare},
                {"direct", direct},
                {"listed", listed},
                {"with_chunk", with_chunk}};
    }
};

/// One sequence of operations on an engine and on its model. `Choices` says which: random numbers, or the bytes of
/// an input.
template <class Choices, class Traits = EngineTraits>
class Sequence {
public:
    explicit Sequence(Choices choices, const SequenceSetting& setting = {})
        : random_{choices}
        , setting_{setting}
        , options_{random_options(random_)}
        , remember_limit_{static_cast<std::size_t>(random_.between(0, 6))}
        , bench_{options_, 100, remember_limit_, setting.block}
        , model_{options_, 100, remember_limit_}
        , resources_{random_.between(1, 6)}
        , width_{random_.between(1, 12)} {
        for (unsigned& weight : weights_) {
            weight = random_.chance(25) ? 0 : static_cast<unsigned>(random_.between(1, 20));
        }
        weights_[0] = 30;  // submit
        weights_[1] = 30;  // complete
    }

    /// Empty where engine and model agreed to the end, else the step and what differed.
    [[nodiscard]] std::string run() {
        if (std::string different = submit_many(); !different.empty()) { return different; }
        for (int step = 0; step < 300 && !random_.is_exhausted(); ++step) {
            std::string different = random_step();
            if (different.empty()) { different = state_difference(); }
            if (!different.empty()) { return "step " + std::to_string(step) + ": " + different; }
        }
        return finish();
    }
    [[nodiscard]] const SequenceCounts& counts() const noexcept { return counts_; }

private:
    using Bench = EngineBench<Traits>;
    using Call = typename Bench::Call;
    using Node = typename Bench::Node;
    using Resource = typename Bench::Resource;
    static constexpr bool has_receipts = Bench::Engine::has_receipts;
    using Step = std::string (Sequence::*)();

    std::string random_step() {
        static constexpr Step steps[] = {&Sequence::submit, &Sequence::complete, &Sequence::begin,
                                         &Sequence::fail,   &Sequence::park,     &Sequence::undo,
                                         &Sequence::wait,   &Sequence::deliver,  &Sequence::deliver,
                                         &Sequence::evict,  &Sequence::close};
        static_assert(std::size(steps) == std::size(decltype(weights_){}));
        unsigned total = 0;
        for (const unsigned weight : weights_) { total += weight; }
        std::uint64_t choice = random_.below(total);
        std::size_t step = 0;
        while (choice >= weights_[step]) { choice -= weights_[step++]; }
        const Step chosen = steps[step];  // by itself: GCC 12's bounds sanitizer misreads it within the call
        return (this->*chosen)();
    }

    std::string submit() {
        const std::uint64_t id = random_.below(resources_);
        std::uint64_t index = options_.first_index + random_.below(width_);
        if (random_.chance(2)) { index = sheaf::max_index - random_.below(3); }
        if (setting_.is_mostly_in_order && content_ % 8 != 0) {
            index = model_.resources.contains(id) ? model_.resources[id].gap(options_.first_index)
                                                  : options_.first_index;
        }
        const bool last = random_.chance(10) || index == options_.first_index + width_ - 1;
        return submit(id, index, last);
    }
    std::string submit(std::uint64_t id, std::uint64_t index, bool last) {
        const auto content = ++content_;
        const bool is_borrowed = content % 3 == 0;
        const sheaf::Outcome expected = model_.admit(id, index, last, content, bench_.now);
        if constexpr (Bench::Engine::allows_direct_calls) {
            // Of those without a node of their own (see EngineBench::submit) a third stays as it is.
            if (is_borrowed && content % 2 == 1 && content / 6 % 3 != 0) {
                return difference(index, submit_directly(id, index, last, content), expected);
            }
        }
        const std::uint64_t nodes = allocations_of<Node>();
        const sheaf::Outcome outcome = is_borrowed ? bench_.submit_borrowed(id, index, last, content)
                                                   : bench_.submit(id, index, last, content);
        if (outcome.accepted() && allocations_of<Node>() == nodes) {
            ++(is_borrowed ? counts_.reused_for_borrowed : counts_.reused_for_owned);
        }
        return difference(index, outcome, expected);
    }
    sheaf::Outcome submit_directly(std::uint64_t id, std::uint64_t index, bool last, std::uint32_t content) {
        auto packet = Bench::packet(id, index, last, content);
        const std::size_t calls = bench_.calls.size();
        const sheaf::Outcome outcome = bench_.submit_directly(packet, content / 6 % 3 == 1).outcome;
        if (!outcome.accepted()) { return outcome; }
        if (bench_.calls.size() == calls) {
            ModelPacket* const complete = model_.current(id, model_.resources[id].incarnation, index, 1);
            model_.complete(id, *complete, bench_.now);
            ++counts_.with_chunk;
        } else if (const auto& direct = bench_.calls.back().direct; direct != nullptr) {
            ++(direct->record.is_listed ? counts_.listed : counts_.direct);
        }
        return outcome;
    }
    static std::string difference(std::uint64_t index, sheaf::Outcome outcome, sheaf::Outcome expected) {
        return outcome == expected
                   ? std::string{}
                   : "submit of " + std::to_string(index) + ": " + std::string{to_string(outcome.verdict())} +
                         " instead of " + std::string{to_string(expected.verdict())};
    }

    /// Packets beyond a gap, whose chunks stay for themselves.
    std::string submit_many() {
        for (std::uint32_t i = 1; i <= setting_.many; ++i) {
            const std::uint64_t index = options_.first_index + i;
            if (index > sheaf::max_index) { break; }
            if (std::string different = submit(0, index, false); !different.empty()) { return different; }
            if (std::string different = complete(); !different.empty()) { return different; }
        }
        return state_difference();
    }

    /// A call that has not ended, and the model's packet where it still counts.
    std::pair<std::size_t, ModelPacket*> random_call() {
        const auto position = static_cast<std::size_t>(random_.below(bench_.calls.size()));
        const Call& call = bench_.calls[position];
        return {position, model_.current(call.id, call.incarnation, call.index, call.attempt)};
    }

    std::string begin() {
        if (bench_.calls.empty()) { return {}; }
        const auto [position, packet] = random_call();
        Call& call = bench_.calls[position];
        if (call.begun) { return {}; }
        if (bench_.begin(call) != (packet != nullptr)) { return "begin"; }
        if (packet != nullptr) {
            model_.begin(*packet, bench_.now);
        } else {
            static_cast<void>(bench_.take_call(position));
        }
        return {};
    }

    std::string complete() { return end_call(true); }
    std::string fail() { return end_call(false); }
    std::string end_call(bool successfully) {
        if (bench_.calls.empty()) { return {}; }
        const auto [position, packet] = random_call();
        Call call = bench_.take_call(position);
        if (packet == nullptr && call.begun) {
            model_.late_result();
        } else if (packet != nullptr && successfully) {
            model_.complete(call.id, *packet, bench_.now);
        } else if (packet != nullptr) {
            model_.fail(call.id, *packet, bench_.now);
        }
        const std::uint64_t id = call.id;
        if (successfully && packet != nullptr && chunk_of(call.content).size() > 4) {
            ++counts_.large_chunks;
        }
        successfully ? bench_.complete(std::move(call)) : bench_.fail(std::move(call));
        if (is_at_rest(id)) { ++counts_.rested; }
        return {};
    }

    std::string park() {
        if (bench_.calls.empty()) { return {}; }
        const auto [position, packet] = random_call();
        if (bench_.calls[position].begun) { return {}; }
        bench_.park(bench_.take_call(position));
        if (packet != nullptr) { model_.park(*packet, bench_.now); }
        return {};
    }

    std::string undo() {
        if (bench_.calls.empty()) { return {}; }
        const auto [position, packet] = random_call();
        // An executor that calls directly refuses nothing.
        if (bench_.calls[position].begun || bench_.calls[position].direct != nullptr) { return {}; }
        Call call = bench_.take_call(position);
        typename Bench::Packet given_back;
        const std::string text = payload_of(call.content);
        // What was borrowed is the caller's all the time.
        given_back.payload = call.is_borrowed ? sheaf::Payload{text} : sheaf::Payload{std::string{}};
        const bool expected = model_.undo(call.id, call.index, packet, bench_.now);
        if (bench_.undo(call, given_back) != expected) { return "undo"; }
        if (!expected) {
            bench_.calls.push_back(std::move(call));  // it has to be made after all
        } else if (content_of(given_back.payload.bytes()) != call.content) {
            return "undo gives back something else";
        } else if constexpr (has_receipts) {
            if (given_back.receipt != call.content) { return "undo gives back another receipt"; }
        }
        return {};
    }

    std::string wait() {
        // To a deadline, just before it, beyond it, or somewhere.
        const Instant due = model_.next_deadline();
        Instant later = bench_.now + Instant{static_cast<Instant::rep>(random_.below(100))} * 1'000'000'000;
        if (due != sheaf::core::never && random_.chance(60)) {
            later = due + Instant{static_cast<Instant::rep>(random_.below(3)) - 1};
        }
        later = std::max(later, bench_.now);
        bench_.advance_to(later);
        model_.expire(later);
        return {};
    }

    std::string deliver() {
        if (bench_.ready.empty()) { return {}; }
        Resource& resource = bench_.take_ready(static_cast<std::size_t>(random_.below(bench_.ready.size())));
        const std::uint64_t id = resource.id;
        ModelResource& expected = model_.resources[id];
        const std::string different = event_difference(bench_.event_of(resource), id, expected, options_);
        if (!different.empty()) { return "event: " + different; }
        switch (random_.below(5)) {
        case 0:
            bench_.engine.postpone(resource, bench_.now);
            Model::postpone(expected, bench_.now);
            return {};
        case 1: {
            const bool exhausted = bench_.engine.not_delivered(resource, bench_.now);
            if (exhausted != model_.not_delivered(expected, bench_.now)) { return "not_delivered"; }
            if (exhausted && random_.chance(50)) { return retire(resource, true); }
            if (exhausted) {
                bench_.engine.keep_undelivered(resource);
                expected.phase = ResourcePhase::undelivered;
            }
            return {};
        }
        default: return retire(resource, false);
        }
    }

    std::string retire(Resource& resource, bool dead_lettered) {
        const std::uint64_t id = resource.id;
        std::vector<std::uint32_t> expected = model_.resources[id].receipts;
        model_.retire(id, dead_lettered, bench_.now);
        using Departure = typename Bench::Engine::Departure;
        if (resource.activity->pending.size() > 128) { ++counts_.large_ends; }
        auto receipts =
            bench_.retire(resource, dead_lettered ? Departure::dead_lettered : Departure::delivered);
        if constexpr (has_receipts) {
            std::sort(receipts.begin(), receipts.end());
            std::sort(expected.begin(), expected.end());
            return receipts == expected ? "" : "receipts";
        } else {
            return {};
        }
    }

    std::string evict() {
        Resource* const resource = bench_.engine.oldest();
        Instant earliest = sheaf::core::never;
        std::uint64_t oldest = ~std::uint64_t{0};
        for (const auto& [id, other] : model_.resources) {
            if (other.phase == ResourcePhase::open) {
                earliest = std::min(earliest, model_.deadline(other).at);
                oldest = std::min(oldest, other.incarnation);
            }
        }
        if (resource == nullptr) { return oldest == ~std::uint64_t{0} ? "" : "oldest: none"; }
        const ModelResource& expected = model_.resources[resource->id];
        const bool right = earliest != sheaf::core::never ? model_.deadline(expected).at == earliest
                                                          : expected.incarnation == oldest;
        if (!right || expected.phase != ResourcePhase::open) { return "oldest: another one"; }
        const std::uint64_t id = resource->id;
        if (resource->activity == nullptr) { ++counts_.evicted_at_rest; }
        bench_.evict(*resource);
        model_.evict(id, bench_.now);
        return {};
    }

    std::string close() {
        if (random_.chance(80)) {
            return {};  // it ends everything, so not too often
        }
        const bool all = random_.chance(50);
        (all ? counts_.abandoned_at_rest : counts_.closed_at_rest) += resources_at_rest();
        all ? bench_.abandon() : bench_.close_unfillable();
        all ? model_.abandon(bench_.now) : model_.close_unfillable(bench_.now);
        return {};
    }

    [[nodiscard]] std::uint64_t resources_at_rest() const {
        std::uint64_t count = 0;
        bench_.engine.for_each_live(
            [&count](const Resource& resource) { count += resource.activity == nullptr ? 1U : 0U; });
        return count;
    }
    [[nodiscard]] bool is_at_rest(std::uint64_t id) const {
        bool is = false;
        bench_.engine.for_each_live([&](const Resource& resource) {
            is = is || (resource.id == id && resource.activity == nullptr);
        });
        return is;
    }

    /// Tells the model how many settled packets have a call that has not ended.
    void count_lingering() {
        std::set<const Node*> lingering;
        for (const Call& call : bench_.calls) {
            if (!model_.is_unsettled(call.id, call.incarnation, call.index)) {
                lingering.insert(call.any_node());
            }
        }
        model_.lingering = lingering.size();
    }

    std::string state_difference() {
        count_lingering();
        const sheaf::Statistics expected = model_.statistics();
        const sheaf::Statistics actual = bench_.engine.statistics();
        if (!bench_.is_conserved()) {
            return "accepted is not the sum of delivered, side channel and in flight";
        }
        const auto volumes = [](const sheaf::Statistics& s) {
            return std::vector{s.accepted, s.delivered, s.side_channel, s.in_flight};
        };
        if (volumes(actual) != volumes(expected)) { return "volumes"; }
        const auto numbers = [](const sheaf::Statistics& s) {
            return std::vector<std::uint64_t>{
                s.duplicates,        s.conflicts,          s.late,
                s.completed,         s.incomplete,         s.dead_lettered,
                s.transform_retries, s.transform_failures, s.late_results,
                s.delivery_failures, s.open_resources,     s.undelivered_resources,
                s.remembered};
        };
        const auto a = numbers(actual);
        const auto e = numbers(expected);
        if (const auto [at, other] = std::mismatch(a.begin(), a.end(), e.begin()); at != a.end()) {
            return "statistic " + std::to_string(at - a.begin()) + " is " + std::to_string(*at) +
                   " instead of " + std::to_string(*other);
        }
        const sheaf::core::Charge held = bench_.held();
        if (held.packets != expected.held_packets) { return "packets held"; }
        if (held.transforms != expected.transforms_in_flight) { return "transforms in flight"; }
        if (held.resources != model_.resources.size()) { return "resources held"; }
        const sheaf::core::Charge spare = bench_.engine.spare();
        if (spare != sheaf::core::Charge{}) { ++counts_.spare; }
        if (std::max({spare.packets, spare.bytes, spare.resources, spare.transforms}) >
            std::numeric_limits<std::size_t>::max() / 2) {
            return "less than nothing is spare";
        }
        if (bench_.engine.next_check() > bench_.engine.next_deadline()) { return "next_check"; }
        if (bench_.engine.next_deadline() != model_.next_deadline()) { return "next_deadline"; }
        return hand_over_difference();
    }

    /// What the engine has handed out must be what the model expects to be carried out.
    std::string hand_over_difference() {
        std::size_t wanted = 0;
        std::multiset<std::uint64_t> to_deliver;
        for (const auto& [id, resource] : model_.resources) {
            wanted += resource.has_ended() ? 0 : resource.count(PacketState::dispatched);
            if (resource.phase == ResourcePhase::delivering) { to_deliver.insert(id); }
        }
        std::multiset<std::uint64_t> ready;
        for (const Resource* resource : bench_.ready) { ready.insert(resource->id); }
        if (ready != to_deliver) { return "resources to deliver"; }
        std::set<const ModelPacket*> running;
        for (const Call& call : bench_.calls) {
            const ModelPacket* packet = model_.current(call.id, call.incarnation, call.index, call.attempt);
            if (packet != nullptr && !running.insert(packet).second) { return "two calls for one attempt"; }
        }
        return running.size() == wanted ? "" : "calls";
    }

    /// Ends everything. Then nothing may be left anywhere.
    std::string finish() {
        counts_.abandoned_at_rest += resources_at_rest();
        bench_.abandon();
        model_.abandon(bench_.now);
        while (!bench_.ready.empty()) {
            Resource& resource = bench_.take_ready();
            const std::string different = event_difference(bench_.event_of(resource), resource.id,
                                                           model_.resources[resource.id], options_);
            if (!different.empty()) { return "last event: " + different; }
            if (std::string other = retire(resource, false); !other.empty()) { return other; }
        }
        while (!bench_.calls.empty()) {
            if (std::string different = complete(); !different.empty()) { return different; }
        }
        if (std::string different = state_difference(); !different.empty()) {
            return "at the end: " + different;
        }
        const sheaf::Statistics counts = bench_.engine.statistics();
        if (counts.in_flight != sheaf::Volume{}) { return "something is in flight at the end"; }
        if (bench_.engine.next_deadline() != sheaf::core::never) { return "a timer is left at the end"; }
        bench_.engine.sweep();
        return bench_.budget_is_empty() ? "" : "the budget is not empty at the end";
    }

    Choices random_;
    const SequenceSetting setting_;
    const sheaf::Options options_;
    const std::size_t remember_limit_;
    Bench bench_;
    Model model_;
    const std::uint64_t resources_;
    const std::uint64_t width_;
    unsigned weights_[11] = {};
    std::uint32_t content_ = setting_.first_content;
    SequenceCounts counts_;
};

}  // namespace test
