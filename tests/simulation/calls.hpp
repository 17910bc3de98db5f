#pragma once

#include <sheaf/core/instant.hpp>
#include <sheaf/options.hpp>

#include <cstdint>
#include <map>
#include <set>

namespace simulation {

using sheaf::core::Instant;

/// The calls of the transform, as the outside world sees them: which packets have a chunk, which calls nobody waits for
/// any more, and what the counters must say. An attempt counts until its call ends, its time is over, or `cancel` gives
/// it up. (What an executor loses before a call begins, nobody out here knows of.)
class Calls {
public:
    explicit Calls(const sheaf::Options& options) noexcept
        : timeout_{options.transform_timeout}
        , attempts_{options.transform_attempts} {}

    /// A packet of that content is about to come, and no resource has it.
    void forget(std::uint32_t content) {
        succeeded_.erase(content);
        failures_.erase(content);
    }

    /// Returns the number of the call.
    std::uint64_t began(std::uint32_t content, Instant now) {
        running_[++begun_] = {content, now, false};
        return begun_;
    }
    /// True where the result comes too late.
    bool ended(std::uint64_t number, bool successfully) {
        const auto found = running_.find(number);
        const Call call = found->second;
        running_.erase(found);
        if (call.is_given_up) {
            ++late_results;
        } else if (successfully) {
            succeeded_.insert(call.content);
        } else {
            fail(call.content);
        }
        return call.is_given_up;
    }
    /// The collator looks at the time. Returns how many calls are given up.
    std::uint64_t expire(Instant now) {
        std::uint64_t count = 0;
        for (auto& [number, call] : running_) {
            if (timeout_.count() != 0 && !call.is_given_up && call.began + timeout_ <= now) {
                call.is_given_up = true;
                fail(call.content);
                ++count;
            }
        }
        return count;
    }
    /// After `cancel` nobody waits for any of them.
    void give_up_all() {
        for (auto& [number, call] : running_) { call.is_given_up = true; }
    }

    [[nodiscard]] bool has_succeeded(std::uint32_t content) const { return succeeded_.contains(content); }
    [[nodiscard]] bool has_failed(std::uint32_t content) const {
        const auto found = failures_.find(content);
        return found != failures_.end() && found->second >= attempts_;
    }

    std::uint64_t failures = 0;
    std::uint64_t retries = 0;
    std::uint64_t late_results = 0;

private:
    struct Call {
        std::uint32_t content = 0;
        Instant began{};
        bool is_given_up = false;
    };

    void fail(std::uint32_t content) {
        ++failures;
        retries += ++failures_[content] < attempts_ ? 1U : 0U;
    }

    const Instant timeout_;
    const std::uint32_t attempts_;
    std::map<std::uint64_t, Call> running_;  // by number
    std::map<std::uint32_t, std::uint32_t> failures_;
    std::set<std::uint32_t> succeeded_;
    std::uint64_t begun_ = 0;
};

}  // namespace simulation
