#pragma once

#include "figures.hpp"
#include "quantity.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace driver {

/// An option that takes a whole number from `least` to `most`. (The parser's own conversion lets -1 pass for a very
/// large one.)
template <std::unsigned_integral Number>
CLI::Option* add_number(CLI::App& app,
                        const std::string& name,
                        Number& target,
                        const std::string& help,
                        Number least = 0,
                        Number most = std::numeric_limits<Number>::max()) {
    const auto parse = [&target, name, least, most](const std::string& text) {
        Number number = 0;
        const char* const end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data(), end, number);
        if (error != std::errc{} || rest != end || number < least || number > most) {
            throw CLI::ValidationError{name, "'" + text + "' is not a whole number from " +
                                                 std::to_string(least) + " to " + std::to_string(most)};
        }
        target = number;
    };
    return app.add_option_function<std::string>(name, parse, help)
        ->type_name("NUMBER")
        ->default_str(std::to_string(target));
}

/// An option that takes a fraction from 0 to 1.
inline CLI::Option* add_fraction(CLI::App& app,
                                 const std::string& name,
                                 double& target,
                                 const std::string& help) {
    const auto parse = [&target, name](const std::string& text) {
        double fraction = 0;
        const char* const end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data(), end, fraction);
        if (error != std::errc{} || rest != end || !(fraction >= 0 && fraction <= 1)) {
            throw CLI::ValidationError{name, "'" + text + "' is not a fraction from 0 to 1"};
        }
        target = fraction;
    };
    return app.add_option_function<std::string>(name, parse, help)->type_name("FRACTION")->default_str("0");
}

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

/// An option that takes a number of bytes such as `256MiB`, at least `least`.
inline CLI::Option* add_size(CLI::App& app,
                             const std::string& name,
                             std::size_t& target,
                             const std::string& help,
                             std::size_t least = 0) {
    const auto parse = [&target, name, least](const std::string& text) {
        const auto size = parse_size(text);
        if (!size) {
            throw CLI::ValidationError{name, "'" + text + "' is not a size such as 256MiB, 64KB or 4096"};
        }
        if (*size < least) {
            throw CLI::ValidationError{name, "'" + text + "' is less than " + format_size(least)};
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

/// `--progress` and `--summary`, which all commands have that read something.
inline void add_reports(CLI::App& app, bool& progress, SummaryForm& summary) {
    app.add_flag("--progress,!--no-progress", progress,
                 "Show progress where standard error is a terminal (default: shown)");
    add_choice(app, "--summary", summary,
               {{"text", SummaryForm::text}, {"json", SummaryForm::json}, {"none", SummaryForm::none}},
               "Form of the summary on standard error");
}

}  // namespace driver
