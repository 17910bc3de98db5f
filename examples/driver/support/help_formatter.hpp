#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <string>

namespace driver {

/// Writes what `--help` prints. It is not left to the parser's library, which has changed its layout from one version to
/// another: the man page and the completion are made from this text (cmake/packaging/command_line.sh).
///
///     <description>
///     Usage: sheaf <command> [OPTIONS]
///
///     Options:
///       -h,--help                       <text, at least two blanks away>
///       --from TEXT=stdin:              <the value's kind, and its default>
///       --with-a-name-as-long-as-this TEXT
///                                       <text in the next line>
///     Subcommands:
///       <name>                          <text>
///
///     <lines below>
class HelpFormatter final : public CLI::FormatterBase {
public:
    std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const override {
        const auto subcommands = app->get_subcommands([](const CLI::App*) { return true; });
        std::string text = app->get_description() + "\nUsage: " + path_of(*app) + " [OPTIONS]";
        text += subcommands.empty() ? "\n" : " SUBCOMMAND\n";
        text += "\nOptions:\n";
        for (const CLI::Option* option : app->get_options()) {
            append_row(text, label_of(*option), option->get_description());
        }
        if (!subcommands.empty()) { text += "\nSubcommands:\n"; }
        for (const CLI::App* each : subcommands) {
            append_row(text, each->get_name(), each->get_description());
        }
        if (!app->get_footer().empty()) { text += '\n' + app->get_footer() + '\n'; }
        return text;
    }

private:
    static std::string path_of(const CLI::App& app) {
        return app.get_parent() == nullptr ? app.get_name()
                                           : path_of(*app.get_parent()) + ' ' + app.get_name();
    }

    /// The names, and what kind of value follows: `--threads INT in [0 - 8]=2`.
    static std::string label_of(const CLI::Option& option) {
        std::string label = option.get_name(false, true);
        // Behind the names of a flag stands the value that it stands for.
        for (auto brace = label.find('{'); brace != std::string::npos; brace = label.find('{')) {
            label.erase(brace, label.find('}', brace) - brace + 1);
        }
        if (option.get_type_size() == 0) { return label; }
        std::string kind = option.get_type_name();
        // Where a check says the kind as well, once is enough: UINT:UINT in [1 - 16].
        if (const auto colon = kind.find(':'); colon != std::string::npos) { kind.erase(0, colon + 1); }
        label += ' ' + kind;
        if (!option.get_default_str().empty()) { label += '=' + option.get_default_str(); }
        return label;
    }

    static void append_row(std::string& text, const std::string& label, const std::string& description) {
        constexpr std::size_t column = 34;
        text += "  " + label;
        if (label.size() + 4 > column) {
            text += '\n' + std::string(column, ' ');
        } else {
            text += std::string(column - 2 - label.size(), ' ');
        }
        text += description + '\n';
    }
};

}  // namespace driver
