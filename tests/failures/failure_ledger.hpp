#pragma once

#include "failure_points.hpp"

#include <sheaf/keyed_hash.hpp>
#include <sheaf/options.hpp>
#include <sheaf/outcome.hpp>
#include <sheaf/packet.hpp>
#include <sheaf/statistics.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The packets of a scenario of failures, and the books that are kept of them.

namespace test {

/// Names a resource. Copying it allocates.
class FailingId : Alive {
public:
    FailingId() { FailurePoints::pass(Hook::make_id); }
    explicit FailingId(std::uint64_t value)
        : value_{value}
        , text_{"a resource with a long name: " + std::to_string(value)} {}
    FailingId(const FailingId& other)
        : Alive{other}
        , value_{other.value_}
        , text_{other.text_} {
        FailurePoints::pass(Hook::copy_id);
    }
    FailingId(FailingId&&) noexcept = default;
    FailingId& operator=(FailingId&&) noexcept = default;
    ~FailingId() = default;

    friend bool operator==(const FailingId& a, const FailingId& b) noexcept { return a.text_ == b.text_; }
    [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

private:
    std::uint64_t value_ = 0;
    std::string text_;
};

/// What a source wants back: the packet's number, which is 0 where somebody else has it.
class FailingReceipt : Alive {
public:
    FailingReceipt() noexcept = default;
    explicit FailingReceipt(std::uint64_t number) noexcept
        : number_{number} {}
    FailingReceipt(FailingReceipt&& other) noexcept
        : number_{std::exchange(other.number_, 0)} {}
    FailingReceipt& operator=(FailingReceipt&& other) noexcept {
        number_ = std::exchange(other.number_, 0);
        return *this;
    }
    ~FailingReceipt() = default;

    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

private:
    std::uint64_t number_ = 0;
};

/// How many packets a scenario may have.
inline constexpr std::size_t packets_at_most = 80;

using FailingPacket = sheaf::Packet<FailingId, FailingReceipt>;

/// What a transform does with a packet, beside failures that are asked for, stands in front of its number.
inline constexpr char fails_once = '?';
inline constexpr char fails_always = '!';
inline constexpr char answers_late = '~';  // where it can: else it answers at once
enum class Behaviour : std::uint8_t { normal, failing, late };

/// Keeps the books: which packets were accepted, in which event each has come out, which receipts have come back.
/// What is wrong is counted; the first finding is kept.
class FailureLedger {
public:
    FailureLedger() { entries_.reserve(packets_at_most); }

    /// A new packet; the first one has number 1, and so on. Its payload is its number, so that it is known wherever it
    /// comes out; every other one owns it.
    [[nodiscard]] FailingPacket packet(std::uint64_t id,
                                       std::uint64_t index,
                                       bool last,
                                       char behaviour = ' ');
    /// The number of the newest packet.
    [[nodiscard]] std::uint64_t newest() const noexcept { return entries_.size(); }
    /// What `submit` has said of a packet.
    void settle(std::uint64_t number, const FailingPacket& packet, sheaf::Outcome outcome);
    /// `submit` has thrown, or refused it.
    void check_untouched(std::uint64_t number, const FailingPacket& packet);

    /// What the transform is to do with that payload.
    [[nodiscard]] Behaviour transform(std::string_view payload);
    /// A sink took this event: `output` first, then what is not collated.
    void take(std::uint64_t id,
              std::string_view output,
              std::uint64_t packets,
              std::span<const std::string> others);
    void release(std::span<FailingReceipt> receipts) noexcept;

    void expect(bool holds, const char* what) noexcept {
        if (!holds && findings_++ == 0) { first_finding_ = what; }
    }
    [[nodiscard]] std::uint64_t findings() const noexcept { return findings_; }
    [[nodiscard]] const char* first_finding() const noexcept { return first_finding_; }

    /// How many accepted packets have not come out.
    [[nodiscard]] std::uint64_t outstanding() const noexcept;
    /// The end: what came out is what was accepted, each packet once; the receipts too. Where something is left,
    /// nothing but that is missing.
    void close(bool may_have_left_something) noexcept;

private:
    enum class State : std::uint8_t { open, accepted, duplicate, refused };
    struct Entry {
        std::uint64_t id = 0;
        std::uint64_t index = 0;
        std::string text{};
        State state = State::open;
        int calls = 0;
        int events = 0;
        int receipts = 0;
    };

    [[nodiscard]] Entry& entry(std::uint64_t number) { return entries_.at(number - 1); }
    /// The entry of the payload that `text` begins with, which is cut off.
    [[nodiscard]] Entry& cut_off(std::string_view& text);

    std::vector<Entry> entries_;
    std::uint64_t findings_ = 0;
    const char* first_finding_ = "";
};

/// A clock that the scenario moves.
struct FailureClock {
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::time_point<FailureClock>;
    [[nodiscard]] static time_point now() noexcept { return at; }
    inline static time_point at{std::chrono::hours{1}};
};

/// A collator of the scenario, whatever its policies.
class FailureSubject {
public:
    FailureSubject() = default;
    FailureSubject(const FailureSubject&) = delete;
    FailureSubject& operator=(const FailureSubject&) = delete;
    virtual ~FailureSubject() = default;

    [[nodiscard]] virtual sheaf::Outcome submit(FailingPacket& packet) = 0;
    [[nodiscard]] virtual sheaf::BatchOutcome submit(std::span<FailingPacket> packets,
                                                     std::span<sheaf::Outcome> outcomes) noexcept = 0;
    [[nodiscard]] virtual sheaf::DrainStatus drain(std::chrono::nanoseconds allowed) = 0;
    virtual void cancel() noexcept = 0;
    [[nodiscard]] virtual bool evict_oldest() noexcept = 0;
    [[nodiscard]] virtual sheaf::Statistics statistics() const noexcept = 0;
    [[nodiscard]] virtual std::string explain(const FailingId& id) const = 0;
    virtual void advance() noexcept = 0;
    /// Runs one task that waits in a queue. False where there is none.
    virtual bool run_queued() = 0;
    /// Asynchronous transforms and sinks give the answers that they owe. Once `answer_at_once` was called, the sink has
    /// no more of these.
    virtual void answer_transforms() noexcept {}
    virtual void answer_deliveries() noexcept {}
    virtual void answer_at_once() noexcept {}
};

struct FailurePlan {
    const char* name;
    std::unique_ptr<FailureSubject> (*make)(FailureLedger& ledger, sheaf::Options options);
};

/// The combinations of policies that the scenario is played with.
[[nodiscard]] std::span<const FailurePlan> failure_plans();

}  // namespace test
