#pragma once

#include "life.hpp"
#include "plan.hpp"
#include "tape.hpp"

#include <sheaf/packet.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace simulation {

/// The packets that the senders send: mostly in order, each resource from its first packet to its last.
class Traffic {
public:
    Traffic(const Plan& plan, Tape& tape) noexcept
        : plan_{plan}
        , tape_{tape} {}

    [[nodiscard]] Submission next() {
        if (waiting_.empty() || (waiting_.size() < 100 && tape_.chance(20))) { begin_resource(); }
        const std::size_t position =
            happens(plan_.reorder) ? static_cast<std::size_t>(tape_.below(waiting_.size())) : 0;
        Submission& waiting = waiting_[position];
        Submission submission = waiting;
        submission.receipt = ++receipts_;
        if (submission.content == 0) { submission.content = ++contents_; }
        if (happens(plan_.duplicate)) {
            waiting.content = happens(plan_.same_content) ? submission.content : 0;
        } else {
            waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(position));
        }
        if (happens(plan_.wrong_last)) { submission.last = !submission.last; }
        if (happens(plan_.wrong_index)) {
            const bool is_below = plan_.options.first_index != 0 && tape_.chance(50);
            submission.content = ++contents_;  // so that a content belongs to one place
            submission.index = is_below ? plan_.options.first_index - 1 : sheaf::max_index + 1;
        }
        return submission;
    }

private:
    [[nodiscard]] bool happens(unsigned percent) { return percent != 0 && tape_.chance(percent); }

    void begin_resource() {
        const std::uint64_t id = tape_.below(plan_.resources);
        const std::uint64_t count = tape_.between(1, plan_.packets_per_resource);
        for (std::uint64_t i = 0; i < count; ++i) {
            if (!happens(plan_.drop)) {
                waiting_.push_back({id, plan_.options.first_index + i, i + 1 == count});
            }
        }
        if (waiting_.empty()) { waiting_.push_back({id, plan_.options.first_index, true}); }
    }

    const Plan& plan_;
    Tape& tape_;
    std::vector<Submission> waiting_;
    std::uint32_t contents_ = 0;
    std::uint32_t receipts_ = 0;
};

}  // namespace simulation
