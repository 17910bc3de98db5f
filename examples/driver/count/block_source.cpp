#include "block_source.hpp"

#include "../errors.hpp"
#include "../support/input_file.hpp"
#include "mapped_source.hpp"
#include "stream_source.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace driver {
namespace {

/// A regular file without anything, for now. (Those of /proc say the same, and have something.)
class EmptySource : public StreamSource {
public:
    using StreamSource::StreamSource;
    bool continues(std::uint64_t offset, std::uint64_t /*fingerprint*/) const noexcept override {
        return offset == 0;
    }
};

extern "C" void end_by_broken_mapping(int) {
    constexpr std::string_view text =
        "sheaf: an input file became shorter, or unreadable, while it was read: ended\n";
    static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
    ::_exit(1);
}

std::unique_ptr<BlockSource> make_source(InputFile input, std::size_t max_line) {
    FileDescriptor& file = input.file;
    const std::string& name = input.name;
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) { throw RuntimeFailure{name + ": " + std::strerror(errno)}; }
    if (S_ISDIR(status.st_mode)) { throw RuntimeFailure{name + ": " + std::strerror(EISDIR)}; }
    if (!S_ISREG(status.st_mode)) { return std::make_unique<StreamSource>(std::move(file), name, max_line); }
    if (status.st_size == 0) { return std::make_unique<EmptySource>(std::move(file), name, max_line); }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    auto mapped = MappedSource::map(file, size, name);
    if (mapped == nullptr) {  // some file systems cannot
        return std::make_unique<StreamSource>(std::move(file), name, max_line);
    }
    std::signal(SIGBUS, end_by_broken_mapping);
    const off_t position = ::lseek(file.get(), 0, SEEK_CUR);
    if (position > 0) {
        static_cast<void>(mapped->resume(std::min(static_cast<std::uint64_t>(position), size)));
    }
    return mapped;
}

}  // namespace

std::unique_ptr<BlockSource> open_block_source(const std::string& from, std::size_t max_line) {
    return make_source(InputFile::open_source(from, "frames are counted from"), max_line);
}

}  // namespace driver
