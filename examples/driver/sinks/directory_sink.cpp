// `dir:PATH`: a file for each result.

#include "../result_sink.hpp"
#include "../support/file_descriptor.hpp"

#include <sheaf/sink/directory.hpp>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace driver {
namespace {

class DirectoryResultSink : public BlockingResultSink {
public:
    DirectoryResultSink(const std::string& path, bool sync_each)
        : sink_{path, {sync_each ? sheaf::Durability::synced : sheaf::Durability::unsynced}}
        , path_{path}
        , sync_each_{sync_each} {}

    /// One sync of the file system instead of two a result.
    void close() override {
        if (sync_each_) { return; }
        const FileDescriptor directory{::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (!directory.is_open() || ::syncfs(directory.get()) != 0) {
            const int error = errno;
            throw RuntimeFailure{path_ + ": the results may not be on the disk: " + std::strerror(error)};
        }
    }

private:
    void write(const Completed& event) override { sink_.deliver(event); }
    void write(const Incomplete& event) override { sink_.deliver(event); }

    sheaf::DirectorySink sink_;
    std::string path_;
    bool sync_each_;
};

std::unique_ptr<ResultSink> make_directory(std::string_view rest, const ResultSinkSettings& settings) {
    if (rest.empty()) { throw UsageError{"--to dir: needs a path"}; }
    return std::make_unique<DirectoryResultSink>(std::string{rest}, settings.sync_each);
}

const Registry<ResultSink>::Entry directory_sink{
    "dir", "dir:PATH, a file ID.txt a result, one integer a line", make_directory};

}  // namespace
}  // namespace driver
