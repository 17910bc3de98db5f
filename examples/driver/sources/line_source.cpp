// `stdin:` and plain paths: a packet a line.

#include "../source.hpp"
#include "../support/input_file.hpp"
#include "../support/line_reader.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace driver {
namespace {

static_assert(LineReader::padding >= Source::padding);

class LineSource : public Source {
public:
    LineSource(InputFile input, const SourceSettings& settings)
        : input_{std::move(input)}
        , reader_{input_.file.get(), settings.stop_descriptor, settings.max_record} {
        struct stat status{};
        if (::fstat(input_.file.get(), &status) == 0 && S_ISREG(status.st_mode)) {
            const off_t position = ::lseek(input_.file.get(), 0, SEEK_CUR);
            total_ = static_cast<std::uint64_t>(status.st_size - (position > 0 ? position : 0));
        }
#ifdef F_SETPIPE_SZ
        // A larger pipe spares both ends of it system calls. Of no consequence where it is refused.
        static_cast<void>(::fcntl(input_.file.get(), F_SETPIPE_SZ, 1 << 20));
#endif
    }

    Status next_batch(std::vector<Record>& records) override {
        records.clear();
        take_lines(records);
        if (!records.empty()) { return Status::more; }
        switch (reader_.fill()) {
        case LineReader::Fill::more:
            bytes_.store(reader_.bytes(), std::memory_order_relaxed);
            take_lines(records);
            return Status::more;
        case LineReader::Fill::end: return Status::end;
        case LineReader::Fill::stopped: return Status::stopped;
        case LineReader::Fill::failed: break;
        }
        throw RuntimeFailure{input_.name + ": " + std::strerror(reader_.error())};
    }

    std::string describe(Position position) const override {
        return input_.name + ':' + std::to_string(position.offset);
    }
    std::uint64_t bytes_read() const noexcept override { return bytes_.load(std::memory_order_relaxed); }
    std::optional<std::uint64_t> bytes_total() const noexcept override { return total_; }

private:
    /// So that the collator is told of the first packets of a large read before the last are parsed.
    static constexpr std::size_t batch_size = 256;

    void take_lines(std::vector<Record>& records) {
        Line line;
        while (records.size() < batch_size && reader_.next(line)) {
            records.push_back({line.text, {0, line.number}, line.is_too_long});
        }
    }

    InputFile input_;
    LineReader reader_;
    std::optional<std::uint64_t> total_;
    std::atomic<std::uint64_t> bytes_{0};
};

std::unique_ptr<Source> make_stdin(std::string_view rest, const SourceSettings& settings) {
    if (!rest.empty()) { throw UsageError{"--from stdin: takes nothing after the colon"}; }
    return std::make_unique<LineSource>(InputFile::standard_input(), settings);
}

std::unique_ptr<Source> make_path(std::string_view rest, const SourceSettings& settings) {
    return std::make_unique<LineSource>(InputFile::open(std::string{rest}), settings);
}

const Registry<Source>::Entry stdin_source{"stdin", "standard input, a packet a line (the default)",
                                           make_stdin};
const Registry<Source>::Entry path_source{"", "a file, a packet a line", make_path};

}  // namespace
}  // namespace driver
