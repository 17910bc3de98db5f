// `sheaf generate frames`

#include "../command.hpp"
#include "../registry.hpp"
#include "../support/cli_options.hpp"
#include "frame_text.hpp"
#include "generated_output.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace driver {
namespace {

class GenerateFrames : public Command {
public:
    void add_options(CLI::App& app) override {
        constexpr std::uint32_t most = std::uint32_t{1} << 30U;
        add_number(app, "--frames", shape_.frames, "Number of frames");
        add_number(app, "--users", shape_.users, "Number of users; 0: another one in each frame");
        add_number(app, "--rate", shape_.rate, "Frames a second, on average, by their times", 1U, most);
        add_number(app, "--size", shape_.size, "A frame ends with its first member beyond so many bytes", 0U,
                   1U << 20U);
        add_fraction(app, "--late", shape_.late, "Fraction whose time is up to ten minutes before");
        add_fraction(app, "--wild", shape_.wild, "Fraction of whose time one bit is wrong");
        app.add_flag("--crlf", shape_.crlf, "Lines end with CR and LF");
        app.add_flag("--string-ts", shape_.string_ts, "Times are strings");
        add_number(app, "--seed", shape_.seed, "The same seed and options give the same bytes everywhere");
        app.add_option("--to", to_, "stdout: or a path, which is overwritten")->capture_default_str();
    }

    int run() override {
        FrameText text{shape_};
        GeneratedOutput output{to_, text.bound()};
        for (std::uint64_t frame = 0; frame < shape_.frames; ++frame) {
            if (!output.line([&](char* out) { return text.write(out); })) { return exit_failure; }
        }
        output.close();
        return exit_complete;
    }

private:
    FrameShape shape_;
    std::string to_ = "stdout:";
};

const Registry<Command>::Entry generate_frames{
    "generate frames", "Make a deterministic stream of frames with users and times, one JSON object a line",
    [] { return std::make_unique<GenerateFrames>(); }};

}  // namespace
}  // namespace driver
