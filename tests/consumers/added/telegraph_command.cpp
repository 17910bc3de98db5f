// A command that somebody adds to the program: this file, and no change to any other.

#include "command.hpp"
#include "registry.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

namespace driver {
namespace {

class Telegraph final : public Command {
public:
    void add_options(CLI::App& app) override {
        app.add_option("--wire", wire_, "The wire that the message goes over")->capture_default_str();
    }
    int run() override { return exit_complete; }

private:
    std::string wire_ = "copper";
};

const Registry<Command>::Entry telegraph{"telegraph", "Send what comes in by wire",
                                         [] { return std::make_unique<Telegraph>(); }};

}  // namespace
}  // namespace driver
