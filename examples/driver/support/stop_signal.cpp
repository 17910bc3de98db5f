#include "stop_signal.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace driver {
namespace {

// Written once before the handlers are installed; the handlers only read them.
int read_end = -1;
int write_end = -1;
std::atomic<int> signals{0};
std::atomic<std::int64_t> first_signal{0};  // when, in nanoseconds
std::atomic<bool> requested{false};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<std::int64_t>::is_always_lock_free &&
                  std::atomic<bool>::is_always_lock_free,
              "only lock-free atomics may be used in a signal handler");

void wake() noexcept {
    const int saved = errno;
    // Never read: the byte stays in the pipe, and the descriptor readable. Where the pipe is full it is so already.
    static_cast<void>(!::write(write_end, "!", 1));
    errno = saved;
}

void say(std::string_view text) noexcept {
    const int saved = errno;
    static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
    errno = saved;
}

/// One wish may come as two signals: `timeout` sends one to the program and one to its group.
bool is_same_wish() noexcept {
    constexpr std::int64_t together = 200'000'000;
    timespec time{};
    if (::clock_gettime(CLOCK_MONOTONIC, &time) != 0) { return false; }
    const std::int64_t now = std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    std::int64_t none = 0;
    return !first_signal.compare_exchange_strong(none, now) && now - none < together;
}

extern "C" void handle_stop(int) {
    if (is_same_wish()) { return; }
    if (signals.fetch_add(1) > 0) {
        say("sheaf: ended by a second signal: what was under way is lost\n");
        ::_exit(1);
    }
    say("sheaf: stopping: what has been read is finished first; a second signal ends it at once\n");
    requested.store(true);
    wake();
}

}  // namespace

void StopSignal::install() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        throw std::system_error{errno, std::generic_category(), "pipe"};
    }
    read_end = ends[0];
    write_end = ends[1];
    struct sigaction action{};
    action.sa_handler = handle_stop;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;  // whoever has to notice waits for the descriptor
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, nullptr);  // whoever writes sees the error
    sigaction(SIGXFSZ, &action, nullptr);
}

int StopSignal::descriptor() noexcept { return read_end; }
bool StopSignal::is_requested() noexcept { return requested.load(); }
void StopSignal::request() noexcept {
    requested.store(true);
    wake();
}

}  // namespace driver
