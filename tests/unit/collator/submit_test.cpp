#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

#include <limits>
#include <new>
#include <type_traits>

namespace {

using sheaf::Outcome;
using sheaf::Rejection;
using sheaf::Verdict;
using test::last_packet;
using test::packet;
using test::TextSink;
using namespace std::chrono_literals;

using Collator = test::Collator<>;
using Exact = sheaf::PacketCollator<test::Text, std::reference_wrapper<TextSink>>;
static_assert(!std::is_copy_constructible_v<Exact> && !std::is_copy_assignable_v<Exact>);
static_assert(!std::is_move_constructible_v<Exact> && !std::is_move_assignable_v<Exact>);
static_assert(std::is_nothrow_destructible_v<Exact>);

[[nodiscard]] std::string output_of(TextSink& sink) {
    const auto completed = sink.completed();
    return completed.size() == 1 ? completed.front().output : "(not one completed)";
}

}  // namespace

TEST_CASE("submit: the packets of one resource come out as one result in index order") {
    TextSink sink;
    Collator collator{test::Text{}, std::ref(sink)};
    CHECK(collator.submit(last_packet(7, 2, "c")).accepted());
    CHECK(collator.submit(packet(7, 0, "a")).accepted());
    CHECK(sink.size() == 0);
    CHECK(collator.submit(packet(7, 1, "b")).accepted());
    CHECK(output_of(sink) == "abc");
    CHECK(sink.completed().front().id == 7);
    CHECK(sink.completed().front().packets == 3);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("submit: a resource of one packet, and of one empty packet, is complete at once") {
    TextSink sink;
    Collator collator{test::Text{}, std::ref(sink)};
    CHECK(collator.submit(last_packet(1, 0, "one")).accepted());
    CHECK(collator.submit(last_packet(2, 0, "")).accepted());
    REQUIRE(sink.completed().size() == 2);
    CHECK(sink.completed()[0].output == "one");
    CHECK(sink.completed()[1].output.empty());
}

TEST_CASE("submit: an index that was accepted before is a duplicate, first wins") {
    TextSink sink;
    Collator collator{test::Text{}, std::ref(sink)};
    CHECK(collator.submit(packet(1, 0, "first")).accepted());
    CHECK(collator.submit(packet(1, 0, "second")) == Outcome{Verdict::duplicate});
    CHECK(collator.submit(packet(1, 2, "!")).accepted());
    CHECK(collator.submit(packet(1, 2, "?")) == Outcome{Verdict::duplicate});
    CHECK(collator.submit(last_packet(1, 3, ".")).accepted());
    CHECK(collator.submit(packet(1, 1, ",")).accepted());
    CHECK(output_of(sink) == "first,!.");
    CHECK(collator.statistics().duplicates == 2);
}

TEST_CASE("submit: a second last index, and an index beyond the last, are conflicts") {
    TextSink sink;
    Collator collator{test::Text{}, std::ref(sink)};
    CHECK(collator.submit(last_packet(1, 3, "d")).accepted());
    CHECK(collator.submit(last_packet(1, 2, "second last")) == Outcome{Verdict::conflict});
    CHECK(collator.submit(packet(1, 4, "beyond")) == Outcome{Verdict::conflict});
    CHECK(collator.submit(last_packet(1, 4, "beyond and last")) == Outcome{Verdict::conflict});
    for (std::uint64_t i = 0; i < 3; ++i) {
        CHECK(collator.submit(packet(1, i, std::string(1, static_cast<char>('a' + i)))).accepted());
    }
    CHECK(output_of(sink) == "abcd");
    CHECK(collator.statistics().conflicts == 3);
}

TEST_CASE("submit: a last index below an accepted one is a conflict") {
    TextSink sink;
    Collator collator{test::Text{}, std::ref(sink)};
    CHECK(collator.submit(packet(1, 5, "f")).accepted());
    CHECK(collator.submit(last_packet(1, 4, "e")) == Outcome{Verdict::conflict});
    CHECK(collator.submit(packet(1, 4, "e")).accepted());
    CHECK(collator.submit(last_packet(1, 6, "g")).accepted());
    CHECK(collator.statistics().conflicts == 1);
}

TEST_CASE("submit: a finished resource answers by what it had") {
    TextSink sink;
    Collator collator{test::Text{}, std::ref(sink)};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.submit(last_packet(1, 1, "b")).accepted());
    CHECK(collator.submit(packet(1, 0, "a")) == Outcome{Verdict::duplicate});
    CHECK(collator.submit(last_packet(1, 1, "b")) == Outcome{Verdict::duplicate});
    CHECK(collator.submit(packet(1, 2, "c")) == Outcome{Verdict::conflict});

    CHECK(collator.submit(packet(2, 0, "a")).accepted());
    CHECK(collator.submit(packet(2, 2, "c")).accepted());
    CHECK(collator.evict_oldest());
    CHECK(collator.submit(packet(2, 0, "a")) == Outcome{Verdict::duplicate});
    CHECK(collator.submit(packet(2, 1, "b")) == Outcome{Verdict::late});
    CHECK(collator.submit(packet(2, 2, "c")) == Outcome{Verdict::duplicate});
    CHECK(collator.submit(packet(2, 3, "d")) == Outcome{Verdict::late});
    CHECK(collator.statistics().late == 2);
    CHECK(sink.completed().size() == 1);
    CHECK(sink.incomplete().size() == 1);
}

