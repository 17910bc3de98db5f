#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>

#include <algorithm>
#include <random.hpp>
#include <seeds.hpp>

// Transforms that may be called in vain: in a batch they are called before their packets are admitted.

namespace {

using sheaf::Outcome;
using sheaf::Rejection;
using sheaf::Verdict;
using sheaf::WhenFull;
using test::Packet;
using test::TextIncomplete;
using test::TextSink;
using namespace std::chrono_literals;

/// The chunk is the payload as a text; "!" fails.
struct Pure {
    static constexpr bool is_pure = true;
    std::vector<std::string>* calls = nullptr;

    std::string operator()(std::span<const std::byte> payload) const {
        const std::string text = test::text_of(payload);
        if (calls != nullptr) { calls->push_back(text); }
        if (text == "!") { throw std::runtime_error{"fails"}; }
        return text;
    }
};
static_assert(sheaf::PureTransform<Pure>);
static_assert(!sheaf::PureTransform<test::Text>);
static_assert(sheaf::PureTransform<sheaf::WordLengths>);

/// The same, slowly.
struct SlowPure : Pure {
    std::string operator()(std::span<const std::byte> payload) const {
        std::this_thread::sleep_for(1ms);
        return Pure::operator()(payload);
    }
};

template <class Transform = Pure>
using PureCollator =
    sheaf::PacketCollator<Transform, std::reference_wrapper<TextSink>, sheaf::InlineExecutor>;

[[nodiscard]] Packet lent(std::uint64_t id, std::uint64_t index, std::string_view text, bool last = false) {
    return {.resource_id = id, .index = index, .payload = text, .last = last};
}

/// All chunks share something.
struct Sharing {
    static constexpr bool is_pure = true;
    std::shared_ptr<int> shared = std::make_shared<int>(1);

    std::vector<std::shared_ptr<int>> operator()(std::span<const std::byte>) const { return {shared}; }
};

/// Chunks that are not copied, but taken over.
struct Words {
    static constexpr bool is_pure = true;

    std::vector<std::string> operator()(std::span<const std::byte> payload) const {
        return std::vector<std::string>(payload.size(), "word");
    }
};

/// Has little to spare.
struct SparseTraits : sheaf::DefaultTraits {
    static constexpr std::size_t stripe_count = 1;
};

}  // namespace

