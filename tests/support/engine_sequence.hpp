#pragma once

#include "engine_bench.hpp"
#include "event_check.hpp"
#include "model.hpp"
#include "random_options.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace test {

/// One sequence of operations on an engine and on its model. `Choices` says which: random numbers, or the bytes of
/// an input.
template <class Choices>
class Sequence {
public:
    explicit Sequence(Choices choices)
        : random_{choices}
        , options_{random_options(random_)}
        , remember_limit_{static_cast<std::size_t>(random_.between(0, 6))}
        , bench_{options_, 100, remember_limit_}
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
        for (int step = 0; step < 300 && !random_.is_exhausted(); ++step) {
            std::string different = random_step();
            if (different.empty()) { different = state_difference(); }
            if (!different.empty()) { return "step " + std::to_string(step) + ": " + different; }
        }
        return finish();
    }

private:
    using Bench = EngineBench<>;
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
        const bool last = random_.chance(10) || index == options_.first_index + width_ - 1;
        const auto content = ++content_;
        const sheaf::Outcome expected = model_.admit(id, index, last, content, bench_.now);
        const sheaf::Outcome outcome = bench_.submit(id, index, last, content);
        return outcome == expected
                   ? std::string{}
                   : "submit of " + std::to_string(index) + ": " + std::string{to_string(outcome.verdict())} +
                         " instead of " + std::string{to_string(expected.verdict())};
    }

    /// A call that has not ended, and the model's packet where it still counts.
    std::pair<std::size_t, ModelPacket*> random_call() {
        const auto position = static_cast<std::size_t>(random_.below(bench_.calls.size()));
        const Bench::Call& call = bench_.calls[position];
        return {position, model_.current(call.id, call.incarnation, call.index, call.attempt)};
    }

    std::string begin() {
        if (bench_.calls.empty()) { return {}; }
        const auto [position, packet] = random_call();
        Bench::Call& call = bench_.calls[position];
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
        Bench::Call call = bench_.take_call(position);
        if (packet == nullptr && call.begun) {
            model_.late_result();
        } else if (packet != nullptr && successfully) {
            model_.complete(call.id, *packet, bench_.now);
        } else if (packet != nullptr) {
            model_.fail(call.id, *packet, bench_.now);
        }
        successfully ? bench_.complete(std::move(call)) : bench_.fail(std::move(call));
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
        if (bench_.calls[position].begun) { return {}; }
        Bench::Call call = bench_.take_call(position);
        sheaf::Packet<std::uint64_t, std::uint32_t> given_back;
        given_back.payload = sheaf::Payload{std::string{}};
        const bool expected = model_.undo(call.id, call.index, packet, bench_.now);
        if (bench_.undo(call, given_back) != expected) { return "undo"; }
        if (!expected) {
            bench_.calls.push_back(std::move(call));  // it has to be made after all
        } else if (content_of(given_back.payload.bytes()) != call.content ||
                   given_back.receipt != call.content) {
            return "undo gives back something else";
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
        Bench::Resource& resource =
            bench_.take_ready(static_cast<std::size_t>(random_.below(bench_.ready.size())));
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

    std::string retire(Bench::Resource& resource, bool dead_lettered) {
        const std::uint64_t id = resource.id;
        std::vector<std::uint32_t> expected = model_.resources[id].receipts;
        model_.retire(id, dead_lettered, bench_.now);
        using Departure = Bench::Engine::Departure;
        auto receipts =
            bench_.retire(resource, dead_lettered ? Departure::dead_lettered : Departure::delivered);
        std::sort(receipts.begin(), receipts.end());
        std::sort(expected.begin(), expected.end());
        return receipts == expected ? "" : "receipts";
    }

    std::string evict() {
        Bench::Resource* const resource = bench_.engine.oldest();
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
        bench_.evict(*resource);
        model_.evict(id, bench_.now);
        return {};
    }

    std::string close() {
        if (random_.chance(80)) {
            return {};  // it ends everything, so not too often
        }
        const bool all = random_.chance(50);
        all ? bench_.abandon() : bench_.close_unfillable();
        all ? model_.abandon(bench_.now) : model_.close_unfillable(bench_.now);
        return {};
    }

    /// Tells the model how many settled packets have a call that has not ended.
    void count_lingering() {
        std::set<const Bench::Node*> lingering;
        for (const Bench::Call& call : bench_.calls) {
            if (!model_.is_unsettled(call.id, call.incarnation, call.index)) {
                lingering.insert(call.node.get());
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
        if (bench_.budget.packets() != expected.held_packets) { return "packets held"; }
        if (bench_.budget.transforms() != expected.transforms_in_flight) { return "transforms in flight"; }
        if (bench_.budget.resources() != model_.resources.size()) { return "resources held"; }
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
        for (const Bench::Resource* resource : bench_.ready) { ready.insert(resource->id); }
        if (ready != to_deliver) { return "resources to deliver"; }
        std::set<const ModelPacket*> running;
        for (const Bench::Call& call : bench_.calls) {
            const ModelPacket* packet = model_.current(call.id, call.incarnation, call.index, call.attempt);
            if (packet != nullptr && !running.insert(packet).second) { return "two calls for one attempt"; }
        }
        return running.size() == wanted ? "" : "calls";
    }

    /// Ends everything. Then nothing may be left anywhere.
    std::string finish() {
        bench_.abandon();
        model_.abandon(bench_.now);
        while (!bench_.ready.empty()) {
            Bench::Resource& resource = bench_.take_ready();
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
        return bench_.budget_is_empty() ? "" : "the budget is not empty at the end";
    }

    Choices random_;
    const sheaf::Options options_;
    const std::size_t remember_limit_;
    Bench bench_;
    Model model_;
    const std::uint64_t resources_;
    const std::uint64_t width_;
    unsigned weights_[11] = {};
    std::uint32_t content_ = 0;
};

}  // namespace test
