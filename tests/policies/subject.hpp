#pragma once

#include <sheaf/options.hpp>
#include <sheaf/outcome.hpp>
#include <sheaf/packet.hpp>
#include <sheaf/statistics.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// What the generic suite knows of a collator: nothing of its policies. So the cases are compiled once, and of a
/// combination no more than the collator itself.

namespace test {

using SuitePacket = sheaf::Packet<std::uint64_t, int>;

/// A terminal event, whatever the collation.
struct SuiteEvent {
    std::uint64_t id = 0;
    bool is_complete = false;
    std::string delivery_id{};
    std::string reason{};  // of an incomplete one
    std::string output{};  // the texts of the collated packets, one after the other
    std::uint64_t packets = 0;
    std::uint64_t collated = 0;
    std::map<std::uint64_t, std::string> chunks{};
    std::map<std::uint64_t, std::string> payloads{};
    std::vector<std::pair<std::uint64_t, std::uint64_t>> missing{};
    std::optional<std::uint64_t> last_index{};
    bool has_error = false;
};

/// What the transform and the sink of a combination do, and what they have seen. Outlives the collator.
///
/// Thread safety: all members but `fail_deliveries` may be called concurrently.
class SuiteHost {
public:
    /// The chunk is the payload. One that begins with '!' fails always, one that begins with '?' the first time.
    [[nodiscard]] std::string transform(std::span<const std::byte> payload);
    void deliver(SuiteEvent event);
    void bury(SuiteEvent event);
    void release(std::span<int> receipts);

    /// The next `count` deliveries fail.
    void fail_deliveries(int count);

    [[nodiscard]] std::vector<SuiteEvent> events() const;
    [[nodiscard]] std::vector<SuiteEvent> buried() const;
    /// The delivery ids of all attempts.
    [[nodiscard]] std::vector<std::string> attempts() const;
    /// Ascending.
    [[nodiscard]] std::vector<int> receipts() const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, int> calls_;
    int failing_deliveries_ = 0;
    std::vector<SuiteEvent> events_;
    std::vector<SuiteEvent> buried_;
    std::vector<std::string> attempts_;
    std::vector<int> receipts_;
};

/// A collator of one combination of policies, with what makes it move.
class Subject {
public:
    Subject() = default;
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;
    virtual ~Subject() = default;

    [[nodiscard]] virtual sheaf::Outcome submit(SuitePacket& packet) = 0;
    [[nodiscard]] virtual sheaf::BatchOutcome submit(std::span<SuitePacket> packets,
                                                     std::span<sheaf::Outcome> outcomes) = 0;
    [[nodiscard]] virtual sheaf::DrainStatus drain(std::chrono::nanoseconds allowed) = 0;
    virtual void cancel() = 0;
    [[nodiscard]] virtual bool evict_oldest() = 0;
    [[nodiscard]] virtual sheaf::Statistics statistics() const = 0;
    [[nodiscard]] virtual std::string explain(std::uint64_t id) const = 0;
    /// Ends the collator's life; nothing else may be called then.
    virtual void destroy() = 0;

    /// Runs what an executor holds that only runs when it is asked to. False where there was nothing.
    virtual bool run_queued() = 0;
    /// With a timer that the host drives: moves the clock to the next deadline. False where there is none, or where
    /// time passes by itself.
    virtual bool pass_to_deadline() = 0;
};

/// One combination of policies.
struct Combination {
    std::string name;
    std::unique_ptr<Subject> (*make)(SuiteHost& host, sheaf::Options options);
};

/// All that have been linked.
[[nodiscard]] std::vector<Combination>& combinations();

}  // namespace test
