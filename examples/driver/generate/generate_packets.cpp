// `sheaf generate packets`

#include "../command.hpp"
#include "../registry.hpp"
#include "../support/cli_options.hpp"
#include "generated_output.hpp"
#include "order_options.hpp"
#include "packet_order.hpp"
#include "packet_text.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

namespace driver {
namespace {

class GeneratePackets : public Command {
public:
    void add_options(CLI::App& app) override {
        constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
        add_number(app, "--resources", shape_.resources, "Number of resources; their ids count from 1");
        add_number(app, "--max-packets", shape_.max_packets, "A resource has 1 to this many packets", 1U,
                   most);
        add_number(app, "--words", shape_.max_words, "A payload has 1 to this many words", 1U, 1'000'000U);
        add_order_options(app, shape_, "Resources", "packet");
        add_number(app, "--first-index", shape_.first_index, "Index of the first packet of each resource",
                   std::uint64_t{0}, std::uint64_t{1} << 62U);
        app.add_option("--to", to_, "stdout: or a path, which is overwritten")->capture_default_str();
    }

    int run() override {
        GeneratedOutput output{to_, packet_text_bound(shape_)};
        PacketOrder order{shape_};
        const PacketText text{shape_};
        PacketPlace place;
        while (order.next(place)) {
            if (!output.line([&](char* out) { return text.write(out, place); })) { return exit_failure; }
        }
        output.close();
        return exit_complete;
    }

private:
    StreamShape shape_;
    std::string to_ = "stdout:";
};

const Registry<Command>::Entry generate_packets{
    "generate packets", "Make a deterministic stream of packets, one JSON object a line",
    [] { return std::make_unique<GeneratePackets>(); }};

}  // namespace
}  // namespace driver
