#include "generic_suite.hpp"

#include <algorithm>
#include <stdexcept>

namespace test {

namespace {

[[nodiscard]] std::string text_of_bytes(std::span<const std::byte> bytes) {
    std::string text;
    for (const std::byte byte : bytes) { text.push_back(static_cast<char>(byte)); }
    return text;
}

}  // namespace

std::vector<Combination>& combinations() {
    static std::vector<Combination> all;
    return all;
}

std::string SuiteHost::transform(std::span<const std::byte> payload) {
    std::string text = text_of_bytes(payload);
    const std::lock_guard lock{mutex_};
    const int call = ++calls_[text];
    if (text.starts_with('!') || (text.starts_with('?') && call == 1)) {
        throw std::runtime_error{"cannot transform " + text};
    }
    return text;
}

void SuiteHost::deliver(SuiteEvent event) {
    const std::lock_guard lock{mutex_};
    attempts_.push_back(event.delivery_id);
    if (failing_deliveries_ > 0) {
        --failing_deliveries_;
        throw std::runtime_error{"cannot deliver"};
    }
    events_.push_back(std::move(event));
}

void SuiteHost::bury(SuiteEvent event) {
    const std::lock_guard lock{mutex_};
    buried_.push_back(std::move(event));
}

void SuiteHost::release(std::span<int> receipts) {
    const std::lock_guard lock{mutex_};
    receipts_.insert(receipts_.end(), receipts.begin(), receipts.end());
}

void SuiteHost::fail_deliveries(int count) {
    const std::lock_guard lock{mutex_};
    failing_deliveries_ = count;
}

std::vector<SuiteEvent> SuiteHost::events() const {
    const std::lock_guard lock{mutex_};
    return events_;
}

std::vector<SuiteEvent> SuiteHost::buried() const {
    const std::lock_guard lock{mutex_};
    return buried_;
}

std::vector<std::string> SuiteHost::attempts() const {
    const std::lock_guard lock{mutex_};
    return attempts_;
}

std::vector<int> SuiteHost::receipts() const {
    const std::lock_guard lock{mutex_};
    std::vector<int> sorted = receipts_;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
}

namespace policies {

void HostThread::State::push(sheaf::detail::UniqueTask task) {
    const std::lock_guard lock{mutex};
    tasks.push(std::move(task));
    changed.notify_one();
}

void HostThread::State::run() {
    std::unique_lock lock{mutex};
    for (;;) {
        changed.wait(lock, [this] { return is_ending || !tasks.empty(); });
        if (tasks.empty()) { return; }
        {
            sheaf::detail::UniqueTask task = std::move(tasks.front());
            tasks.pop();
            lock.unlock();
            task();
        }
        lock.lock();
    }
}

void HostThread::State::end() {
    {
        const std::lock_guard lock{mutex};
        is_ending = true;
        changed.notify_one();
    }
    thread.join();
}

std::string KeepChunks::text_of(const std::vector<std::string>& output) {
    std::string text;
    for (const std::string& chunk : output) { text += chunk; }
    return text;
}

SuiteEvent header_of(const sheaf::EventHeader<>& event) {
    SuiteEvent made;
    made.id = event.id;
    made.delivery_id = event.delivery_id();
    made.packets = event.packets;
    return made;
}

SuiteEvent details_of(const sheaf::EventHeader<>& event,
                      sheaf::IncompleteReason reason,
                      std::uint64_t collated,
                      const std::vector<sheaf::IndexedChunk<std::string>>& chunks,
                      const std::vector<sheaf::IndexedPayload>& payloads,
                      const std::vector<sheaf::IndexRange>& missing) {
    SuiteEvent made = header_of(event);
    made.reason = to_string(reason);
    made.collated = collated;
    for (const auto& each : chunks) { made.chunks.emplace(each.index, each.chunk); }
    for (const auto& each : payloads) {
        made.payloads.emplace(each.index, text_of_bytes(each.payload.bytes()));
    }
    for (const auto& each : missing) { made.missing.emplace_back(each.first, each.last); }
    return made;
}

}  // namespace policies

}  // namespace test