TEST_CASE("submit: a forgotten id begins a new incarnation") {
    TextSink sink;
    Collator collator{test::Text{}, std::ref(sink), {}, {.remember_for = 0ns}};
    CHECK(collator.submit(last_packet(1, 0, "first")).accepted());
    CHECK(collator.submit(last_packet(1, 0, "second")).accepted());
    REQUIRE(sink.completed().size() == 2);
    CHECK(sink.completed()[0].delivery_id() != sink.completed()[1].delivery_id());
}

TEST_CASE("submit: an index below the first or above the highest is out of range") {
    TextSink sink;
    Collator collator{test::Text{}, std::ref(sink), {}, {.first_index = 1}};
    CHECK(collator.submit(packet(1, 0, "x")) == Outcome{Rejection::index_out_of_range});
    CHECK(collator.submit(packet(1, sheaf::max_index + 1, "x")) == Outcome{Rejection::index_out_of_range});
    CHECK(collator.submit(packet(1, std::numeric_limits<std::uint64_t>::max(), "x")) ==
          Outcome{Rejection::index_out_of_range});
    CHECK(collator.statistics().rejected == 3);
    CHECK(collator.submit(last_packet(1, sheaf::max_index, "z")).accepted());
    CHECK(collator.submit(packet(1, 1, "a")).accepted());
    CHECK(collator.evict_oldest());
    REQUIRE(sink.incomplete().size() == 1);
    const auto event = sink.incomplete().front();
    CHECK(event.output == "a");
    CHECK(event.missing == std::vector<sheaf::IndexRange>{{2, sheaf::max_index - 1}});
    CHECK(event.last_index == sheaf::max_index);
}

TEST_CASE("submit: with first_index 1 a resource runs from 1 to its last") {
    TextSink sink;
    Collator collator{test::Text{}, std::ref(sink), {}, {.first_index = 1}};
    CHECK(collator.submit(last_packet(1, 2, "b")).accepted());
    CHECK(collator.submit(packet(1, 1, "a")).accepted());
    CHECK(output_of(sink) == "ab");
}

