// `sheaf generate packets`

#include "../command.hpp"
#include "../errors.hpp"
#include "../registry.hpp"
#include "../support/cli_options.hpp"
#include "../support/file_descriptor.hpp"
#include "../support/stop_signal.hpp"
#include "../uri.hpp"
#include "packet_order.hpp"
#include "packet_text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace driver {
namespace {

class GeneratePackets : public Command {
public:
    void add_options(CLI::App& app) override {
        constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
        constexpr std::uint32_t most_in_memory = 1U << 24U;
        add_number(app, "--resources", shape_.resources, "Number of resources; their ids count from 1");
        add_number(app, "--max-packets", shape_.max_packets, "A resource has 1 to this many packets", 1U,
                   most);
        add_number(app, "--words", shape_.max_words, "A payload has 1 to this many words", 1U, 1'000'000U);
        add_number(app, "--open", shape_.open, "Resources that take turns at a time", 1U, most_in_memory);
        add_number(app, "--jitter", shape_.jitter, "Places that a packet may be off its turn", 0U,
                   most_in_memory);
        add_fraction(app, "--duplicates", shape_.duplicates, "Fraction of the packets that come twice");
        add_fraction(app, "--drop", shape_.drop, "Fraction of the packets that never come");
        add_number(app, "--seed", shape_.seed, "The same seed and options give the same bytes everywhere");
        add_number(app, "--first-index", shape_.first_index, "Index of the first packet of each resource",
                   std::uint64_t{0}, std::uint64_t{1} << 62U);
        app.add_option("--to", to_, "stdout: or a path, which is overwritten")->capture_default_str();
    }

    int run() override {
        open();
        const std::size_t line_bound = packet_text_bound(shape_);
        std::vector<char> buffer(std::max(std::size_t{256} << 10U, 2 * line_bound));
        char* const begin = buffer.data();
        char* const full = begin + buffer.size() - line_bound;
        char* end = begin;
        PacketOrder order{shape_};
        const PacketText text{shape_};
        PacketPlace place;
        while (order.next(place)) {
            end = text.write(end, place);
            if (end > full) {
                flush({begin, static_cast<std::size_t>(end - begin)});
                end = begin;
                if (StopSignal::is_requested()) { return exit_failure; }
            }
        }
        flush({begin, static_cast<std::size_t>(end - begin)});
        if (const int error = file_.close(); error != 0) { fail(error); }
        return exit_complete;
    }

private:
    void open() {
        const Uri uri = Uri::parse(to_);
        if (uri.scheme == "stdout" && uri.rest.empty()) {
            file_ = FileDescriptor::lend(STDOUT_FILENO);
            return;
        }
        if (!uri.scheme.empty()) {
            throw UsageError{"--to " + to_ + ": packets are generated to stdout: or to a path"};
        }
        file_ = FileDescriptor{::open(to_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
        if (!file_.is_open()) { fail(errno); }
    }

    void flush(std::string_view text) const {
        std::size_t written = 0;
        if (const int error = write_all(file_.get(), text, written); error != 0) { fail(error); }
    }

    [[noreturn]] void fail(int error) const {
        throw RuntimeFailure{(to_ == "stdout:" ? "standard output" : to_) + ": " + std::strerror(error)};
    }

    StreamShape shape_;
    std::string to_ = "stdout:";
    FileDescriptor file_;
};

const Registry<Command>::Entry generate_packets{
    "generate packets", "Make a deterministic stream of packets, one JSON object a line",
    [] { return std::make_unique<GeneratePackets>(); }};

}  // namespace
}  // namespace driver
