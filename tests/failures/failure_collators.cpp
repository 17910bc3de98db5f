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

/// The answers that an asynchronous transform and sink owe.
struct Later {
    Later() {
        completions.reserve(packets_at_most);
        acknowledgements.reserve(packets_at_most);
    }
    std::vector<sheaf::Completion<CountedChunk>> completions;
    std::vector<std::string> texts;
    std::vector<sheaf::Acknowledgement> acknowledgements;
    bool answers_at_once = false;
};

template <class Chunk>
struct Transform : Policy {
    Transform(FailureLedger& ledger_, Later&)
        : ledger{ledger_} {}
    [[nodiscard]] Chunk operator()(std::span<const std::byte> payload) const {
        FailurePoints::pass(Hook::transform);
        if (ledger.transform(text_of(payload)) == Behaviour::failing) { throw Failure{}; }
        return Chunk{std::string{text_of(payload)}};
    }
    FailureLedger& ledger;
};

/// Fails by dropping its completion.
struct LateTransform : Policy {
    using chunk_type = CountedChunk;
    LateTransform(FailureLedger& ledger_, Later& later_)
        : ledger{ledger_}
        , later{later_} {}
    void operator()(std::span<const std::byte> payload, sheaf::Completion<CountedChunk> completion) const {
        FailurePoints::pass(Hook::transform);
        const std::string_view text = text_of(payload);
        switch (ledger.transform(text)) {
        case Behaviour::normal: completion.complete(CountedChunk{std::string{text}}); break;
        case Behaviour::failing: break;
        case Behaviour::late: {
            const Calm calm;
            later.texts.emplace_back(text);
            later.completions.push_back(std::move(completion));
        }
        }
    }
    FailureLedger& ledger;
    Later& later;
};

/// What a sink does beside failures that are asked for: it takes resources 20 to 29 at the second attempt, and those
/// from 30 on never.
class SinkScript {
public:
    [[nodiscard]] bool refuses(std::uint64_t id) noexcept {
        return id >= 30 || (id >= 20 && std::exchange(refused_, id) != id);
    }

private:
    std::uint64_t refused_ = 0;
};

template <class Output>
void enter(FailureLedger& ledger, const sheaf::Completed<Output, FailingId>& event) {
    ledger.take(event.id.value(), text_of(event.output), event.packets, {});
}
template <class Output, class Chunk>
void enter(FailureLedger& ledger, const sheaf::Incomplete<Output, FailingId, Chunk>& event) {
    const Calm calm;
    std::vector<std::string> others;
    for (const auto& each : event.chunks) { others.emplace_back(text_of(each.chunk)); }
    for (const auto& each : event.payloads) { others.emplace_back(text_of(each.payload.bytes())); }
    ledger.take(event.id.value(), text_of(event.output), event.packets, others);
}

template <class Event>
void bury(FailureLedger& ledger, const Event& event, const std::exception_ptr& error) {
    FailurePoints::pass(Hook::dead_letter);
    ledger.expect(error != nullptr, "a dead letter has no error");
    enter(ledger, event);
}

struct Sink : Policy {
    Sink(FailureLedger& ledger_, Later&)
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
        bury(ledger, event, error);
    }
    void release(std::span<FailingReceipt> receipts) noexcept { ledger.release(receipts); }

    FailureLedger& ledger;

private:
    template <class Event>
    void take(const Event& event) {
        if (script_.refuses(event.id.value())) { throw Failure{}; }
        enter(ledger, event);
    }

    SinkScript script_;
};

/// Answers later, or refuses by dropping its acknowledgement.
struct LateSink : Policy {
    LateSink(FailureLedger& ledger_, Later& later_)
        : ledger{ledger_}
        , later{later_} {}

    void deliver(const sheaf::Completed<CountedOutput, FailingId>& event, sheaf::Acknowledgement handle) {
        FailurePoints::pass(Hook::deliver_completed);
        take(event, std::move(handle));
    }
    void deliver(const sheaf::Incomplete<CountedOutput, FailingId, CountedChunk>& event,
                 sheaf::Acknowledgement handle) {
        FailurePoints::pass(Hook::deliver_incomplete);
        take(event, std::move(handle));
    }
    template <class Event>
    void dead_letter(const Event& event, const std::exception_ptr& error) {
        bury(ledger, event, error);
    }
    void release(std::span<FailingReceipt> receipts) noexcept { ledger.release(receipts); }

    FailureLedger& ledger;
    Later& later;

private:
    template <class Event>
    void take(const Event& event, sheaf::Acknowledgement handle) {
        if (script_.refuses(event.id.value())) { return; }
        enter(ledger, event);
        if (later.answers_at_once || event.id.value() % 2 == 0) {
            handle.delivered();
        } else {
            later.acknowledgements.push_back(std::move(handle));
        }
    }

    SinkScript script_;
};

struct Inline : Policy {
    template <class Task>
    void execute(Task&& task) {
        FailurePoints::pass(Hook::execute);
        std::forward<Task>(task)();
    }
    bool run_one() { return false; }
};

/// Destroys every seventh task unrun.
struct Careless : Policy {
    template <class Task>
    void execute(Task&& task) {
        FailurePoints::pass(Hook::execute);
        auto taken = std::forward<Task>(task);
        if (++count % 7 != 0) { taken(); }
    }
    bool run_one() { return false; }
    int count = 0;
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

template <class Executor, class Collation, class Transform, class SinkType>
class SubjectOf final : public FailureSubject {
public:
    SubjectOf(FailureLedger& ledger, sheaf::Options options)
        : collator_{Transform{ledger, later_}, SinkType{ledger, later_}, std::ref(executor_),
                    std::move(options), sheaf::traits<Traits<Collation>>} {}

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

    void answer_transforms() noexcept override {
        while (!later_.completions.empty()) {
            auto completion = std::move(later_.completions.back());
            auto text = std::move(later_.texts.back());
            later_.completions.pop_back();
            later_.texts.pop_back();
            completion.complete(CountedChunk{std::move(text)});
        }
    }
    void answer_deliveries() noexcept override {
        while (!later_.acknowledgements.empty()) {
            auto handle = std::move(later_.acknowledgements.back());
            later_.acknowledgements.pop_back();
            handle.delivered();
        }
    }
    void answer_at_once() noexcept override { later_.answers_at_once = true; }

private:
    Later later_;
    Executor executor_;
    sheaf::PacketCollator<Transform, SinkType, std::reference_wrapper<Executor>, Traits<Collation>> collator_;
};

template <class Executor, class Collation, class Transform, class SinkType>
std::unique_ptr<FailureSubject> make(FailureLedger& ledger, sheaf::Options options) {
    return std::make_unique<SubjectOf<Executor, Collation, Transform, SinkType>>(ledger, std::move(options));
}

}  // namespace

std::span<const FailurePlan> failure_plans() {
    using FoldOfChunks = sheaf::Fold<CountedOutput, Append>;
    using Text = Transform<std::string>;
    using Chunks = Transform<CountedChunk>;
    static constexpr std::array<FailurePlan, 5> plans{{
        {"inline, concatenated", &make<Inline, sheaf::Concatenate, Text, Sink>},
        {"manual, concatenated", &make<Manual, sheaf::Concatenate, Text, Sink>},
        {"inline, folded", &make<Inline, FoldOfChunks, Chunks, Sink>},
        {"manual, folded", &make<Manual, FoldOfChunks, Chunks, Sink>},
        {"careless, folded, answers later", &make<Careless, FoldOfChunks, LateTransform, LateSink>},
    }};
    return plans;
}

}  // namespace test
