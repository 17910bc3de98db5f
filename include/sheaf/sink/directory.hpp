#pragma once

#include <sheaf/config.hpp>
#include <sheaf/sink/detail/posix_files.hpp>

// For POSIX systems; elsewhere this header declares nothing.
#if __has_include(<unistd.h>)

#    include <sheaf/detail/throw.hpp>
#    include <sheaf/events.hpp>
#    include <sheaf/sink/detail/file_name.hpp>
#    include <sheaf/sink/detail/group_sync.hpp>
#    include <sheaf/sink/detail/text_format.hpp>
#    include <sheaf/sink/result_text.hpp>

#    include <atomic>
#    include <cerrno>
#    include <chrono>
#    include <cstddef>
#    include <cstdint>
#    include <exception>
#    include <filesystem>
#    include <memory>
#    include <string>
#    include <string_view>
#    include <system_error>
#    include <utility>
#    include <vector>

SHEAF_NAMESPACE_BEGIN

/// When a delivery to a `DirectorySink` counts as done.
enum class Durability : std::uint8_t {
    synced,    ///< When it would survive a loss of power.
    unsynced,  ///< When other processes can see it; a crash of the machine may lose it, never leave a part.
};

/// What can be set of a `DirectorySink` beside its path.
struct DirectoryOptions {
    /// What `deliver` waits for before it returns.
    Durability durability = Durability::synced;
};

/// Sink: one file a result in a directory: `<id>.txt` for a `Completed`, one integer a line, and
/// `<id>.incomplete.json` for an `Incomplete` (see `result_text.hpp`), with a newline at the end.
///
/// A file appears whole or not at all: it is written under a temporary name, which starts with a dot,
/// synced, renamed, and the directory is synced. Temporary files of a process that was killed stay behind
/// and may be deleted.
///
/// The directory shows the present state of each id. A result replaces the file that the same id left
/// before (a second delivery of the same event, or a later life of the id), and a `Completed` removes the
/// `.incomplete.json` of an earlier life once it is safe itself: it has all packets that the other one had
/// or lacked. An `Incomplete` leaves a `.txt` alone.
///
/// Ids of any text are safe: see `file_name.hpp`. Nothing is written outside of the directory, which is
/// opened once: it may be renamed or mounted over meanwhile.
///
/// Thread safety: deliveries may be called concurrently. Those that are share their syncs of the directory,
/// and the file system joins their syncs of files, so throughput with `synced` grows with the threads of
/// the executor; one thread alone waits for the disk twice a result. No lock is held during a system call.
///
/// Throws: `std::filesystem::filesystem_error` that names the operation and the path, `std::bad_alloc`.
/// After a throw of `deliver` there is no temporary file; under the final name stands what stood there
/// before, or the new result if only the last steps failed.
template <class System = detail::PosixFiles>
class BasicDirectorySink {
    using FileDescriptor = detail::FileDescriptor<System>;

public:
    /// Opens the directory, creates it (and its parents) where it is missing, and makes sure that files can
    /// be created in it.
    explicit BasicDirectorySink(std::filesystem::path path, DirectoryOptions options = {})
        : state_{std::make_unique<State>(std::move(path), options)} {
        // A test of the permissions would not see a read-only file system, and root has all permissions.
        const TemporaryFile probe{*state_};
    }

    /// Writes `<id>.txt` by `append_lines`, then removes the `.incomplete.json` of an earlier life of the id.
    template <class Output, class Id>
    void deliver(const Completed<Output, Id>& event) {
        const std::string name = detail::file_name_of(id_text(event.id));
        std::string text;
        append_lines(text, event.output);
        store(name + ".txt", text);
        remove_if_present(name + ".incomplete.json");
    }

    /// Writes `<id>.incomplete.json` by `append_json`.
    template <class Output, class Id, class Chunk>
    void deliver(const Incomplete<Output, Id, Chunk>& event) {
        std::string text;
        append_json(text, event);
        text += '\n';
        store(detail::file_name_of(id_text(event.id)) + ".incomplete.json", text);
    }

    /// The directory, as the constructor was given it.
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return state_->path; }

