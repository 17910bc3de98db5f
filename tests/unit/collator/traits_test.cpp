#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

namespace {

using sheaf::Outcome;
using sheaf::Verdict;
using test::last_packet;
using test::packet;
using test::TextSink;
using namespace std::chrono_literals;

struct StringIds : sheaf::DefaultTraits {
    using resource_id = std::string;
};

struct Digests : sheaf::DefaultTraits {
    using digest = sheaf::PayloadDigest;
};

/// A hash of the host: all ids collide.
struct ConstantHash {
    explicit ConstantHash(sheaf::SipKey) noexcept {}
    [[nodiscard]] std::uint64_t operator()(const std::uint64_t&) const noexcept { return 7; }
};
struct Colliding : sheaf::DefaultTraits {
    using hash = ConstantHash;
};

}  // namespace

TEST_CASE("traits: ids may be strings") {
    sheaf::CollectingSink<std::string, std::string> sink;
    sheaf::PacketCollator collator{test::Text{}, std::ref(sink), {}, {.name = "n"}, sheaf::traits<StringIds>};
    CHECK(collator.submit({.resource_id = "one", .index = 0, .payload = "a"}).accepted());
    CHECK(collator.submit({.resource_id = "two", .index = 0, .payload = "z", .last = true}).accepted());
    CHECK(collator.submit({.resource_id = "one", .index = 1, .payload = "b", .last = true}).accepted());
    CHECK(collator.submit({.resource_id = "one", .index = 1, .payload = "b"}) == Outcome{Verdict::duplicate});
    REQUIRE(sink.completed().size() == 2);
    CHECK(sink.completed()[1].output == "ab");
    CHECK(sink.completed()[1].delivery_id().starts_with("n/one/"));
    CHECK(sink.completed()[0].id == "two");
}

TEST_CASE("traits: with a digest a duplicate of other content is a conflict") {
    TextSink sink;
    test::InterruptedExecutor executor;
    sheaf::PacketCollator collator{
        test::Text{}, std::ref(sink), std::ref(executor), {}, sheaf::traits<Digests>};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.submit(packet(1, 2, "c")).accepted());
    CHECK(collator.submit(packet(1, 0, "a")) == Outcome{Verdict::duplicate});
    CHECK(collator.submit(packet(1, 0, "A")) == Outcome{Verdict::conflict});
    CHECK(collator.submit(packet(1, 2, "c")) == Outcome{Verdict::duplicate});
    CHECK(collator.submit(packet(1, 2, "")) == Outcome{Verdict::conflict});
    CHECK(collator.submit(packet(1, 1, "b")).accepted());
    CHECK(collator.submit(packet(1, 2, "C")) == Outcome{Verdict::conflict});
    CHECK(collator.submit(packet(1, 1, "b")) == Outcome{Verdict::duplicate});
    CHECK(collator.submit(last_packet(1, 3, "d")).accepted());
    REQUIRE(sink.completed().size() == 1);
    CHECK(sink.completed().front().output == "abcd");
    CHECK(collator.statistics().conflicts == 3);
}

TEST_CASE("traits: where other content was answered as a conflict meanwhile, the first content stands") {
    TextSink sink;
    test::InterruptedExecutor executor;
    sheaf::PacketCollator collator{
        test::Text{}, std::ref(sink), std::ref(executor), {}, sheaf::traits<Digests>};
    Outcome answer;
    executor.meanwhile = [&] { answer = collator.submit(last_packet(1, 0, "A")); };
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());  // though the executor refuses it
    CHECK(answer == Outcome{Verdict::conflict});
    REQUIRE(sink.completed().size() == 1);
    CHECK(sink.completed().front().output == "a");
}

TEST_CASE("traits: ids that all have one hash are told apart") {
    TextSink sink;
    sheaf::PacketCollator collator{test::Text{}, std::ref(sink), {}, {}, sheaf::traits<Colliding>};
    for (std::uint64_t index = 0; index < 3; ++index) {
        for (std::uint64_t id = 0; id < 50; ++id) {
            CHECK(collator.submit(packet(id, index, std::to_string(id), index == 2)).accepted());
        }
    }
    REQUIRE(sink.completed().size() == 50);
    for (const auto& event : sink.completed()) {
        const auto text = std::to_string(event.id);
        CHECK(event.output == text + text + text);
    }
}

TEST_CASE("traits: one stripe serves many threads") {
    TextSink sink;
    test::Collator collator{
        test::Text{}, std::ref(sink), sheaf::ThreadPool{2}, {}, sheaf::traits<test::OneStripeTraits>};
    {
        std::vector<test::Thread> threads;
        for (std::uint64_t t = 0; t < 3; ++t) {
            threads.emplace_back([&, t] {
                for (std::uint64_t id = t; id < 300; id += 3) {
                    CHECK(collator.submit(last_packet(id, 1, "b")).accepted());
                    CHECK(collator.submit(packet(id, 0, "a")).accepted());
                }
            });
        }
    }
    CHECK(collator.drain(30s).status == sheaf::DrainStatus::finished);
    CHECK(sink.completed().size() == 300);
}
