// misuse <case>: does what the documentation of the library forbids. SHEAF_ASSERT, as this host defines it, prints the
// message and ends the program, so what follows the assertion is not run.

#include <cstdio>
#include <cstdlib>

namespace {

[[noreturn]] void report(const char* message) {
    std::puts(message);
    std::exit(0);
}

}  // namespace

#define SHEAF_ASSERT(condition, message) ((condition) ? static_cast<void>(0) : report(message))

#include <sheaf/acknowledgement.hpp>
#include <sheaf/completion.hpp>
#include <sheaf/detail/unique_task.hpp>
#include <sheaf/executor/thread_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace {

struct Packet final : sheaf::detail::PayloadOwner {
    [[nodiscard]] std::span<const std::byte> payload_bytes() const noexcept override { return {}; }
    void destroy() noexcept override {}
};

struct Completions final : sheaf::detail::CompletionTarget<int> {
    void transform_succeeded(sheaf::detail::PayloadOwner&, std::uint32_t, int&&) noexcept override {}
    void transform_threw(sheaf::detail::PayloadOwner&, std::uint32_t, std::exception_ptr) noexcept override {}
    void transform_dropped(sheaf::detail::PayloadOwner&, std::uint32_t) noexcept override {}
};

struct Answers final : sheaf::detail::AcknowledgementTarget {
    void sink_answered(bool, std::exception_ptr) noexcept override {}
};

}  // namespace

int main(int, char** arguments) {
    const std::string_view misuse{arguments[1]};
    Packet packet;
    sheaf::Completion<int> completion{std::make_shared<Completions>(), packet, 1};
    sheaf::Acknowledgement acknowledgement{std::make_shared<Answers>()};
    sheaf::ThreadPool pool{1};

    // The allowed uses come first: an assertion that always failed would be reported here.
    completion.complete(1);
    acknowledgement.delivered();
    pool.execute([] {});
    pool.execute_over_bound([] {});
    const sheaf::ThreadPool taken{std::move(pool)};
    sheaf::detail::UniqueTask task{[] {}};
    task();
    task.reset();
    std::puts("allowed");

    if (misuse == "completion") { completion.complete(2); }
    if (misuse == "failed_completion") { completion.fail(nullptr); }
    if (misuse == "acknowledgement") { acknowledgement.failed(nullptr); }
    if (misuse == "thread_pool") {
        pool.execute([] {});
    }
    if (misuse == "thread_pool_over_bound") {
        pool.execute_over_bound([] {});
    }
    if (misuse == "empty_task") { task(); }
    std::puts("not noticed");
    return 1;
}
