// requires: asio
//
// Asio as the executor: the transforms run on the threads of an asio::thread_pool, and the results are posted
// to the io_context, so that the host sees them on its own thread like every other event.

#include <sheaf/sheaf.hpp>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/thread_pool.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <utility>

namespace {

/// The adaptor, for any Asio executor: that of a thread_pool, of an io_context that several threads run, a
/// strand.
template <class Executor>
class AsioExecutor {
public:
    explicit AsioExecutor(Executor executor)
        : executor_{std::move(executor)} {}

    template <class F>
    void execute(F&& task) {
        asio::post(executor_, std::forward<F>(task));  // takes move-only tasks
    }

private:
    Executor executor_;
};

}  // namespace

int main() {
    using namespace std::chrono_literals;

    // Both outlive the collator.
    asio::io_context loop;
    asio::thread_pool pool{4};

    // A handler that takes its event over (`&&`) must be noexcept: nobody has the event any more to call it
    // again. One that may fail takes `const&` and throws.
    const auto on_completed = [&loop](sheaf::Completed<>&& result) noexcept {
        asio::post(loop, [result = std::move(result)] {
            std::cout << "resource " << result.id << ':';
            for (const auto length : result.output) { std::cout << ' ' << length; }
            std::cout << '\n';
        });
    };
    const auto on_incomplete = [&loop](sheaf::Incomplete<>&& rest) noexcept {
        asio::post(loop,
                   [rest = std::move(rest)] { std::cout << "resource " << rest.id << " is incomplete\n"; });
    };
    sheaf::PacketCollator collator{sheaf::WordLengths{}, sheaf::Handlers{on_completed, on_incomplete},
                                   AsioExecutor{pool.get_executor()}};

    // What the handler of a socket would do with the packets that it has read.
    asio::post(loop, [&collator] {
        for (const std::uint64_t index : {2U, 0U, 1U}) {
            const auto outcome = collator.submit(
                {.resource_id = 3, .index = index, .payload = "read from a socket", .last = index == 2});
            std::cout << "packet " << index << ' ' << to_string(outcome.verdict()) << '\n';
        }
    });

    loop.run();                               // until all has been read
    const auto report = collator.drain(10s);  // waits for the transforms
    loop.restart();
    loop.run();  // the results
    return report.status == sheaf::DrainStatus::finished ? 0 : 1;
}
