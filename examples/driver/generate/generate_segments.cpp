// `sheaf generate segments`

#include "../command.hpp"
#include "../errors.hpp"
#include "../registry.hpp"
#include "../support/cli_options.hpp"
#include "generated_output.hpp"
#include "line_text.hpp"
#include "order_options.hpp"
#include "packet_order.hpp"
#include "random.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace driver {
namespace {

class GenerateSegments : public Command {
public:
    GenerateSegments() {
        shape_.resources = 1000;
        shape_.max_packets = 10;
        shape_.open = 1;
    }

    void add_options(CLI::App& app) override {
        add_number(app, "--batches", shape_.resources, "Number of batches; their ids count from 1");
        add_number(app, "--segments", shape_.max_packets, "Segments of each batch; their ids count from 0",
                   1U, most_in_memory);
        add_number(app, "--shortest", shortest_, "A segment has from this many integers", 0U, most_in_memory);
        add_number(app, "--longest", longest_, "to this many", 0U, most_in_memory);
        add_number(app, "--greatest", greatest_, "Integers are from 1 to this", 1U);
        add_order_options(app, shape_, "Batches", "segment");
        app.add_option("--to", to_, "stdout: or a path, which is overwritten")->capture_default_str();
    }

    int run() override {
        if (shortest_ > longest_) { throw UsageError{"--shortest is more than --longest"}; }
        shape_.min_packets = shape_.max_packets;
        constexpr std::size_t frame = 96;
        constexpr std::size_t longest_number = 12;
        GeneratedOutput output{to_, frame + std::size_t{longest_} * longest_number};
        PacketOrder order{shape_};
        PacketPlace place;
        while (order.next(place)) {
            if (!output.line([&](char* out) { return write(out, place); })) { return exit_failure; }
        }
        output.close();
        return exit_complete;
    }

private:
    /// As Python's `json.dumps` writes it, with spaces behind commas and colons.
    [[nodiscard]] char* write(char* out, const PacketPlace& place) {
        out = write_number(write_text(out, R"({"batch_id": )"), place.resource_id);
        out = write_number(write_text(out, R"(, "segment_id": )"), place.number);
        out = write_text(out, R"(, "data": [)");
        Random random{mix(mix(shape_.seed ^ 0x5E6U) ^ place.resource_id) + place.number};
        values_.resize(shortest_ + random.below(longest_ - shortest_ + 1));
        for (std::uint32_t& value : values_) { value = random.below(greatest_) + 1; }
        std::sort(values_.begin(), values_.end());
        for (std::size_t i = 0; i < values_.size(); ++i) {
            out = write_number(write_text(out, i == 0 ? "" : ", "), values_[i]);
        }
        return write_text(out, place.last ? "], \"last\": true}\n" : "]}\n");
    }

    StreamShape shape_;
    std::uint32_t shortest_ = 10;
    std::uint32_t longest_ = 20;
    std::uint32_t greatest_ = 10;
    std::string to_ = "stdout:";
    std::vector<std::uint32_t> values_;
};

const Registry<Command>::Entry generate_segments{
    "generate segments", "Make a deterministic stream of sorted segments of batches, one JSON object a line",
    [] { return std::make_unique<GenerateSegments>(); }};

}  // namespace
}  // namespace driver