TEST_CASE("submit: after every refusal the caller's packet is untouched") {
    TextSink sink;
    Collator collator{test::Text{}, std::ref(sink), {}, {.when_full = sheaf::WhenFull::reject}};
    CHECK(collator.submit(last_packet(1, 3, "d")).accepted());
    const std::string content(100, 'x');

    const auto is_untouched = [&](sheaf::Packet<> each, Outcome expected) {
        each.payload = sheaf::Payload{std::string{content}};
        const auto* const before = each.payload.bytes().data();
        CHECK(collator.submit(each) == expected);
        CHECK(each.payload.bytes().data() == before);
        CHECK(test::text_of(each.payload.bytes()) == content);
        CHECK_FALSE(each.payload.is_borrowed());
    };
    is_untouched(packet(1, 3, ""), Verdict::duplicate);
    is_untouched(packet(1, 4, ""), Verdict::conflict);
    is_untouched(packet(1, sheaf::max_index + 1, ""), Rejection::index_out_of_range);
    CHECK(collator.evict_oldest());
    is_untouched(packet(1, 0, ""), Verdict::late);
    CHECK(collator.drain(10s).status == sheaf::DrainStatus::finished);
    is_untouched(packet(2, 0, ""), Rejection::shutting_down);
}

TEST_CASE("submit: an owned payload is taken over without a copy") {
    const std::byte* seen = nullptr;
    TextSink sink;
    test::Collator collator{[&seen](std::span<const std::byte> payload) {
                                seen = payload.data();
                                return test::text_of(payload);
                            },
                            std::ref(sink)};
    std::vector<std::byte> buffer(1000, std::byte{'v'});
    const auto* place = buffer.data();
    sheaf::Packet<> each{.resource_id = 1, .index = 0, .payload = std::move(buffer)};
    CHECK(collator.submit(each).accepted());
    CHECK(seen == place);
    CHECK(each.payload.size() == 0);

    std::string text(1000, 's');
    place = std::as_bytes(std::span{text}).data();
    each = {.resource_id = 1, .index = 1, .payload = std::move(text), .last = true};
    CHECK(collator.submit(each).accepted());
    CHECK(seen == place);
    CHECK(output_of(sink) == std::string(1000, 'v') + std::string(1000, 's'));
}

TEST_CASE("submit: a borrowed payload is copied before submit returns") {
    TextSink sink;
    sheaf::ManualExecutor executor;
    test::Collator collator{test::Text{}, std::ref(sink), std::ref(executor)};
    std::string buffer = "before";
    sheaf::Packet<> each{.resource_id = 1, .index = 0, .payload = buffer, .last = true};
    CHECK(collator.submit(each).accepted());
    CHECK(each.payload.bytes().data() ==
          std::as_bytes(std::span{buffer}).data());  // still borrowed, unchanged
    buffer = "after!";
    CHECK(executor.run_all() == 1);
    CHECK(output_of(sink) == "before");
}

