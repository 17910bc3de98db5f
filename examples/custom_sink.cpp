// A sink of your own: `deliver` for both terminal events. Returning means delivered; throwing means not
// delivered, and the collator tries again after a pause. An event that could not be delivered in
// `Options::delivery_attempts` attempts goes to `dead_letter`, with the last error: here it is put aside.
//
// Deliveries are at least once. Every attempt at one event carries the same delivery id, by which a receiver
// that has got it already can tell.

#include <sheaf/sheaf.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>

namespace {

/// Stands for a client that posts results to somebody else's server: the first two requests for resource 1 run
/// into a timeout, those for resource 2 are all refused.
class Webhook {
public:
    void deliver(const sheaf::Completed<>& result) { post(result); }
    void deliver(const sheaf::Incomplete<>& rest) { post(rest); }

    template <class Event>
    void dead_letter(const Event& event, const std::exception_ptr& error) {
        std::string reason;
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& e) { reason = e.what(); }
        const std::lock_guard lock{mutex_};
        log_[event.id].end = "put aside: " + reason;
    }

    void print() const {
        for (const auto& [id, entry] : log_) {
            std::cout << "resource " << id << ": attempts " << entry.attempts << ", delivery ids "
                      << entry.delivery_ids.size() << ", " << entry.end << '\n';
        }
    }

private:
    struct Entry {
        int attempts = 0;
        std::set<std::string> delivery_ids;
        std::string end;
    };

    /// Called concurrently for different resources, hence the lock. (A sink that has no lock of its own stands
    /// in a `sheaf::SerializedSink`.)
    template <class Event>
    void post(const Event& event) {
        const std::lock_guard lock{mutex_};
        Entry& entry = log_[event.id];
        ++entry.attempts;
        entry.delivery_ids.insert(event.delivery_id());
        if (event.id == 1 && entry.attempts < 3) { throw std::runtime_error{"timeout"}; }
        if (event.id == 2) { throw std::runtime_error{"403 Forbidden"}; }
        entry.end = "delivered";
    }

    std::mutex mutex_;
    std::map<std::uint64_t, Entry> log_;
};

}  // namespace

int main() {
    using namespace std::chrono_literals;

    Webhook webhook;  // lent, so that it can be looked at afterwards; outlives the collator
    sheaf::PacketCollator collator{
        sheaf::WordLengths{},
        std::ref(webhook),
        sheaf::ThreadPool{2},
        {.delivery_attempts = 4, .delivery_backoff = {.initial = 1ms, .maximum = 10ms}}};

    for (const std::uint64_t id : {1U, 2U, 3U}) {
        if (!collator.submit({.resource_id = id, .payload = "one packet is enough", .last = true})
                 .accepted()) {
            return 1;
        }
    }
    const auto report = collator.drain(10s);  // waits for the attempts that are still to come

    webhook.print();
    std::cout << report.statistics.completed << " delivered, " << report.statistics.dead_lettered
              << " put aside\n";
}
