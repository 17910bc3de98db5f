#pragma once

#include "../errors.hpp"
#include "../uri.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace driver {

/// What makes two names the same file.
struct FileIdentity {
    dev_t device{};
    ino_t node{};
    friend bool operator==(const FileIdentity& a, const FileIdentity& b) noexcept {
        return a.device == b.device && a.node == b.node;
    }

    /// Of what a source or an output is called on the command line. Only files and named pipes have one: terminals
    /// and other devices may be several things at once.
    [[nodiscard]] static std::optional<FileIdentity> of(const std::string& name) {
        const Uri uri = Uri::parse(name);
        struct stat status{};
        int error = -1;
        if (uri.scheme == "stdin" || uri.scheme == "stdout") {
            error = ::fstat(uri.scheme == "stdin" ? STDIN_FILENO : STDOUT_FILENO, &status);
        } else if (uri.scheme == "file" || uri.scheme.empty()) {
            error = ::stat(std::string{uri.rest}.c_str(), &status);
        }
        if (error != 0 || !(S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode))) { return std::nullopt; }
        return FileIdentity{status.st_dev, status.st_ino};
    }
};

/// No source may be given twice, under whatever names, nor be the file of the output: what is written to that would be
/// read again, without an end. To be called when the output has been opened, and before anything is written.
///
/// Throws: `UsageError`.
inline void refuse_shared_files(const std::vector<std::string>& sources, const std::string& output) {
    const auto written = FileIdentity::of(output);
    std::vector<std::optional<FileIdentity>> read;
    for (const std::string& name : sources) {
        const auto identity = FileIdentity::of(name);
        if (identity && identity == written) { throw UsageError{"--from " + name + " is the file of --to"}; }
        for (std::size_t i = 0; i < read.size(); ++i) {
            if (name == sources[i] || (identity && identity == read[i])) {
                throw UsageError{"--from " + name + " is given twice"};
            }
        }
        read.push_back(identity);
    }
}

}  // namespace driver
