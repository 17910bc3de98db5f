#include <sheaf/sink/directory.hpp>

#include <sheaf/concepts.hpp>
#include <sheaf/executor/thread_pool.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using sheaf::DirectorySink;
using sheaf::Durability;

using TextEvent = sheaf::Completed<std::vector<std::uint32_t>, std::string>;

static_assert(sheaf::SynchronousSinkFor<DirectorySink, sheaf::Completed<>>);
static_assert(sheaf::SynchronousSinkFor<DirectorySink, sheaf::Incomplete<>>);
static_assert(!sheaf::ConsumingSinkFor<DirectorySink, sheaf::Completed<>>);
static_assert(std::is_nothrow_move_constructible_v<DirectorySink>);

/// A directory of the test's own, removed at its end.
struct Scratch {
    fs::path path;
    Scratch() {
        auto pattern = (fs::temp_directory_path() / "sheaf-directory-test-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::system_error(errno, std::generic_category(), "mkdtemp");
        }
        path = pattern;
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
};

std::string read(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) { return "no such file: " + path.string(); }
    return {std::istreambuf_iterator<char>{file}, {}};
}

/// Names in a directory, with their contents.
std::map<std::string, std::string> files_in(const fs::path& path) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator{path}) {
        files[fs::relative(entry.path(), path).string()] =
            entry.is_directory() ? "<directory>" : read(entry.path());
    }
    return files;
}

sheaf::Completed<> completed(std::uint64_t id, std::vector<std::uint32_t> output) {
    sheaf::Completed<> event;
    event.id = id;
    event.output = std::move(output);
    return event;
}

sheaf::Incomplete<> incomplete(std::uint64_t id) {
    sheaf::Incomplete<> event;
    event.id = id;
    event.reason = sheaf::IncompleteReason::drained;
    event.missing = {{2, 3}};
    return event;
}

/// The real system calls, written down and made to fail as a test wants.
struct RecordedFiles {
    static inline std::string log;
    static inline std::string failing;  // the name of the call to fail
    static inline int error = 0;
    static inline int after = 0;  // how many calls of it succeed before
    static inline int times = 0;
    static inline std::size_t write_at_most = 1U << 30U;

    static void reset(std::string call = {}, int with = 0, int skip = 0, int count = 1) {
        log.clear();
        failing = std::move(call);
        error = with;
        after = skip;
        times = count;
        write_at_most = 1U << 30U;
    }
    static bool fails(const char* call) {
        log += call;
        log += ' ';
        if (failing != call || times == 0 || after-- > 0) { return false; }
        --times;
        errno = error;
        return true;
    }

    using Real = sheaf::detail::PosixFiles;
    static int open_directory(const char* path) { return fails("open") ? -1 : Real::open_directory(path); }
    static int create(int directory, const char* name) {
        return fails("create") ? -1 : Real::create(directory, name);
    }
    static ssize_t write(int file, const char* data, std::size_t size) {
        return fails("write") ? (error == 0 ? 0 : -1)
                              : Real::write(file, data, std::min(size, write_at_most));
    }
    static int sync(int file) { return fails("sync") ? -1 : Real::sync(file); }
    static int sync_directory(int directory) {
        return fails("sync_directory") ? -1 : Real::sync_directory(directory);
    }
    static int close(int file) {
        const int result = Real::close(file);  // closed in any case, as the system does
        return fails("close") ? -1 : result;
    }
    static int rename(int directory, const char* from, const char* to) {
        return fails("rename") ? -1 : Real::rename(directory, from, to);
    }
    static int remove(int directory, const char* name) {
        return fails("remove") ? -1 : Real::remove(directory, name);
    }
};
using RecordedSink = sheaf::BasicDirectorySink<RecordedFiles>;

