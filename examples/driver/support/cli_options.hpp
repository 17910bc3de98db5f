#pragma once

#include "quantity.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace driver {

/// An option that takes a duration such as `60s`.
inline CLI::Option* add_duration(CLI::App& app,
                                 const std::string& name,
                                 std::chrono::nanoseconds& target,
                                 const std::string& help) {
    const auto parse = [&target, name](const std::string& text) {
        const auto duration = parse_duration(text);
        if (!duration) {
            throw CLI::ValidationError{name, "'" + text + "' is not a duration such as 60s, 500ms, 2m or 0"};
        }
        target = *duration;
    };
    return app.add_option_function<std::string>(name, parse, help)
        ->type_name("DURATION")
        ->default_str(format_duration(target));
}

/// The same where leaving the option out means something of its own, which `absent` describes.
inline CLI::Option* add_duration(CLI::App& app,
                                 const std::string& name,
                                 std::optional<std::chrono::nanoseconds>& target,
                                 const std::string& help,
                                 const std::string& absent) {
    const auto parse = [&target, name](const std::string& text) {
        target = parse_duration(text);
        if (!target) {
            throw CLI::ValidationError{name, "'" + text + "' is not a duration such as 60s, 500ms, 2m or 0"};
        }
    };
    return app.add_option_function<std::string>(name, parse, help)
        ->type_name("DURATION")
        ->default_str(absent);
}

/// An option that takes a number of bytes such as `256MiB`.
inline CLI::Option* add_size(CLI::App& app,
                             const std::string& name,
                             std::size_t& target,
                             const std::string& help) {
    const auto parse = [&target, name](const std::string& text) {
        const auto size = parse_size(text);
        if (!size) {
            throw CLI::ValidationError{name, "'" + text + "' is not a size such as 256MiB, 64KB or 4096"};
        }
        target = static_cast<std::size_t>(*size);
    };
    return app.add_option_function<std::string>(name, parse, help)
        ->type_name("SIZE")
        ->default_str(format_size(target));
}

/// An option whose value is one of some words; what `target` holds now is the default.
template <class Value>
CLI::Option* add_choice(CLI::App& app,
                        const std::string& name,
                        Value& target,
                        const std::vector<std::pair<std::string, Value>>& choices,
                        const std::string& help) {
    std::string words;
    std::string chosen;
    for (const auto& [word, value] : choices) {
        words += words.empty() ? word : '|' + word;
        chosen = value == target ? word : chosen;
    }
    const auto parse = [&target, name, words, choices](const std::string& text) {
        for (const auto& [word, value] : choices) {
            if (word == text) {
                target = value;
                return;
            }
        }
        throw CLI::ValidationError{name, "'" + text + "' is not one of " + words};
    };
    return app.add_option_function<std::string>(name, parse, help)->type_name(words)->default_str(chosen);
}

}  // namespace driver
