// An executor of your own: anything with `execute(task)`. The task is a move-only `void()` that does not
// throw; `execute` may run it or hand it to any thread. Here a host that has a worker thread already lets the
// collator use it.

#include <sheaf/sheaf.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <iostream>
#include <mutex>
#include <queue>
#include <thread>
#include <utility>

namespace {

/// The host's thread, which runs the host's own jobs as well.
class HostThread {
public:
    HostThread() = default;
    HostThread(const HostThread&) = delete;
    HostThread& operator=(const HostThread&) = delete;

    /// Runs what is queued, then ends.
    ~HostThread() {
        execute([this] { is_stopping_ = true; });
        thread_.join();
    }

    /// Throws: std::bad_alloc; the collator then takes the packet back and `submit` rethrows.
    template <class Task>
    void execute(Task&& task) {
        {
            const std::lock_guard lock{mutex_};
            jobs_.emplace(std::forward<Task>(task));
        }
        changed_.notify_one();
    }

    [[nodiscard]] std::size_t jobs_done() const { return jobs_done_; }

private:
    void run() {
        while (!is_stopping_) {
            std::unique_lock lock{mutex_};
            changed_.wait(lock, [this] { return !jobs_.empty(); });
            auto job = std::move(jobs_.front());
            jobs_.pop();
            lock.unlock();  // a job may queue others
            ++jobs_done_;
            job();
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    // What holds move-only callables in C++20 (std::move_only_function comes with C++23).
    std::queue<std::packaged_task<void()>> jobs_;
    std::size_t jobs_done_ = 0;
    bool is_stopping_ = false;  // only the thread itself looks at it
    std::thread thread_{&HostThread::run, this};
};

}  // namespace

int main() {
    using namespace std::chrono_literals;

    sheaf::CollectingSink<> results;
    std::size_t jobs = 0;
    {
        HostThread host;  // lent by std::ref: it outlives the collator
        sheaf::PacketCollator collator{sheaf::WordLengths{}, std::ref(results), std::ref(host)};

        host.execute([] { std::cout << "a job of the host's own\n"; });
        for (const std::uint64_t index : {1U, 0U, 2U}) {
            if (!collator
                     .submit({.resource_id = 5, .index = index, .payload = "host thread", .last = index == 2})
                     .accepted()) {
                return 1;
            }
        }
        const auto report = collator.drain(10s);
        if (report.status != sheaf::DrainStatus::finished) { return 1; }
        jobs = host.jobs_done();
    }
    for (const auto& result : results.completed()) {
        std::cout << "resource " << result.id << ": " << result.output.size() << " numbers\n";
    }
    std::cout << jobs << " jobs\n";
}