TEST_CASE("pure transform: batches are the same as packets one by one, in any order and with any fault") {
    const std::uint64_t seed = test::number_from_environment("SHEAF_SEED", 1);
    for (std::uint64_t round = 0; round < 40; ++round) {
        CAPTURE(seed + round);
        test::Random random{seed + round};
        constexpr std::uint64_t length = 12;
        std::vector<std::string> texts(200);
        for (std::size_t i = 0; i < texts.size(); ++i) { texts[i] = std::to_string(i) + ' '; }
        struct Plan {
            std::uint64_t id, index;
            std::string_view text;
            bool last;
        };
        std::vector<Plan> plans;
        for (std::uint64_t id = 0; id < 150; ++id) {
            for (std::uint64_t index = 0; index < length; ++index) {
                plans.push_back({id, index, texts[random.below(texts.size())], index + 1 == length});
            }
        }
        // Near its place, with twins and contradictions.
        for (std::size_t i = plans.size(); i-- > 1;) {
            std::swap(plans[i], plans[i - random.below(std::min<std::uint64_t>(i, 400))]);
            if (random.chance(5)) { plans.push_back(plans[random.below(i)]); }
            if (random.chance(1)) { plans.push_back({plans[i].id, length + 3, "beyond", false}); }
            if (random.chance(1)) { plans.push_back({plans[i].id, 1, "last", true}); }
        }
        const auto packets = [&] {
            std::vector<Packet> made;
            for (const Plan& plan : plans) {
                made.push_back(
                    {.resource_id = plan.id, .index = plan.index, .payload = plan.text, .last = plan.last});
            }
            return made;
        };
        const auto outputs = [](const TextSink& sink) {
            std::vector<std::pair<std::uint64_t, std::string>> all;
            for (const auto& event : sink.completed()) { all.emplace_back(event.id, event.output); }
            std::sort(all.begin(), all.end());
            return all;
        };

        TextSink in_batches;
        PureCollator<> batching{Pure{}, std::ref(in_batches), {}};
        std::vector<Packet> batch = packets();
        // What contradicts depends on the order within a resource only, which a batch keeps.
        std::vector<Outcome> outcomes(batch.size(), Outcome{Rejection::none});
        for (std::size_t from = 0; from < batch.size();) {
            const auto count = std::min<std::size_t>(batch.size() - from, random.between(1, 3'000));
            static_cast<void>(batching.submit(std::span{batch}.subspan(from, count),
                                              std::span{outcomes}.subspan(from, count)));
            from += count;
        }

        TextSink one_by_one;
        PureCollator<> submitting{Pure{}, std::ref(one_by_one), {}};
        std::vector<Packet> singles = packets();
        for (std::size_t i = 0; i < singles.size(); ++i) {
            const Outcome outcome = submitting.submit(std::move(singles[i]));
            if (outcomes[i] != outcome) {
                CAPTURE(i);
                REQUIRE(outcomes[i] == outcome);
            }
        }
        CHECK(outputs(in_batches) == outputs(one_by_one));
        const auto left = [](const sheaf::Statistics& s) {
            return std::vector{s.accepted.packets, s.in_flight.packets, s.in_flight.bytes,
                               s.duplicates,       s.conflicts,         s.late,
                               s.completed,        s.incomplete};
        };
        CHECK(left(batching.statistics()) == left(submitting.statistics()));
        batching.cancel();
        CHECK(batching.statistics().held_bytes == 0);
        CHECK(batching.statistics().held_packets == 0);
    }
}

TEST_CASE("pure transform: what is known or refused may be called, and nothing of it is kept") {
    std::vector<std::string> calls;
    TextSink sink;
    PureCollator<> collator{Pure{&calls}, std::ref(sink), {}};
    std::vector<Packet> batch;
    batch.push_back(lent(1, 0, "a"));
    batch.push_back(lent(1, 0, "twin"));
    batch.push_back(lent(1, sheaf::max_index + 1, "far"));
    batch.push_back(lent(1, 1, "b", true));
    batch.push_back(lent(1, 0, "late twin"));
    std::vector<Outcome> outcomes(batch.size(), Outcome{Rejection::none});
    const auto counts = collator.submit(std::span{batch}, std::span{outcomes});
    CHECK(outcomes == std::vector<Outcome>{Verdict::accepted, Verdict::duplicate,
                                           Rejection::index_out_of_range, Verdict::accepted,
                                           Verdict::duplicate});
    CHECK(counts.accepted == 2);
    CHECK(calls == std::vector<std::string>{"a", "twin", "far", "b", "late twin"});
    REQUIRE(sink.completed().size() == 1);
    CHECK(sink.completed()[0].output == "ab");
    CHECK(collator.statistics().held_bytes == 0);
}

TEST_CASE("pure transform: a call that fails is made again, in the ordinary way") {
    std::vector<std::string> calls;
    TextSink sink;
    PureCollator<> collator{Pure{&calls}, std::ref(sink), {}, {.transform_attempts = 1}};
    std::vector<Packet> batch;
    batch.push_back(lent(1, 0, "a"));
    batch.push_back(lent(1, 1, "!"));
    batch.push_back(lent(2, 0, "c", true));
    CHECK(collator.submit(std::span{batch}).accepted == 3);
    CHECK(std::count(calls.begin(), calls.end(), "!") == 2);
    REQUIRE(sink.completed().size() == 1);
    CHECK(sink.completed()[0].output == "c");
    REQUIRE(sink.incomplete().size() == 1);
    const TextIncomplete event = sink.incomplete()[0];
    CHECK(event.reason == sheaf::IncompleteReason::transform_failed);
    CHECK(event.output == "a");
    REQUIRE(event.payloads.size() == 1);
    CHECK(test::text_of(event.payloads[0].payload.bytes()) == "!");
    CHECK(collator.statistics().transform_failures == 1);
    CHECK(collator.statistics().held_bytes == 0);
}

TEST_CASE("pure transform: slow calls are made one by one, and what they complete is delivered at once") {
    std::vector<std::string> order;
    sheaf::PacketCollator collator{
        SlowPure{{&order}},
        sheaf::Handlers{[&](const test::TextCompleted& event) { order.push_back("got " + event.output); },
                        [](const TextIncomplete&) {}},
        sheaf::InlineExecutor{}};
    const std::vector<std::string> texts{"a", "b", "c", "d", "e", "f", "g", "h"};
    std::vector<Packet> batch;
    for (std::size_t i = 0; i < texts.size(); ++i) { batch.push_back(lent(i, 0, texts[i], true)); }
    CHECK(collator.submit(std::span{batch}).accepted == texts.size());
    REQUIRE(order.size() == 2 * texts.size());
    for (std::size_t i = 0; i < order.size(); i += 2) { CHECK(order[i + 1] == "got " + order[i]); }
}

TEST_CASE(
    "pure transform: is called in vain for no packet that has a deadline of its own or owns its payload") {
    std::vector<std::string> calls;
    TextSink sink;
    SUBCASE("a deadline") {
        PureCollator<> collator{Pure{&calls}, std::ref(sink), {}, {.inactivity_timeout = 1h}};
        std::vector<Packet> batch;
        for (int i = 0; i < 3; ++i) { batch.push_back(lent(1, 0, "a")); }
        CHECK(collator.submit(std::span{batch}).duplicate == 2);
    }
    SUBCASE("a payload") {
        PureCollator<> collator{Pure{&calls}, std::ref(sink), {}};
        std::vector<Packet> batch;
        for (int i = 0; i < 3; ++i) { batch.push_back(test::packet(1, 0, "a")); }
        CHECK(collator.submit(std::span{batch}).duplicate == 2);
    }
    CHECK(calls == std::vector<std::string>{"a"});
}

TEST_CASE("pure transform: at a bound what comes out of turn is refused, and what is due is taken") {
    TextSink sink;
    PureCollator<> collator{Pure{}, std::ref(sink), {}, {.max_packets = 32, .when_full = WhenFull::reject}};
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < 100; ++i) { texts.push_back(std::to_string(i) + ' '); }
    std::vector<Packet> batch;
    for (std::size_t i = 99; i > 0; --i) { batch.push_back(lent(1, i, texts[i], i == 99)); }
    const auto first = collator.submit(std::span{batch});
    CHECK(first.accepted == 30);  // a sixteenth is for those that are due
    CHECK(first.rejected == 69);
    CHECK(first.first_rejection == Rejection::overloaded);
    CHECK(collator.statistics().held_packets == 30);
    batch.clear();
    for (std::size_t i = 0; i < 100; ++i) { batch.push_back(lent(1, i, texts[i], i == 99)); }
    const auto second = collator.submit(std::span{batch});
    CHECK(second.accepted == 70);
    CHECK(second.duplicate == 30);
    REQUIRE(sink.completed().size() == 1);
    CHECK(collator.statistics().held_bytes == 0);
}

TEST_CASE("pure transform: nothing of a chunk outlives its packet, be it large, shared or made in vain") {
    using Chunk = std::vector<std::shared_ptr<int>>;
    const Sharing transform;
    sheaf::PacketCollator collator{
        transform,
        sheaf::Handlers{[](const sheaf::Completed<Chunk>&) {},
                        [](const sheaf::Incomplete<Chunk, std::uint64_t, Chunk>&) {}},
        sheaf::InlineExecutor{}};
    std::vector<Packet> batch;
    for (std::uint64_t id = 0; id < 40; ++id) {
        batch.push_back(lent(id, 1, "b", true));
        batch.push_back(lent(id, 0, "a"));
        batch.push_back(lent(id, 0, "twin"));
    }
    CHECK(collator.submit(std::span{batch}).accepted == 80);
    CHECK(collator.statistics().completed == 40);
    CHECK(transform.shared.use_count() == 2);  // with the collator's own
}

TEST_CASE("pure transform: chunks that become the prefix give back what a former prefix has left") {
    using Chunk = std::vector<std::string>;
    sheaf::PacketCollator collator{
        Words{},
        sheaf::Handlers{[](const sheaf::Completed<Chunk>&) {},
                        [](const sheaf::Incomplete<Chunk, std::uint64_t, Chunk>&) {}},
        sheaf::InlineExecutor{},
        {.max_bytes = 8 * 8192, .when_full = WhenFull::reject},
        sheaf::traits<SparseTraits>};
    const std::string large(100, 'x');
    for (std::uint64_t round = 0; round < 50; ++round) {
        std::vector<Packet> batch;
        for (std::uint64_t i = 0; i < 6; ++i) {
            batch.push_back(lent(10 * round + i, 0, i % 2 == 0 ? std::string_view{large} : "x", true));
        }
        CHECK(collator.submit(std::span{batch}).accepted == 6);
        CHECK(collator.statistics().held_bytes == 0);
    }
}

TEST_CASE("pure transform: after drain nothing is accepted, and a later batch neither") {
    TextSink sink;
    PureCollator<> collator{Pure{}, std::ref(sink), {}};
    std::vector<Packet> batch;
    batch.push_back(lent(1, 0, "a", true));
    CHECK(collator.drain(1s).status == sheaf::DrainStatus::finished);
    const auto counts = collator.submit(std::span{batch});
    CHECK(counts.first_rejection == Rejection::shutting_down);
    CHECK(sink.completed().empty());
}
