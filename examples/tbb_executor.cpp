// requires: tbb
//
// oneTBB as the executor: transforms share the threads of a task_arena with the rest of a program that uses TBB.
// For transforms that compute. One that waits (for a disk, for the network) would keep a TBB worker, of which
// there are no more than processors, from working: for those take a sheaf::ThreadPool.

#include <sheaf/sheaf.hpp>

#include <tbb/task_arena.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <iostream>
#include <type_traits>
#include <utility>

namespace {

/// The adaptor. `enqueue` calls a const copy of what it is given, while a task is move-only and changes when it
/// is called.
class TbbExecutor {
public:
    explicit TbbExecutor(tbb::task_arena& arena) noexcept
        : arena_{&arena} {}

    template <class F>
    void execute(F&& task) {
        arena_->enqueue(Job<std::decay_t<F>>{std::forward<F>(task)});
    }

private:
    template <class Task>
    struct Job {
        mutable Task task;
        void operator()() const { task(); }
    };

    tbb::task_arena* arena_;
};

}  // namespace

int main() {
    using namespace std::chrono_literals;

    tbb::task_arena arena;  // outlives the collator
    sheaf::CollectingSink<> results;
    sheaf::PacketCollator collator{sheaf::WordLengths{}, std::ref(results), TbbExecutor{arena}};

    for (std::uint64_t index = 1000; index-- > 0;) {
        const auto outcome = collator.submit(
            {.resource_id = 4, .index = index, .payload = "a thousand packets", .last = index == 999});
        if (!outcome.accepted()) { return 1; }
    }
    const auto report = collator.drain(10s);

    for (const auto& result : results.completed()) {
        std::cout << "resource " << result.id << ": " << result.output.size() << " numbers of "
                  << result.packets << " packets\n";
    }
    return report.status == sheaf::DrainStatus::finished ? 0 : 1;
}
