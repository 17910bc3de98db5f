// The program `sheaf`: finds the command that the arguments name and runs it. The commands, and the sources and sinks
// that they use, register themselves; `sheaf --version` lists what this program was built with.

#include "command.hpp"
#include "errors.hpp"
#include "registry.hpp"
#include "result_sink.hpp"
#include "source.hpp"
#include "support/file_descriptor.hpp"
#include "support/help_formatter.hpp"
#include "support/stop_signal.hpp"

#include <sheaf/version.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace {

template <class Product>
void append_items(std::string& text, const char* title, const char* mark) {
    text += title;
    for (const auto& [name, item] : driver::Registry<Product>::items()) {
        const std::string label = name.empty() ? "PATH" : name + mark;
        text +=
            "\n  " + label + std::string(label.size() < 18 ? 18 - label.size() : 1, ' ') + item.description;
    }
    text += '\n';
}

std::string version_text() {
    std::string text = "sheaf " SHEAF_VERSION_STRING "\n";
    append_items<driver::Command>(text, "commands:", "");
    append_items<driver::Source>(text, "sources (--from):", ":");
    append_items<driver::ResultSink>(text, "sinks (--to):", ":");
    text.pop_back();
    return text;
}

using Runner = std::function<int()>;

/// Adds all registered commands; the one that the arguments choose sets `chosen`.
void add_commands(CLI::App& app, Runner& chosen) {
    std::map<std::string, CLI::App*> groups;
    for (const auto& [name, item] : driver::Registry<driver::Command>::items()) {
        CLI::App* parent = &app;
        std::string own_name = name;
        if (const auto space = name.find(' '); space != std::string::npos) {
            const std::string group = name.substr(0, space);
            own_name = name.substr(space + 1);
            parent = groups[group];
            if (parent == nullptr) {
                parent = groups[group] = app.add_subcommand(group, "Make input for the other commands");
                parent->require_subcommand(1);
            }
        }
        CLI::App* const command_app = parent->add_subcommand(own_name, item.description);
        const std::shared_ptr<driver::Command> command = item.make();
        command->add_options(*command_app);
        command_app->callback([command, &chosen] { chosen = [command] { return command->run(); }; });
    }
}

/// What is wrong with the arguments. Of a command that it does not know the parser only says that one is required.
std::string usage_message(const CLI::App& app, const CLI::ParseError& error) {
    const auto unknown = app.remaining(true);
    std::string text = unknown.empty() ? error.what() : "unknown argument: " + unknown.front();
    return text + " (--help says what there is)";
}

int run(int argc, char** argv) {
    CLI::App app{"Collates interleaved packet streams into one ordered result a resource.", "sheaf"};
    app.set_version_flag("--version", version_text);
    app.require_subcommand(1);
    app.formatter(std::make_shared<driver::HelpFormatter>());
    Runner chosen;
    add_commands(app, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {  // --help, --version
            return app.exit(error);
        }
        throw driver::UsageError{usage_message(app, error)};
    }
    return chosen();
}

}  // namespace

int main(int argc, char** argv) {
    try {
        driver::reserve_standard_descriptors();
        driver::StopSignal::install();
        return run(argc, argv);
    } catch (const driver::UsageError& error) {
        std::fprintf(stderr, "sheaf: %s\n", error.what());
        return driver::exit_usage;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sheaf: %s\n", error.what());
        return driver::exit_failure;
    }
}
