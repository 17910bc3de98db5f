// `sheaf generate partitions`

#include "../command.hpp"
#include "../errors.hpp"
#include "../registry.hpp"
#include "../support/cli_options.hpp"
#include "../support/integer_text.hpp"
#include "generated_output.hpp"
#include "random.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include <sys/stat.h>

namespace driver {
namespace {

class GeneratePartitions : public Command {
public:
    void add_options(CLI::App& app) override {
        constexpr std::uint64_t exact = std::uint64_t{1} << 53U;  // whole numbers of a double
        add_number(app, "--partitions", partitions_, "Number of partitions", std::uint64_t{1},
                   std::uint64_t{100'000});
        add_number(app, "--integers", integers_, "Integers of each partition", std::uint64_t{0}, exact);
        add_number(app, "--below", below_, "Integers are from 0 to below this", std::uint64_t{1}, exact);
        app.add_flag("--unsorted", is_unsorted_, "The integers are in no order");
        add_number(app, "--seed", seed_, "The same seed and options give the same bytes everywhere");
        app.add_option(
               "--to", to_,
               "A folder, for the files 0.txt, 1.txt, ..., beside what is in it; or, of one partition, "
               "stdout:")
            ->capture_default_str();
    }

    int run() override {
        if (to_ == "stdout:") {
            if (partitions_ != 1) {
                throw UsageError{"--to stdout: takes one partition: several need a folder (--to FOLDER)"};
            }
            return write(0, to_) ? exit_complete : exit_failure;
        }
        if (::mkdir(to_.c_str(), 0777) != 0 && errno != EEXIST) {
            throw RuntimeFailure{to_ + ": " + std::strerror(errno)};
        }
        for (std::uint64_t i = 0; i < partitions_; ++i) {
            if (!write(i, to_ + '/' + std::to_string(i) + ".txt")) { return exit_failure; }
        }
        return exit_complete;
    }

private:
    /// False where the program is to stop.
    [[nodiscard]] bool write(std::uint64_t partition, const std::string& path) const {
        GeneratedOutput output{path, longest_integer_line + integer_text_padding};
        Random random{mix(seed_) + mix(partition)};
        const double width = static_cast<double>(below_) / static_cast<double>(integers_);
        for (std::uint64_t i = 0; i < integers_; ++i) {
            // One in each of as many equal parts of the range: evenly distributed, and in order without being kept.
            const double place = static_cast<double>(random.next() >> 11U) * 0x1p-53;
            const double value =
                is_unsorted_ ? place * static_cast<double>(below_) : (static_cast<double>(i) + place) * width;
            const auto integer = std::min(static_cast<std::uint64_t>(value), below_ - 1);
            if (!output.line([&](char* out) { return write_integer_line(out, integer); })) { return false; }
        }
        output.close();
        return true;
    }

    std::uint64_t partitions_ = 10;
    std::uint64_t integers_ = 1'000'000;
    std::uint64_t below_ = 10'000'000'000;
    bool is_unsorted_ = false;
    std::uint64_t seed_ = 1;
    std::string to_ = "partitions";
};

const Registry<Command>::Entry generate_partitions{
    "generate partitions", "Make deterministic partitions of sorted integers, one a line",
    [] { return std::make_unique<GeneratePartitions>(); }};

}  // namespace
}  // namespace driver
