#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

#include <new>
#include <thread>

namespace {

using sheaf::Outcome;
using sheaf::Rejection;
using sheaf::Verdict;
using test::last_packet;
using test::Packet;
using test::packet;
using test::Signal;
using test::TextSink;
using namespace std::chrono_literals;

[[nodiscard]] std::size_t total(const sheaf::BatchOutcome& counts) {
    return counts.accepted + counts.duplicate + counts.conflict + counts.late + counts.rejected;
}

/// An id whose copy finds no memory, if the test says so.
struct FailingId {
    std::uint64_t value = 0;
    bool fails = false;

    FailingId() = default;
    FailingId(std::uint64_t value_, bool fails_ = false)  // NOLINT(google-explicit-constructor)
        : value{value_}
        , fails{fails_} {}
    FailingId(const FailingId& other)
        : value{other.value}
        , fails{other.fails} {
        if (fails) { throw std::bad_alloc{}; }
    }
    FailingId(FailingId&&) noexcept = default;
    FailingId& operator=(const FailingId&) = default;
    FailingId& operator=(FailingId&&) noexcept = default;
    friend bool operator==(const FailingId& a, const FailingId& b) noexcept { return a.value == b.value; }
};
struct FailingIdTraits : sheaf::DefaultTraits {
    using resource_id = FailingId;
    using hash = test::ValueHash;
};
struct FailingIdSink {
    void deliver(const sheaf::Completed<std::string, FailingId>&) { ++completed; }
    void deliver(const sheaf::Incomplete<std::string, FailingId>&) {}
    int completed = 0;
};

}  // namespace

TEST_CASE("batch: counts every verdict, names the first refusal, and fills the outcomes") {
    TextSink sink;
    test::Collator collator{test::Text{}, std::ref(sink)};
    CHECK(collator.submit(packet(5, 1, "late")).accepted());
    CHECK(collator.evict_oldest());
    std::vector<Packet> batch;
    batch.push_back(packet(1, 0, "a"));
    batch.push_back(last_packet(1, 1, "b"));
    batch.push_back(packet(1, 0, "a"));                       // duplicate
    batch.push_back(packet(1, 2, "c"));                       // conflict
    batch.push_back(packet(5, 0, "x"));                       // late
    batch.push_back(packet(2, sheaf::max_index + 1, "far"));  // rejected
    batch.push_back(last_packet(3, 0, "z"));
    std::vector<Outcome> outcomes(batch.size());
    const auto counts = collator.submit(std::span{batch}, std::span{outcomes});
    CHECK(counts.accepted == 3);
    CHECK(counts.duplicate == 1);
    CHECK(counts.conflict == 1);
    CHECK(counts.late == 1);
    CHECK(counts.rejected == 1);
    CHECK(counts.first_rejection == Rejection::index_out_of_range);
    CHECK(counts.first_rejected == 5);
    CHECK(outcomes == std::vector<Outcome>{Verdict::accepted, Verdict::accepted, Verdict::duplicate,
                                           Verdict::conflict, Verdict::late, Rejection::index_out_of_range,
                                           Verdict::accepted});
    CHECK(sink.completed().size() == 2);
    CHECK(collator.statistics().rejected == 1);
}

TEST_CASE("batch: of nothing does nothing") {
    TextSink sink;
    test::Collator collator{test::Text{}, std::ref(sink)};
    const auto counts = collator.submit(std::span<Packet>{});
    CHECK(total(counts) == 0);
    CHECK(counts.first_rejection == Rejection::none);
    CHECK(counts.first_rejected == 0);
}

TEST_CASE("batch: is the same as one by one, whatever its size") {
    for (const std::size_t size : {1U, 2U, 63U, 64U, 65U, 128U, 129U, 1000U}) {
        TextSink sink;
        test::Collator collator{test::Text{}, std::ref(sink)};
        std::vector<Packet> batch;
        for (std::size_t i = 0; i < size; ++i) {
            batch.push_back(packet(i % 7, i / 7, std::to_string(i) + " ", i + 7 >= size));
        }
        std::vector<Outcome> outcomes(size + 3, Outcome{Rejection::stalled});
        const auto counts = collator.submit(std::span{batch}, std::span{outcomes});
        CHECK(counts.accepted == size);
        CHECK(counts.first_rejected == size);
        CHECK(outcomes[size - 1].accepted());
        CHECK(outcomes[size] == Outcome{Rejection::stalled});  // beyond the batch nothing is written
        const auto completed = sink.completed();
        CHECK(completed.size() == std::min<std::size_t>(size, 7));
        for (const auto& event : completed) {
            std::string expected;
            for (std::size_t i = event.id; i < size; i += 7) { expected += std::to_string(i) + " "; }
            CHECK(event.output == expected);
        }
    }
}