private:
    /// Behind a pointer, so that a sink can be moved while it is nobody's.
    struct State {
        State(std::filesystem::path path_, DirectoryOptions options_)
            : path{std::move(path_)}
            , options{options_}
            , temporary_prefix{".sheaf-" + std::to_string(::getpid()) + '-' +
                               std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()) +
                               '-'}
            , directory{open_or_create(path, options)} {}

        const std::filesystem::path path;
        const DirectoryOptions options;
        const std::string temporary_prefix;  // tells processes and sinks apart, as a rule
        const FileDescriptor directory;
        std::atomic<std::uint64_t> temporaries{0};
        detail::GroupSync directory_sync;
    };

    /// A new file under a name that starts with a dot; unless it is renamed, it is removed with this object.
    class TemporaryFile {
    public:
        explicit TemporaryFile(State& state)
            : state_{&state}
            , file_{create()} {}
        TemporaryFile(const TemporaryFile&) = delete;
        TemporaryFile& operator=(const TemporaryFile&) = delete;
        ~TemporaryFile() {
            if (!renamed_) { static_cast<void>(System::remove(state_->directory.get(), name_.c_str())); }
        }

        void write(std::string_view text) const {
            while (!text.empty()) {
                const auto written = detail::uninterrupted(
                    [&] { return System::write(file_.get(), text.data(), text.size()); });
                if (written <= 0) { fail("write", state_->path / name_, written < 0 ? errno : EIO); }
                text.remove_prefix(static_cast<std::size_t>(written));
            }
        }

        void sync() const {
            // A signal is no failure of the disk. Any other error is: the system may have dropped the data,
            // so a second sync of this file would claim success for nothing. The next attempt writes a new
            // one.
            if (detail::uninterrupted([&] { return System::sync(file_.get()); }) != 0) {
                fail("sync", state_->path / name_, errno);
            }
        }

        void close() {
            if (file_.close() != 0) { fail("close", state_->path / name_, errno); }
        }

        void rename(const std::string& name) {
            if (System::rename(state_->directory.get(), name_.c_str(), name.c_str()) != 0) {
                fail("rename a temporary file to", state_->path / name, errno);
            }
            renamed_ = true;
        }

    private:
        /// Sets `name_` first, which stands before `file_`. A name that exists, because another machine with
        /// the same process id shares the directory, is passed over.
        [[nodiscard]] int create() {
            for (;;) {
                // relaxed: only the number itself matters, and that no two threads get the same one.
                const auto number = state_->temporaries.fetch_add(1, std::memory_order_relaxed);
                name_ = state_->temporary_prefix + std::to_string(number) + ".tmp";
                const int file = detail::uninterrupted(
                    [&] { return System::create(state_->directory.get(), name_.c_str()); });
                if (file >= 0) { return file; }
                if (errno != EEXIST) { fail("create", state_->path / name_, errno); }
            }
        }

        State* state_;
        std::string name_;
        FileDescriptor file_;
        bool renamed_ = false;
    };

    [[noreturn]] SHEAF_COLD static void fail(const char* operation,
                                             const std::filesystem::path& path,
                                             int error) {
#    if SHEAF_HAS_EXCEPTIONS
        throw std::filesystem::filesystem_error(std::string{"sheaf: DirectorySink: cannot "} + operation,
                                                path, std::error_code{error, std::generic_category()});
#    else
        static_cast<void>(operation), static_cast<void>(path), static_cast<void>(error);
        std::terminate();
#    endif
    }

    [[nodiscard]] static int open_or_create(const std::filesystem::path& path,
                                            const DirectoryOptions& options) {
        std::error_code error;
        std::vector<std::filesystem::path> created_in;
        auto missing = path;
        while (!missing.empty() && !std::filesystem::exists(missing, error)) {
            missing = missing.parent_path();
            created_in.push_back(missing.empty() ? std::filesystem::path{"."} : missing);
        }
        if (!created_in.empty()) {
            std::filesystem::create_directories(path, error);
            if (error) { fail("create the directory", path, error.value()); }
        }
        if (options.durability == Durability::synced) {
            for (const auto& parent : created_in) {
                const FileDescriptor directory{open(parent)};
                sync_directory(directory, parent);
            }
        }
        return open(path);
    }

    [[nodiscard]] static int open(const std::filesystem::path& path) {
        const int directory = detail::uninterrupted([&] { return System::open_directory(path.c_str()); });
        if (directory < 0) { fail("open the directory", path, errno); }
        return directory;
    }

    static void sync_directory(const FileDescriptor& directory, const std::filesystem::path& path) {
        if (const int error = sync_error(directory); error != 0) { fail("sync the directory", path, error); }
    }

    [[nodiscard]] static int sync_error(const FileDescriptor& directory) noexcept {
        return detail::uninterrupted([&] { return System::sync_directory(directory.get()); }) == 0 ? 0
                                                                                                   : errno;
    }

    /// The order is what makes it safe: the contents are on the disk before the name points to them, and
    /// the name is on the disk before the delivery returns.
    void store(const std::string& name, std::string_view text) {
        const bool synced = state_->options.durability == Durability::synced;
        TemporaryFile file{*state_};
        file.write(text);
        if (synced) { file.sync(); }
        file.close();
        file.rename(name);
        if (synced) {
            const int error = state_->directory_sync.wait([this] { return sync_error(state_->directory); });
            if (error != 0) { fail("sync the directory", state_->path, error); }
        }
    }

    void remove_if_present(const std::string& name) {
        if (System::remove(state_->directory.get(), name.c_str()) != 0 && errno != ENOENT) {
            fail("remove the superseded", state_->path / name, errno);
        }
    }

    std::unique_ptr<State> state_;
};

/// The sink as users name it.
using DirectorySink = BasicDirectorySink<>;

SHEAF_NAMESPACE_END

#endif
