#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>

#include <atomic>

/// Transforms that fill a chunk which the collator gives them, whose memory has served other packets before.

namespace {

using test::last_packet;
using test::packet;
using test::Signal;
using test::TextSink;
using namespace std::chrono_literals;

/// What becomes of the calls, and what there has been of them.
struct Calls {
    std::atomic<int> returned{0};
    std::atomic<int> filled{0};
    std::atomic<int> to_throw{0};  // so many calls fail halfway
    /// Called first, if set.
    std::function<void()> in_call;
};

/// The chunk is the payload as a text.
struct Filling {
    Calls* calls;

    std::string operator()(std::span<const std::byte> payload) const {
        ++calls->returned;
        if (calls->in_call) { calls->in_call(); }
        fail();
        return test::text_of(payload);
    }
    void transform_into(std::span<const std::byte> payload, std::string& chunk) const {
        ++calls->filled;
        if (calls->in_call) { calls->in_call(); }
        chunk.assign(100, '?');  // of which nothing may be seen after a failure
        fail();
        chunk = test::text_of(payload);
    }

private:
    void fail() const {
        if (calls->to_throw > 0) {
            --calls->to_throw;
            throw std::runtime_error{"halfway"};
        }
    }
};
static_assert(sheaf::FillingTransform<Filling>);

using FillingCollator = sheaf::PacketCollator<Filling, std::reference_wrapper<TextSink>, sheaf::ThreadPool>;

}  // namespace

TEST_CASE("filling transform: fills chunks one after the other, and each is its packet's alone") {
    Calls calls;
    TextSink sink;
    FillingCollator collator{Filling{&calls}, std::ref(sink), sheaf::ThreadPool{1}};
    std::string expected;
    for (std::uint64_t i = 0; i < 50; ++i) {
        // Sometimes larger than what is kept, and then small again.
        const std::string text(i % 10 == 3 ? 5'000 : i % 7, static_cast<char>('a' + i % 26));
        expected += text;
        REQUIRE(collator.submit(packet(1, i, text, i == 49)).accepted());
    }
    REQUIRE(collator.drain(30s).status == sheaf::DrainStatus::finished);
    REQUIRE(sink.completed().size() == 1);
    CHECK(sink.completed().front().output == expected);
    CHECK(calls.filled == 50);
    CHECK(calls.returned == 0);
}

TEST_CASE("filling transform: what a call that fails has written is not seen") {
    Calls calls;
    TextSink sink;
    sheaf::Options options;
    options.transform_attempts = 2;
    options.transform_backoff = {.initial = 0ns, .maximum = 0ns, .multiplier = 1.0, .jitter = 0.0};
    FillingCollator collator{Filling{&calls}, std::ref(sink), sheaf::ThreadPool{1}, options};
    calls.to_throw = 1;
    REQUIRE(collator.submit(last_packet(1, 0, "good")).accepted());
    REQUIRE(test::eventually([&] { return collator.statistics().completed == 1; }));
    CHECK(sink.completed().front().output == "good");
    CHECK(calls.filled == 2);

    calls.to_throw = 2;
    REQUIRE(collator.submit(last_packet(2, 0, "bad")).accepted());
    REQUIRE(test::eventually([&] { return collator.statistics().incomplete == 1; }));
    // The memory of the chunk that failed serves the next packet.
    REQUIRE(collator.submit(last_packet(3, 0, "")).accepted());
    REQUIRE(collator.drain(30s).status == sheaf::DrainStatus::finished);
    const auto incomplete = sink.incomplete();
    REQUIRE(incomplete.size() == 1);
    const auto& event = incomplete.front();
    CHECK(event.reason == sheaf::IncompleteReason::transform_failed);
    CHECK(test::message_of(event.error) == "halfway");
    CHECK(event.chunks.empty());
    CHECK(event.output.empty());
    REQUIRE(event.payloads.size() == 1);
    CHECK(test::text_of(event.payloads.front().payload.bytes()) == "bad");
    REQUIRE(sink.completed().size() == 2);
    CHECK(sink.completed().back().output.empty());
    CHECK(calls.filled == 5);
    CHECK(calls.returned == 0);
    CHECK(collator.statistics().transform_failures == 3);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("filling transform: where attempts can overlap each call has a chunk of its own") {
    Calls calls;
    TextSink sink;
    Signal is_over_time;
    Signal has_completed;
    const test::SetAtExit unblock{has_completed};
    sheaf::Options options;
    options.transform_timeout = 10ms;
    options.transform_attempts = 1'000;  // a slow machine lets the second one exceed its time, too
    options.transform_backoff = {.initial = 0ns, .maximum = 0ns, .multiplier = 1.0, .jitter = 0.0};
    std::atomic<bool> is_first{true};
    calls.in_call = [&] {
        if (is_first.exchange(false)) {
            is_over_time.set();
            static_cast<void>(has_completed.wait());
        }
    };
    FillingCollator collator{Filling{&calls}, std::ref(sink), sheaf::ThreadPool{2}, options};
    REQUIRE(collator.submit(last_packet(1, 0, "text")).accepted());
    REQUIRE(is_over_time.wait());
    REQUIRE(test::eventually([&] { return collator.statistics().completed == 1; }));
    has_completed.set();
    REQUIRE(test::eventually([&] { return collator.statistics().late_results >= 1; }));
    REQUIRE(collator.drain(30s).status == sheaf::DrainStatus::finished);
    CHECK(sink.completed().front().output == "text");
    CHECK(sink.completed().size() == 1);
    CHECK(calls.returned >= 2);
    CHECK(calls.filled == 0);
    REQUIRE(test::eventually([&] { return test::is_at_rest(collator.statistics()); }));
}

TEST_CASE("filling transform: a call that cancel has given up writes where nobody reads") {
    Calls calls;
    TextSink sink;
    Signal has_begun;
    Signal is_cancelled;
    const test::SetAtExit unblock{is_cancelled};
    calls.in_call = [&] {
        has_begun.set();
        static_cast<void>(is_cancelled.wait());
    };
    FillingCollator collator{Filling{&calls}, std::ref(sink), sheaf::ThreadPool{1}};
    REQUIRE(collator.submit(last_packet(1, 0, "text")).accepted());
    REQUIRE(has_begun.wait());
    collator.cancel();
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(sink.incomplete().front().chunks.empty());
    CHECK(test::text_of(sink.incomplete().front().payloads.at(0).payload.bytes()) == "text");
    is_cancelled.set();
    REQUIRE(test::eventually([&] { return test::is_at_rest(collator.statistics()); }));
    CHECK(collator.statistics().late_results == 1);
}