TEST_CASE("batch: what it accepts is taken over, what it refuses is untouched") {
    TextSink sink;
    test::Collator collator{test::Text{}, std::ref(sink)};
    std::vector<Packet> batch;
    batch.push_back(packet(1, 0, std::string(50, 'a')));
    batch.push_back(packet(1, 0, std::string(50, 'b')));
    const auto* const place = batch[1].payload.bytes().data();
    CHECK(collator.submit(std::span{batch}).accepted == 1);
    CHECK(batch[0].payload.size() == 0);
    CHECK(batch[1].payload.size() == 50);
    CHECK(batch[1].payload.bytes().data() == place);
}

TEST_CASE(
    "batch: where the executor fails at its k-th packet it stops, and what it did not take is untouched") {
    for (const std::size_t k : {0U, 1U, 5U, 63U, 64U, 70U, 99U}) {
        TextSink sink;
        test::ThrowingExecutor executor;
        executor.refuse = {k + 1};
        test::Collator collator{test::Text{}, std::ref(sink), std::ref(executor)};
        std::vector<Packet> batch;
        for (std::uint64_t id = 0; id < 100; ++id) {
            batch.push_back(last_packet(id, 0, std::string(40, 'x')));
        }
        std::vector<Outcome> outcomes(batch.size());
        const auto counts = collator.submit(std::span{batch}, std::span{outcomes});
        CHECK(counts.accepted == k);
        CHECK(counts.rejected == 100 - k);
        CHECK(counts.first_rejection == Rejection::executor_failed);
        CHECK(!outcomes[counts.first_rejected].accepted());
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const bool is_accepted = outcomes[i].accepted();
            CHECK((is_accepted || outcomes[i] == Outcome{Rejection::executor_failed}));
            CHECK((is_accepted || i >= counts.first_rejected));
            CHECK(batch[i].payload.size() == (is_accepted ? 0 : 40));
        }
        CHECK(collator.statistics().accepted.packets == k);
        CHECK(collator.statistics().rejected == 100 - k);
        CHECK(sink.completed().size() == k);
        CHECK(test::is_at_rest(collator.statistics()));
        // These can be submitted again.
        std::erase_if(batch, [](const Packet& each) { return each.payload.size() == 0; });
        CHECK(collator.submit(std::span{batch}).accepted == 100 - k);
        CHECK(sink.completed().size() == 100);
    }
}

TEST_CASE("batch: a packet whose duplicate in the same batch was answered is not undone") {
    TextSink sink;
    test::ThrowingExecutor executor;
    executor.refuse = {1};
    sheaf::PacketCollator collator{
        test::Text{}, std::ref(sink), std::ref(executor), {}, sheaf::traits<test::OneStripeTraits>};
    std::vector<Packet> batch;
    batch.push_back(last_packet(1, 0, "undone"));
    batch.push_back(last_packet(2, 0, "has a duplicate"));
    batch.push_back(last_packet(2, 0, "the duplicate"));
    batch.push_back(last_packet(3, 0, "after"));
    std::vector<Outcome> outcomes(batch.size());
    const auto counts = collator.submit(std::span{batch}, std::span{outcomes});
    CHECK(outcomes[0] == Outcome{Rejection::executor_failed});
    CHECK(outcomes[1].accepted());
    CHECK(outcomes[2] == Outcome{Verdict::duplicate});
    CHECK(outcomes[3] == Outcome{Rejection::executor_failed});
    CHECK(counts.accepted == 1);
    CHECK(counts.duplicate == 1);
    CHECK(counts.rejected == 2);
    CHECK(counts.first_rejected == 0);
    REQUIRE(sink.completed().size() == 1);
    CHECK(sink.completed().front().output == "has a duplicate");
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("batch: where memory runs out it stops, and what it did not take is untouched") {
    for (const std::size_t k : {0U, 1U, 40U, 70U}) {
        FailingIdSink sink;
        sheaf::PacketCollator collator{test::Text{}, std::ref(sink), {}, {}, sheaf::traits<FailingIdTraits>};
        std::vector<sheaf::Packet<FailingId>> batch(100);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            batch[i].resource_id = FailingId{i, i == k};
            batch[i].payload = sheaf::Payload{std::string(40, 'x')};
            batch[i].last = true;
        }
        std::vector<Outcome> outcomes(batch.size());
        const auto counts = collator.submit(std::span{batch}, std::span{outcomes});
        CHECK(counts.first_rejection == Rejection::out_of_memory);
        CHECK(counts.first_rejected <= k);
        CHECK(outcomes[k] == Outcome{Rejection::out_of_memory});
        CHECK(counts.rejected == 100 - counts.accepted);
        CHECK(static_cast<std::size_t>(sink.completed) == counts.accepted);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const bool is_accepted = outcomes[i].accepted();
            CHECK((is_accepted || outcomes[i] == Outcome{Rejection::out_of_memory}));
            CHECK(batch[i].payload.size() == (is_accepted ? 0 : 40));
        }
        CHECK(test::is_at_rest(collator.statistics()));
    }
}

