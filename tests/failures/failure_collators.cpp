#include "failure_ledger.hpp"

#include <sheaf/collation/concatenate.hpp>
#include <sheaf/collation/fold.hpp>
#include <sheaf/executor/manual_executor.hpp>
#include <sheaf/packet_collator.hpp>

#include <array>
#include <optional>

namespace test {

namespace {

/// A chunk and an output that are counted. Moves only.
struct CountedChunk : Alive {
    explicit CountedChunk(std::string text_) noexcept
        : text{std::move(text_)} {}
    CountedChunk(CountedChunk&&) noexcept = default;
    CountedChunk& operator=(CountedChunk&&) = delete;
    ~CountedChunk() = default;
    std::string text;
};
struct CountedOutput : Alive {
    CountedOutput() { FailurePoints::pass(Hook::make_output); }
    CountedOutput(CountedOutput&&) noexcept = default;
    CountedOutput& operator=(CountedOutput&&) noexcept = default;
    ~CountedOutput() = default;
    std::string text;
};
struct Append {
    Append() { FailurePoints::pass(Hook::fold); }
    [[nodiscard]] CountedOutput operator()(CountedOutput output, const CountedChunk& chunk) const {
        FailurePoints::pass(Hook::fold);
        output.text += chunk.text;
        return output;
    }
};

[[nodiscard]] std::string_view text_of(const std::string& value) { return value; }
[[nodiscard]] std::string_view text_of(const CountedChunk& value) { return value.text; }
[[nodiscard]] std::string_view text_of(const CountedOutput& value) { return value.text; }
[[nodiscard]] std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Hash {
    explicit Hash(sheaf::SipKey key) noexcept
        : hash{key} {}
    [[nodiscard]] std::uint64_t operator()(const FailingId& id) const noexcept { return hash(id.value()); }
    sheaf::KeyedHash hash;
};

template <class Collation>
struct Traits : sheaf::DefaultTraits {
    using resource_id = FailingId;
    using receipt = FailingReceipt;
    using hash = Hash;
    using collation = Collation;
    using clock = FailureClock;
    using timer = sheaf::HostTimer;
    static constexpr std::size_t stripe_count = 2;
};

/// Base of policies: moving one may throw.
struct Policy : Alive {
    Policy() = default;
    Policy(Policy&& other)
        : Alive{other} {
        FailurePoints::pass(Hook::move_policy);
    }
};

template <class Chunk>
struct Transform : Policy {
    explicit Transform(FailureLedger& ledger_)
        : ledger{ledger_} {}
    [[nodiscard]] Chunk operator()(std::span<const std::byte> payload) const {
        FailurePoints::pass(Hook::transform);
        ledger.transform(text_of(payload));
        return Chunk{std::string{text_of(payload)}};
    }
    FailureLedger& ledger;
};

struct Sink : Policy {
    explicit Sink(FailureLedger& ledger_)
        : ledger{ledger_} {}

    template <class Output>
    void deliver(const sheaf::Completed<Output, FailingId>& event) {
        FailurePoints::pass(Hook::deliver_completed);
        take(event);
    }
    template <class Output, class Chunk>
    void deliver(const sheaf::Incomplete<Output, FailingId, Chunk>& event) {
        FailurePoints::pass(Hook::deliver_incomplete);
        take(event);
    }
    template <class Event>
    void dead_letter(const Event& event, const std::exception_ptr& error) {
        FailurePoints::pass(Hook::dead_letter);
        ledger.expect(error != nullptr, "a dead letter has no error");
        enter(event);
    }
    void release(std::span<FailingReceipt> receipts) noexcept { ledger.release(receipts); }

    FailureLedger& ledger;

private:
    /// Resources 20 to 29 are taken at the second attempt, those from 30 on never.
    template <class Event>
    void take(const Event& event) {
        const std::uint64_t id = event.id.value();
        if (id >= 30 || (id >= 20 && std::exchange(refused_, id) != id)) { throw Failure{}; }
        enter(event);
    }
    template <class Output>
    void enter(const sheaf::Completed<Output, FailingId>& event) {
        ledger.take(event.id.value(), text_of(event.output), event.packets, {});
    }
    template <class Output, class Chunk>
    void enter(const sheaf::Incomplete<Output, FailingId, Chunk>& event) {
        const Calm calm;
        std::vector<std::string> others;
        for (const auto& each : event.chunks) { others.emplace_back(text_of(each.chunk)); }
        for (const auto& each : event.payloads) { others.emplace_back(text_of(each.payload.bytes())); }
        ledger.take(event.id.value(), text_of(event.output), event.packets, others);
    }

    std::uint64_t refused_ = 0;
};

struct Inline : Policy {
    template <class Task>
    void execute(Task&& task) {
        FailurePoints::pass(Hook::execute);
        std::forward<Task>(task)();
    }
    bool run_one() { return false; }
};

struct Manual {
    static constexpr bool is_manual = true;
    template <class Task>
    void execute(Task&& task) {
        FailurePoints::pass(Hook::execute);
        queue.execute(std::forward<Task>(task));
    }
    bool run_one() { return queue.run_one(); }
    sheaf::ManualExecutor queue;
};

template <class Executor, class Collation, class Chunk>
class SubjectOf final : public FailureSubject {
public:
    SubjectOf(FailureLedger& ledger, sheaf::Options options)
        : collator_{Transform<Chunk>{ledger}, Sink{ledger}, std::ref(executor_), std::move(options),
                    sheaf::traits<Traits<Collation>>} {}

    sheaf::Outcome submit(FailingPacket& packet) override { return collator_.submit(packet); }
    sheaf::BatchOutcome submit(std::span<FailingPacket> packets,
                               std::span<sheaf::Outcome> outcomes) noexcept override {
        return collator_.submit(packets, outcomes);
    }
    sheaf::DrainStatus drain(std::chrono::nanoseconds allowed) override {
        return collator_.drain(allowed).status;
    }
    void cancel() noexcept override { collator_.cancel(); }
    bool evict_oldest() noexcept override { return collator_.evict_oldest(); }
    sheaf::Statistics statistics() const noexcept override { return collator_.statistics(); }
    std::string explain(const FailingId& id) const override { return collator_.explain(id); }
    void advance() noexcept override { collator_.advance(FailureClock::now().time_since_epoch()); }
    bool run_queued() override { return executor_.run_one(); }

private:
    Executor executor_;
    sheaf::PacketCollator<Transform<Chunk>, Sink, std::reference_wrapper<Executor>, Traits<Collation>>
        collator_;
};

template <class Executor, class Collation, class Chunk>
std::unique_ptr<FailureSubject> make(FailureLedger& ledger, sheaf::Options options) {
    return std::make_unique<SubjectOf<Executor, Collation, Chunk>>(ledger, std::move(options));
}

}  // namespace

std::span<const FailurePlan> failure_plans() {
    using FoldOfChunks = sheaf::Fold<CountedOutput, Append>;
    static constexpr std::array<FailurePlan, 4> plans{{
        {"inline, concatenated", &make<Inline, sheaf::Concatenate, std::string>},
        {"manual, concatenated", &make<Manual, sheaf::Concatenate, std::string>},
        {"inline, folded", &make<Inline, FoldOfChunks, CountedChunk>},
        {"manual, folded", &make<Manual, FoldOfChunks, CountedChunk>},
    }};
    return plans;
}

}  // namespace test
