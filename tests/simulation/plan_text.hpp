#pragma once

#include "plan.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace simulation {

/// A plan in words, for the reader of an event log: what is not 0.
[[nodiscard]] inline std::string text_of(const Plan& plan) {
    std::string text = "plan:";
    const auto add = [&text](std::string_view name, std::uint64_t value) {
        if (value != 0) { text += ' ' + std::string{name} + ' ' + std::to_string(value) + ','; }
    };
    const auto add_seconds = [&add](std::string_view name, std::chrono::nanoseconds span) {
        add(name, static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(span).count()));
    };
    add("transform_throws", plan.transform_throws);
    add("transform_drops", plan.transform_drops);
    add("transform_hangs", plan.transform_hangs);
    add("sink_fails", plan.sink_fails);
    add("sink_answers_late", plan.sink_answers_late);
    add("dead_letter_fails", plan.dead_letter_fails);
    add("callback_submits", plan.callback_submits);
    add("callback_cancels", plan.callback_cancels);
    add("callback_destroys", plan.callback_destroys);
    add("executor_refuses", plan.executor_refuses);
    add("executor_drops", plan.executor_drops);
    text += "\noptions:";
    const sheaf::Options& options = plan.options;
    add("first_index", options.first_index);
    add_seconds("gap_timeout", options.gap_timeout);
    add_seconds("inactivity_timeout", options.inactivity_timeout);
    add_seconds("total_age", options.total_age);
    add_seconds("transform_timeout", options.transform_timeout);
    add("transform_attempts", options.transform_attempts);
    add("delivery_attempts", options.delivery_attempts);
    add("max_packets", options.max_packets);
    add("max_resources", options.max_resources);
    add("max_transforms", options.max_transforms);
    add("max_bytes", options.max_bytes);
    add("max_remembered", options.max_remembered);
    add_seconds("remember_for", options.remember_for);
    text += options.when_full == sheaf::WhenFull::block ? " when_full block\n" : " when_full reject\n";
    return text;
}

}  // namespace simulation
