#include "block_source.hpp"

#include "../errors.hpp"
#include "../support/file_descriptor.hpp"
#include "../uri.hpp"
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

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace driver {
namespace {

extern "C" void end_by_broken_mapping(int) {
    constexpr std::string_view text =
        "sheaf: an input file became shorter, or unreadable, while it was read: ended\n";
    static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
    ::_exit(1);
}

std::unique_ptr<BlockSource> make_source(FileDescriptor file,
                                         std::string name,
                                         const BlockSource::Settings& settings) {
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) { throw RuntimeFailure{name + ": " + std::strerror(errno)}; }
    if (S_ISDIR(status.st_mode)) { throw RuntimeFailure{name + ": " + std::strerror(EISDIR)}; }
    // Files of /proc and the like say that they are empty, and are not.
    if (!S_ISREG(status.st_mode) || status.st_size == 0) {
        return std::make_unique<StreamSource>(std::move(file), std::move(name), settings);
    }
    std::signal(SIGBUS, end_by_broken_mapping);
    const off_t position = ::lseek(file.get(), 0, SEEK_CUR);
    auto source =
        std::make_unique<MappedSource>(file, static_cast<std::uint64_t>(status.st_size), std::move(name));
    if (position > 0) { source->resume(std::min(static_cast<std::uint64_t>(position), *source->size())); }
    return source;
}

}  // namespace

std::unique_ptr<BlockSource> open_block_source(const std::string& from,
                                               const BlockSource::Settings& settings) {
    const Uri uri = Uri::parse(from);
    if (uri.scheme == "stdin" && uri.rest.empty()) {
        return make_source(FileDescriptor::lend(STDIN_FILENO), "stdin", settings);
    }
    if (!uri.scheme.empty()) {
        throw UsageError{"--from " + from + ": frames are counted from stdin: or from paths"};
    }
    FileDescriptor file{::open(from.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file.is_open()) { throw RuntimeFailure{from + ": " + std::strerror(errno)}; }
    return make_source(std::move(file), from, settings);
}

}  // namespace driver