TEST_CASE("batch: a packet alone that finds no memory throws and is untouched") {
    FailingIdSink sink;
    sheaf::PacketCollator collator{test::Text{}, std::ref(sink), {}, {}, sheaf::traits<FailingIdTraits>};
    sheaf::Packet<FailingId> each;
    each.resource_id = FailingId{1, true};
    each.payload = sheaf::Payload{std::string(40, 'x')};
    CHECK_THROWS_AS(static_cast<void>(collator.submit(each)), std::bad_alloc);
    CHECK(each.payload.size() == 40);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("batch: after drain everything in it is refused") {
    TextSink sink;
    test::Collator collator{test::Text{}, std::ref(sink)};
    CHECK(collator.drain(1s).status == sheaf::DrainStatus::finished);
    std::vector<Packet> batch;
    for (std::uint64_t id = 0; id < 100; ++id) { batch.push_back(last_packet(id, 0, "x")); }
    const auto counts = collator.submit(std::span{batch});
    CHECK(counts.rejected == 100);
    CHECK(counts.first_rejection == Rejection::shutting_down);
    CHECK(counts.first_rejected == 0);
}

TEST_CASE("batch: at a bound with reject, what fits is accepted") {
    TextSink sink;
    sheaf::ManualExecutor executor;
    test::Collator collator{test::Text{},
                            std::ref(sink),
                            std::ref(executor),
                            {.max_transforms = 10, .when_full = sheaf::WhenFull::reject}};
    std::vector<Packet> batch;
    for (std::uint64_t id = 0; id < 20; ++id) { batch.push_back(last_packet(id, 0, "x")); }
    const auto counts = collator.submit(std::span{batch});
    CHECK(counts.accepted == 10);
    CHECK(counts.rejected == 10);
    CHECK(counts.first_rejection == Rejection::overloaded);
    CHECK(executor.run_all() == 10);
}

TEST_CASE("batch: larger than a bound, it waits for its own packets to be transformed") {
    const test::Watchdog watchdog;
    TextSink sink;
    test::Collator collator{test::Text{}, std::ref(sink), sheaf::ThreadPool{1}, {.max_transforms = 3}};
    std::vector<Packet> batch;
    for (std::uint64_t id = 0; id < 200; ++id) { batch.push_back(last_packet(id, 0, "x")); }
    CHECK(collator.submit(std::span{batch}).accepted == 200);
    CHECK(collator.drain(30s).status == sheaf::DrainStatus::finished);
    CHECK(sink.completed().size() == 200);
}

TEST_CASE("batch: does not wait for packets of its own that it has not yet given to the executor") {
    const test::Watchdog watchdog{20s};
    // The first packet goes to one stripe with others that fill the bound; the second goes to another stripe, finds no
    // room, and waits: for the others, which must be on the executor by then. Ids are tried, since the hash is keyed.
    for (std::uint64_t other = 2; other < 40; ++other) {
        TextSink sink;
        test::Collator collator{
            test::Text{}, std::ref(sink), sheaf::ThreadPool{1}, {.max_transforms = 2, .seed = 5}};
        CHECK(collator.submit(packet(1, 0, "first")).accepted());
        CHECK(test::eventually([&] { return collator.statistics().transforms_in_flight == 0; }));
        std::vector<Packet> batch;
        batch.push_back(packet(1, 0, "duplicate"));
        batch.push_back(last_packet(other, 0, "x"));
        batch.push_back(packet(1, 1, "second"));
        batch.push_back(last_packet(1, 2, "third"));
        const auto counts = collator.submit(std::span{batch});
        CHECK(counts.duplicate == 1);
        CHECK(counts.accepted == 3);
    }
}

TEST_CASE("batch: an inline sink may submit while the batch is under way") {
    int events = 0;
    std::function<void(std::uint64_t)> more;
    test::Collator collator{test::Text{}, sheaf::Handlers{[&](const test::TextCompleted& event) {
                                                              ++events;
                                                              more(event.id);
                                                          },
                                                          [](const test::TextIncomplete&) {}}};
    more = [&](std::uint64_t id) {
        if (id < 1000) {
            std::vector<Packet> nested;
            nested.push_back(last_packet(id + 1000, 0, "x"));
            nested.push_back(last_packet(id + 2000, 0, "x"));
            CHECK(collator.submit(std::span{nested}).accepted == 2);
        }
    };
    std::vector<Packet> batch;
    for (std::uint64_t id = 0; id < 100; ++id) { batch.push_back(last_packet(id, 0, "x")); }
    CHECK(collator.submit(std::span{batch}).accepted == 100);
    CHECK(events == 300);
}

TEST_CASE("batch: what slow transforms complete is delivered before the next one is called") {
    std::string order;
    test::Collator collator{[&order](std::span<const std::byte> payload) {
                                order.push_back('t');
                                std::this_thread::sleep_for(std::chrono::milliseconds{1});
                                return test::text_of(payload);
                            },
                            sheaf::Handlers{[&](const test::TextCompleted&) { order.push_back('d'); },
                                            [](const test::TextIncomplete&) {}}};
    std::vector<Packet> batch;
    std::string expected;
    for (std::uint64_t id = 0; id < 50; ++id) {
        batch.push_back(last_packet(id, 0, "x"));
        expected += "td";
    }
    CHECK(collator.submit(std::span{batch}).accepted == 50);
    CHECK(order == expected);
}

TEST_CASE("batch: larger than what is looked at together, it keeps each resource's order and each packet's "
          "answer") {
    constexpr std::uint64_t resources = 40;  // of more than one stripe
    constexpr std::uint64_t packets_each = 20;
    constexpr std::uint64_t stride = resources + 1;
    std::vector<std::string> orders(resources);
    TextSink sink;
    test::Collator collator{[&orders](std::span<const std::byte> payload) {
                                const std::string text = test::text_of(payload);
                                orders[static_cast<std::size_t>(text[0])].push_back(text[1]);
                                return text;
                            },
                            std::ref(sink)};
    std::vector<Packet> batch;
    std::vector<Outcome> expected;
    for (std::uint64_t index = 0; index < packets_each; ++index) {
        for (std::uint64_t at = 0; at < resources; ++at) {
            const std::uint64_t id = at * stride % resources;
            const std::string text{static_cast<char>(id), static_cast<char>('a' + index)};
            batch.push_back(packet(id, index, text, index + 1 == packets_each));
            expected.emplace_back(Verdict::accepted);
            switch ((index * resources + at) % 11) {
            case 3:
                batch.push_back(packet(id, index, text));
                expected.emplace_back(Verdict::duplicate);
                break;
            case 5:
                batch.push_back(packet(id, sheaf::max_index + 1, text));
                expected.emplace_back(Rejection::index_out_of_range);
                break;
            case 8:
                if (index > 1) {
                    batch.push_back(last_packet(id, index - 1, text));
                    expected.emplace_back(Verdict::duplicate);
                }
                break;
            default: break;
            }
        }
    }
    REQUIRE(batch.size() > 3 * 256);
    std::vector<Outcome> outcomes(batch.size());
    const auto counts = collator.submit(std::span{batch}, std::span{outcomes});
    CHECK(outcomes == expected);
    CHECK(counts.accepted == resources * packets_each);
    CHECK(total(counts) == batch.size());
    for (const std::string& order : orders) { CHECK(order == "abcdefghijklmnopqrst"); }
    CHECK(sink.completed().size() == resources);
    CHECK(test::is_at_rest(collator.statistics()));
}