TEST_CASE("submit: what the executor throws comes out, and the packet never came") {
    TextSink sink;
    test::ThrowingExecutor executor;
    executor.refuse = {2, 4};
    test::Collator collator{test::Text{}, std::ref(sink), std::ref(executor)};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());

    auto refused = last_packet(1, 2, std::string(100, 'c'));
    const auto* const place = refused.payload.bytes().data();
    CHECK_THROWS_WITH_AS(static_cast<void>(collator.submit(refused)), "executor refuses", std::runtime_error);
    CHECK(refused.payload.bytes().data() == place);
    CHECK(refused.payload.size() == 100);
    CHECK(collator.statistics().accepted == sheaf::Volume{1, 1});
    CHECK(collator.statistics().transforms_in_flight == 0);

    CHECK(collator.submit(packet(1, 3, "d")).accepted());  // would be a conflict with the undone last index
    std::string borrowed = "e";
    sheaf::Packet<> alone{.resource_id = 2, .index = 0, .payload = borrowed, .last = true};
    CHECK_THROWS_AS(static_cast<void>(collator.submit(alone)), std::runtime_error);
    CHECK(alone.payload.is_borrowed());
    CHECK(alone.payload.bytes().data() == std::as_bytes(std::span{borrowed}).data());
    CHECK(collator.statistics().open_resources == 1);

    CHECK(collator.submit(alone).accepted());
    CHECK(collator.submit(refused) == Outcome{Verdict::conflict});  // index 3 is here by now
    refused.last = false;
    CHECK(collator.submit(refused).accepted());
    CHECK(collator.submit(packet(1, 1, "b")).accepted());
    CHECK(collator.submit(last_packet(1, 4, "e")).accepted());
    REQUIRE(sink.completed().size() == 2);
    CHECK(sink.completed()[1].output == "ab" + std::string(100, 'c') + "de");
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("submit: a gap that only a refused packet had opened is no gap") {
    TextSink sink;
    test::ThrowingExecutor executor;
    executor.refuse = {2};
    test::Collator collator{test::Text{},
                            std::ref(sink),
                            std::ref(executor),
                            {.gap_timeout = 60s},
                            sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK_THROWS_AS(static_cast<void>(collator.submit(packet(1, 9, "j"))), std::runtime_error);
    CHECK(collator.next_deadline() == std::chrono::nanoseconds::max());
    test::pass(collator, 61s);
    CHECK(sink.size() == 0);
    CHECK(collator.submit(last_packet(1, 1, "b")).accepted());
    CHECK(output_of(sink) == "ab");
}

TEST_CASE("submit: where a duplicate was answered meanwhile, a refused transform runs on the caller") {
    std::thread::id transformed_on;
    TextSink sink;
    test::InterruptedExecutor executor;
    test::Collator collator{[&](std::span<const std::byte> payload) {
                                transformed_on = std::this_thread::get_id();
                                return test::text_of(payload);
                            },
                            std::ref(sink), std::ref(executor)};
    Outcome answer;
    executor.meanwhile = [&] { answer = collator.submit(last_packet(1, 0, "a")); };
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(answer == Outcome{Verdict::duplicate});
    CHECK(transformed_on == std::this_thread::get_id());
    CHECK(output_of(sink) == "a");
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("submit: where a conflict was answered meanwhile, the packet it conflicts with stands") {
    TextSink sink;
    test::InterruptedExecutor executor;
    test::Collator collator{test::Text{}, std::ref(sink), std::ref(executor)};
    Outcome answer;
    executor.meanwhile = [&] { answer = collator.submit(packet(1, 5, "f")); };
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(answer == Outcome{Verdict::conflict});
    CHECK(output_of(sink) == "a");
}

TEST_CASE("submit: a borrowed payload of any size is copied before the call returns") {
    // Small ones into the memory of former packets, large ones into their own, which is made before the lock is taken.
    TextSink sink;
    sheaf::ManualExecutor executor;
    test::Collator collator{test::Text{}, std::ref(sink), std::ref(executor)};
    std::string expected;
    std::uint64_t index = 0;
    for (int round = 0; round < 3; ++round) {
        for (const std::size_t size : {0U, 1U, 1'023U, 1'024U, 1'025U, 3U, 4'096U, 4'097U, 100'000U, 2U}) {
            std::string text(size, static_cast<char>('a' + index % 26));
            expected += text;
            test::Packet packet{.resource_id = 1, .index = index++, .payload = sheaf::Payload{text}};
            REQUIRE(packet.payload.is_borrowed());
            if (size % 2 == 0) {
                REQUIRE(collator.submit(packet).accepted());
            } else {
                REQUIRE(collator.submit(std::span{&packet, 1}).accepted == 1);
            }
            text.assign(size, '!');
            if (index % 4 == 0) {
                while (executor.run_one()) {}
            }
        }
    }
    REQUIRE(collator.submit(test::last_packet(1, index, "end")).accepted());
    REQUIRE(collator.drain(30s).status == sheaf::DrainStatus::finished);
    REQUIRE(sink.completed().size() == 1);
    CHECK(sink.completed().front().output == expected + "end");
    CHECK(test::is_at_rest(collator.statistics()));
}