/// What `call` throws, as text; checks that it is an error of the file system with `expected` as its code.
template <class Call>
std::string error_of(const Call& call, std::errc expected) {
    try {
        call();
    } catch (const fs::filesystem_error& error) {
        CHECK(error.code() == expected);
        return error.what();
    }
    return "no error";
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("DirectorySink writes one file a result") {
    const Scratch scratch;
    for (const auto durability : {Durability::synced, Durability::unsynced}) {
        const auto path = scratch.path / (durability == Durability::synced ? "synced" : "unsynced");
        DirectorySink sink{path, {.durability = durability}};
        CHECK(sink.path() == path);
        CHECK(files_in(path).empty());  // the probe is gone
        sink.deliver(completed(101, {3, 0, 5}));
        sink.deliver(completed(102, {}));
        sink.deliver(incomplete(7));
        CHECK(files_in(path) ==
              std::map<std::string, std::string>{
                  {"101.txt", "3\n0\n5\n"},
                  {"102.txt", ""},
                  {"7.incomplete.json", "{\"resource_id\":7,\"reason\":\"drained\",\"missing\":[[2,3]],"
                                        "\"last_index\":null,\"output\":[],"
                                        "\"chunks\":{},\"payloads\":{},\"delivery_id\":\"/7/0\"}\n"},
              });
    }
}

TEST_CASE("DirectorySink shows the present state of each id") {
    const Scratch scratch;
    DirectorySink sink{scratch.path};
    sink.deliver(completed(1, {1}));
    sink.deliver(completed(1, {1}));  // the same event again
    sink.deliver(completed(1, {2, 3}));
    CHECK(files_in(scratch.path) == std::map<std::string, std::string>{{"1.txt", "2\n3\n"}});
    sink.deliver(incomplete(2));
    sink.deliver(incomplete(3));
    sink.deliver(completed(2, {4}));  // supersedes
    CHECK(files_in(scratch.path).size() == 3);
    CHECK(read(scratch.path / "2.txt") == "4\n");
    CHECK(fs::exists(scratch.path / "3.incomplete.json"));
    sink.deliver(incomplete(1));  // does not
    CHECK(read(scratch.path / "1.txt") == "2\n3\n");
    CHECK(fs::exists(scratch.path / "1.incomplete.json"));
}

TEST_CASE("DirectorySink creates the directory with its parents, and may be moved") {
    const Scratch scratch;
    DirectorySink first{scratch.path / "a" / "b" / "c"};
    DirectorySink second{std::move(first)};
    second.deliver(completed(1, {1}));
    CHECK(read(scratch.path / "a" / "b" / "c" / "1.txt") == "1\n");
    DirectorySink slash{(scratch.path / "d").string() + "/"};
    slash.deliver(completed(2, {1}));
    CHECK(read(scratch.path / "d" / "2.txt") == "1\n");
    slash = std::move(second);
    slash.deliver(completed(3, {1}));
    CHECK(fs::exists(scratch.path / "a" / "b" / "c" / "3.txt"));
}

TEST_CASE("DirectorySink keeps to its directory where that is renamed") {
    const Scratch scratch;
    DirectorySink sink{scratch.path / "before"};
    fs::rename(scratch.path / "before", scratch.path / "after");
    sink.deliver(completed(1, {1}));
    CHECK(fs::exists(scratch.path / "after" / "1.txt"));
    CHECK_FALSE(fs::exists(scratch.path / "before"));
}

TEST_CASE("DirectorySink: hostile ids stay inside and apart") {
    const Scratch scratch;
    const auto path = scratch.path / "in" / "side";
    DirectorySink sink{path, {.durability = Durability::unsynced}};
    const std::vector<std::string> ids{"../escape",
                                       "../../escape",
                                       "/" + (scratch.path / "absolute").string(),
                                       "",
                                       ".",
                                       "..",
                                       "...",
                                       "a\0b"s,
                                       "a",
                                       "\0"s,
                                       "a/b",
                                       "a//b",
                                       "a%2Fb",
                                       "twin",
                                       "Twin",
                                       "TWIN",
                                       "x.txt",
                                       "x",
                                       "x.incomplete.json",
                                       "x.incomplete",
                                       ".sheaf-1-1-0.tmp",
                                       std::string(10'000, '/'),
                                       std::string(10'001, '/'),
                                       std::string(10'000, 'x'),
                                       std::string(10'000, 'x') + 'y',
                                       "\xC3\xBC\xE2\x82\xAC",
                                       "u\xCC\x88",
                                       "\xFF\xFE",
                                       "new\nline",
                                       "~",
                                       "-rf",
                                       "con",
                                       "%",
                                       "%empty"};
    std::uint32_t number = 0;
    for (const auto& id : ids) {
        TextEvent event;
        event.id = id;
        event.output = {number++};
        sink.deliver(event);
        sheaf::Incomplete<std::vector<std::uint32_t>, std::string> other;
        other.id = id + "!";
        sink.deliver(other);
    }
    const auto files = files_in(scratch.path);
    CHECK(files.size() == 2 + 2 * ids.size());
    std::vector<bool> seen(ids.size());
    for (const auto& [name, text] : files) {
        CHECK((text == "<directory>" || name.starts_with("in/side/")));
        if (name.ends_with(".txt")) { seen.at(std::stoul(text)) = true; }
    }
    CHECK(seen == std::vector<bool>(ids.size(), true));
    CHECK_FALSE(fs::exists("/" + scratch.path.string() + "/absolute"));
}

TEST_CASE("DirectorySink does not follow what others put in its way") {
    const Scratch scratch;
    const auto path = scratch.path / "out";
    DirectorySink sink{path};
    std::ofstream{scratch.path / "victim"} << "precious";
    fs::create_symlink(scratch.path / "victim", path / "1.txt");
    sink.deliver(completed(1, {5}));
    CHECK(read(scratch.path / "victim") == "precious");
    CHECK_FALSE(fs::is_symlink(path / "1.txt"));
    CHECK(read(path / "1.txt") == "5\n");

    fs::create_directory(path / "2.txt");
    const auto message = error_of([&] { sink.deliver(completed(2, {5})); }, std::errc::is_a_directory);
    CHECK(has(message, "cannot rename a temporary file to"));
    CHECK(has(message, "2.txt"));
    CHECK(files_in(path).size() == 2);
}

TEST_CASE("DirectorySink: contents before the name, the name before the return") {
    const Scratch scratch;
    RecordedFiles::reset();
    RecordedSink sink{scratch.path / "out"};
    // The new directory's own entry is synced, then a file can be created.
    CHECK(RecordedFiles::log == "open sync_directory close open create remove close ");
    RecordedFiles::reset();
    sink.deliver(completed(1, {1}));
    CHECK(RecordedFiles::log == "create write sync close rename sync_directory remove ");
    RecordedFiles::reset();
    sink.deliver(incomplete(1));
    CHECK(RecordedFiles::log == "create write sync close rename sync_directory ");
    RecordedFiles::reset();
    sink.deliver(completed(2, {}));
    CHECK(RecordedFiles::log == "create sync close rename sync_directory remove ");

    RecordedSink unsynced{scratch.path / "out", {.durability = Durability::unsynced}};
    RecordedFiles::reset();
    unsynced.deliver(completed(1, {1}));
    CHECK(RecordedFiles::log == "create write close rename remove ");
}

TEST_CASE(
    "DirectorySink: a failure of any call is reported, leaves no temporary file, and can be tried again") {
    struct Row {
        const char* call;
        int error;
        const char* operation;
        bool new_result;  // is there the new result under the final name after the failure?
    };
    for (const Row& row :
         {Row{"create", EMFILE, "cannot create", false}, Row{"write", ENOSPC, "cannot write", false},
          Row{"write", 0, "cannot write", false},  // wrote nothing and said nothing
          Row{"sync", EIO, "cannot sync", false}, Row{"close", EDQUOT, "cannot close", false},
          Row{"rename", EACCES, "cannot rename", false},
          Row{"sync_directory", EIO, "cannot sync the directory", true},
          Row{"remove", EPERM, "cannot remove the superseded", true}}) {
        CAPTURE(row.call);
        const Scratch scratch;
        RecordedFiles::reset();
        RecordedSink sink{scratch.path};
        sink.deliver(completed(1, {1}));
        RecordedFiles::reset(row.call, row.error);
        const auto expected = static_cast<std::errc>(row.error == 0 ? EIO : row.error);
        const auto message = error_of([&] { sink.deliver(completed(1, {2})); }, expected);
        CHECK(has(message, "sheaf: DirectorySink: "));
        CHECK(has(message, row.operation));
        CHECK(has(message, scratch.path.string()));
        CHECK(files_in(scratch.path) ==
              std::map<std::string, std::string>{{"1.txt", row.new_result ? "2\n" : "1\n"}});
        RecordedFiles::reset();
        sink.deliver(completed(1, {3}));
        CHECK(files_in(scratch.path) == std::map<std::string, std::string>{{"1.txt", "3\n"}});
    }
}

TEST_CASE("DirectorySink: a failed sync is not tried again on the same file") {
    const Scratch scratch;
    RecordedFiles::reset();
    RecordedSink sink{scratch.path};
    RecordedFiles::reset("sync", EIO);
    CHECK_THROWS_AS(sink.deliver(completed(1, {1})), fs::filesystem_error);
    CHECK(RecordedFiles::log == "create write sync remove close ");
}

TEST_CASE("DirectorySink: signals and short writes are no failures") {
    const Scratch scratch;
    RecordedFiles::reset();
    RecordedSink sink{scratch.path};
    for (const auto* const call : {"create", "write", "sync", "close", "sync_directory"}) {
        CAPTURE(call);
        RecordedFiles::reset(call, EINTR, 0, call == "close"s ? 1 : 3);
        CHECK_NOTHROW(sink.deliver(completed(1, {1})));
        CHECK(files_in(scratch.path) == std::map<std::string, std::string>{{"1.txt", "1\n"}});
    }
    RecordedFiles::reset();
    RecordedFiles::write_at_most = 7;
    std::vector<std::uint32_t> output;
    std::string expected;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        output.push_back(i);
        expected += std::to_string(i) + '\n';
    }
    sink.deliver(completed(2, output));
    CHECK(read(scratch.path / "2.txt") == expected);
}

TEST_CASE("DirectorySink passes over names of temporary files that exist") {
    const Scratch scratch;
    RecordedFiles::reset();
    RecordedSink sink{scratch.path};
    RecordedFiles::reset("create", EEXIST, 0, 5);
    CHECK_NOTHROW(sink.deliver(completed(1, {1})));
    CHECK(files_in(scratch.path).size() == 1);
}

TEST_CASE("DirectorySink: what cannot be a directory fails in the constructor") {
    const Scratch scratch;
    std::ofstream{scratch.path / "file"} << "x";
    const auto message =
        error_of([&] { const DirectorySink sink{scratch.path / "file"}; }, std::errc::not_a_directory);
    CHECK(has(message, "sheaf: DirectorySink: cannot open the directory"));
    CHECK(has(message, "/file"));
    CHECK_THROWS_AS(DirectorySink{scratch.path / "file" / "below"}, fs::filesystem_error);
    CHECK_THROWS_AS(DirectorySink{fs::path{}}, fs::filesystem_error);

    RecordedFiles::reset("create", EROFS);
    const auto read_only =
        error_of([&] { const RecordedSink sink{scratch.path}; }, std::errc::read_only_file_system);
    CHECK(has(read_only, "cannot create"));
}

TEST_CASE("DirectorySink: an unwritable directory fails in the constructor") {
    const Scratch scratch;
    fs::permissions(scratch.path, fs::perms{0555});
    const bool was_root = ::geteuid() == 0;
    if (was_root) {
        REQUIRE(::seteuid(65534) == 0);  // root may write anywhere
    }
    const auto message =
        error_of([&] { const DirectorySink sink{scratch.path}; }, std::errc::permission_denied);
    if (was_root) { REQUIRE(::seteuid(0) == 0); }
    fs::permissions(scratch.path, fs::perms{0755});
    CHECK(has(message, "cannot create"));
    CHECK(files_in(scratch.path).empty());
}

TEST_CASE("DirectorySink: a file larger than the process may write") {
    const Scratch scratch;
    DirectorySink sink{scratch.path};
    const auto large = completed(1, std::vector<std::uint32_t>(10'000, 123));
    auto* const previous = std::signal(SIGXFSZ, SIG_IGN);
    rlimit old{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &old) == 0);
    rlimit small = old;
    small.rlim_cur = 4096;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const auto message = error_of([&] { sink.deliver(large); }, std::errc::file_too_large);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &old) == 0);
    static_cast<void>(std::signal(SIGXFSZ, previous));
    CHECK(has(message, "cannot write"));
    CHECK(files_in(scratch.path).empty());
    CHECK_NOTHROW(sink.deliver(large));
}

TEST_CASE("DirectorySink: a full disk") {
    const Scratch scratch;
    const auto path = scratch.path / "small";
    fs::create_directory(path);
    if (::mount("sheaf-test", path.c_str(), "tmpfs", 0, "size=64k") != 0) {
        MESSAGE("SKIPPED: no tmpfs can be mounted here, so no disk can be full; ENOSPC is only simulated");
        return;
    }
    {
        DirectorySink sink{path};
        const std::vector<std::uint32_t> output(1000, 1234);
        std::uint64_t written = 0;
        std::string message;
        while (message.empty() && written < 1000) {
            try {
                sink.deliver(completed(written, output));
                ++written;
            } catch (const fs::filesystem_error& error) {
                CHECK(error.code() == std::errc::no_space_on_device);
                message = error.what();
            }
        }
        CHECK(has(message, "cannot write"));
        CHECK(written > 0);
        CHECK(files_in(path).size() == written);
        fs::remove(path / "0.txt");
        CHECK_NOTHROW(sink.deliver(completed(written, output)));
        CHECK(files_in(path).size() == written);
    }
    CHECK(::umount(path.c_str()) == 0);
}

TEST_CASE("DirectorySink takes concurrent deliveries, of one id too") {
    const Scratch scratch;
    DirectorySink sink{scratch.path};
    std::atomic<int> failures = 0;
    {
        sheaf::ThreadPool pool{6};
        for (std::uint64_t i = 0; i < 300; ++i) {
            pool.execute([&sink, &failures, i] {
                try {
                    sink.deliver(completed(i % 200, std::vector<std::uint32_t>(i % 200, 7)));
                    if (i % 3 == 0) { sink.deliver(incomplete(1000 + i)); }
                } catch (...) { failures.fetch_add(1); }
            });
        }
    }
    CHECK(failures.load() == 0);
    const auto files = files_in(scratch.path);
    CHECK(files.size() == 300);
    for (std::uint64_t i = 0; i < 200; ++i) { REQUIRE(files.at(std::to_string(i) + ".txt").size() == 2 * i); }
}
