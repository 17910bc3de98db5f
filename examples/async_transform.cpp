// An asynchronous transform: it starts the work and returns; the chunk is given later, through the
// `Completion`, by whichever thread has it. No thread waits meanwhile, so thousands of requests may be under
// way without a pool.

#include <sheaf/sheaf.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <iostream>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>

namespace {

/// Stands for a client library with callbacks: it takes requests and answers them from a thread of its own,
/// here the latest first.
class Service {
public:
    struct Request {
        std::span<const std::byte> text;
        sheaf::Completion<std::string> reply;
    };

    Service() = default;
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    ~Service() {
        {
            const std::lock_guard lock{mutex_};
            is_stopping_ = true;
        }
        changed_.notify_one();
        thread_.join();
    }

    void send(Request request) {
        {
            const std::lock_guard lock{mutex_};
            requests_.push_back(std::move(request));
        }
        changed_.notify_one();
    }

private:
    void answer() {
        std::unique_lock lock{mutex_};
        for (;;) {
            changed_.wait(lock, [this] { return !requests_.empty() || is_stopping_; });
            if (requests_.empty()) { return; }
            Request request = std::move(requests_.back());
            requests_.pop_back();
            lock.unlock();  // completing may call the sink
            const auto* const begin = reinterpret_cast<const char*>(request.text.data());
            request.reply.complete(std::string{begin, request.text.size()} + '\n');
            lock.lock();
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Request> requests_;
    bool is_stopping_ = false;
    std::thread thread_{&Service::answer, this};
};

/// The transform. `chunk_type` says what its completions carry.
struct AskService {
    using chunk_type = std::string;

    /// The payload stays valid as long as the completion exists. Dropping the completion unused, as a client
    /// that loses its connection might, counts as a failed attempt: nothing waits for ever.
    void operator()(std::span<const std::byte> payload, sheaf::Completion<chunk_type> completion) const {
        service->send({payload, std::move(completion)});
    }

    Service* service;
};

}  // namespace

int main() {
    using namespace std::chrono_literals;

    Service service;  // outlives the collator
    sheaf::CollectingSink<std::string> results;
    // No executor named: requests are sent by the thread that submits, which does not wait for the answers.
    sheaf::PacketCollator collator{AskService{&service}, std::ref(results)};

    for (const auto& [index, text] :
         {std::pair{2U, "order holds"}, {0U, "requests go out"}, {1U, "answers overtake"}}) {
        if (!collator.submit({.resource_id = 7, .index = index, .payload = text, .last = index == 2})
                 .accepted()) {
            return 1;
        }
    }
    const auto report = collator.drain(10s);

    for (const auto& result : results.completed()) { std::cout << result.output; }
    return report.status == sheaf::DrainStatus::finished ? 0 : 1;
}
