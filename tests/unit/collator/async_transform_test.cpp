#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

#include <map>

// The transform that gives its chunk later, through a `Completion`.

namespace {

using sheaf::IncompleteReason;
using test::AnySink;
using test::last_packet;
using test::packet;
using test::Signal;
using test::TextSink;
using namespace std::chrono_literals;

using Handle = sheaf::Completion<std::string>;
using Bytes = std::span<const std::byte>;
/// For whatever a case starts. With this and AnySink the cases share their instantiations of the collator.
using AsyncText = test::AsyncText<std::function<void(Bytes, Handle)>>;

/// Keeps the completions by payload, for the test to use.
struct Kept {
    std::map<std::string, std::vector<Handle>> handles{};

    [[nodiscard]] auto transform() {
        return AsyncText{[this](Bytes payload, Handle handle) {
            handles[test::text_of(payload)].push_back(std::move(handle));
        }};
    }
    void complete(const std::string& name, std::size_t call = 0) {
        handles.at(name).at(call).complete(name + std::to_string(call));
    }
};

}  // namespace

TEST_CASE("async transform: results in any order make one output in index order") {
    Kept kept;
    TextSink sink;
    sheaf::PacketCollator collator{kept.transform(), AnySink{std::ref(sink)}};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.submit(packet(1, 1, "b")).accepted());
    CHECK(collator.submit(last_packet(1, 2, "c")).accepted());
    kept.complete("c");
    kept.complete("a");
    CHECK_FALSE(static_cast<bool>(kept.handles.at("a").front()));
    CHECK(sink.size() == 0);
    CHECK(collator.statistics().transforms_in_flight == 1);
    kept.complete("b");
    REQUIRE(sink.completed().size() == 1);
    CHECK(sink.completed().front().output == "a0b0c0");
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("async transform: fail ends the resource with the error") {
    Kept kept;
    TextSink sink;
    sheaf::PacketCollator collator{kept.transform(), AnySink{std::ref(sink)}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    kept.handles.at("a").front().fail(std::make_exception_ptr(std::runtime_error{"remote"}));
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(test::message_of(sink.incomplete().front().error) == "remote");
    CHECK(test::text_of(sink.incomplete().front().payloads.at(0).payload.bytes()) == "a");
}

TEST_CASE("async transform: a dropped completion is an error, never silence") {
    TextSink sink;
    sheaf::PacketCollator at_once{AsyncText{[](Bytes, Handle) {}}, AnySink{std::ref(sink)}};
    CHECK(at_once.submit(last_packet(1, 0, "a")).accepted());
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(test::holds<sheaf::BrokenCompletion>(sink.incomplete().front().error));

    Kept kept;
    sheaf::PacketCollator later{kept.transform(), AnySink{std::ref(sink)}};
    CHECK(later.submit(last_packet(1, 0, "a")).accepted());
    CHECK(sink.size() == 1);
    test::Thread{[&] { kept.handles.clear(); }}.join();
    CHECK(sink.incomplete().size() == 2);
    CHECK(test::is_at_rest(later.statistics()));
}

TEST_CASE("async transform: a throw before the completion is used fails the attempt with that error") {
    TextSink sink;
    sheaf::PacketCollator collator{AsyncText{[](Bytes, Handle) { throw std::runtime_error{"cannot begin"}; }},
                                   AnySink{std::ref(sink)}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(test::message_of(sink.incomplete().front().error) == "cannot begin");
    CHECK(collator.statistics().transform_failures == 1);
}

TEST_CASE("async transform: a throw after the completion was used changes nothing") {
    TextSink sink;
    sheaf::PacketCollator collator{AsyncText{[](Bytes payload, Handle handle) {
                                       handle.complete(test::text_of(payload));
                                       throw std::runtime_error{"too late"};
                                   }},
                                   AnySink{std::ref(sink)}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(sink.completed().size() == 1);
    CHECK(collator.statistics().transform_failures == 0);
}

TEST_CASE("async transform: a throw while somebody still holds the unused completion fails the attempt") {
    std::vector<Handle> kept;
    TextSink sink;
    sheaf::PacketCollator collator{AsyncText{[&](Bytes, Handle handle) {
                                       kept.push_back(std::move(handle));
                                       throw std::runtime_error{"could not send it"};
                                   }},
                                   AnySink{std::ref(sink)}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(test::message_of(sink.incomplete().front().error) == "could not send it");
    kept.clear();
    CHECK(sink.size() == 1);
    CHECK(collator.statistics().transform_failures == 1);
}

TEST_CASE("async transform: a moved completion is the same handle, and move assignment drops the old one") {
    Kept kept;
    TextSink sink;
    sheaf::PacketCollator collator{kept.transform(), AnySink{std::ref(sink)}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(collator.submit(last_packet(2, 0, "b")).accepted());
    Handle a = std::move(kept.handles.at("a").front());
    Handle b = std::move(kept.handles.at("b").front());
    CHECK_FALSE(static_cast<bool>(kept.handles.at("a").front()));
    b = std::move(a);
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(sink.incomplete().front().id == 2);
    b.complete("done");
    REQUIRE(sink.completed().size() == 1);
    CHECK(sink.completed().front().id == 1);
}

TEST_CASE("async transform: over its time it is tried again, and the late result is counted") {
    Kept kept;
    TextSink sink;
    sheaf::PacketCollator collator{
        kept.transform(),
        AnySink{std::ref(sink)},
        {},
        {.transform_timeout = 1s, .transform_attempts = 2, .transform_backoff = test::exact_backoff},
        sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(collator.next_deadline() == test::FakeClock::at() + 1s);
    test::pass(collator, 1s - 1ns);
    CHECK(collator.statistics().transform_failures == 0);
    test::pass(collator, 1ns);
    CHECK(collator.statistics().transform_failures == 1);
    test::pass(collator, 100ms);
    REQUIRE(kept.handles.at("a").size() == 2);
    kept.complete("a", 0);  // the first call, late
    CHECK(sink.size() == 0);
    CHECK(collator.statistics().late_results == 1);
    kept.complete("a", 1);
    REQUIRE(sink.completed().size() == 1);
    CHECK(sink.completed().front().output == "a1");
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("async transform: a retry that replaces the old completion keeps its own") {
    // One slot: storing the new handle destroys that of the attempt that was given up.
    std::optional<Handle> slot;
    TextSink sink;
    sheaf::PacketCollator collator{
        AsyncText{[&](Bytes, Handle handle) { slot = std::move(handle); }},
        AnySink{std::ref(sink)},
        {},
        {.transform_timeout = 1s, .transform_attempts = 2, .transform_backoff = test::exact_backoff},
        sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    test::pass(collator, 1s);
    test::pass(collator, 100ms);
    CHECK(sink.size() == 0);
    CHECK(collator.statistics().transform_failures == 1);
    slot->complete("second");
    REQUIRE(sink.completed().size() == 1);
    CHECK(sink.completed().front().output == "second");
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("async transform: the payload stays valid while the handle exists, and the handle outlives the "
          "collator") {
    std::optional<Handle> kept;
    Bytes bytes;
    TextSink sink;
    {
        sheaf::PacketCollator collator{AsyncText{[&](Bytes payload, Handle handle) {
                                           bytes = payload;
                                           kept.emplace(std::move(handle));
                                       }},
                                       AnySink{std::ref(sink)},
                                       {},
                                       {.destructor_deadline = 1ms}};
        CHECK(collator.submit(last_packet(1, 0, std::string(100, 'a'))).accepted());
    }
    CHECK(sink.incomplete().size() == 1);
    CHECK(test::text_of(bytes) == std::string(100, 'a'));
    kept->complete("too late");
    CHECK(sink.size() == 1);
}

TEST_CASE("async transform: a completion dropped after the collator has gone is harmless") {
    std::optional<Handle> kept;
    TextSink sink;
    {
        sheaf::PacketCollator collator{
            AsyncText{[&](Bytes, Handle handle) { kept.emplace(std::move(handle)); }},
            AnySink{std::ref(sink)},
            sheaf::ThreadPool{1},
            {.transform_attempts = 3, .destructor_deadline = 1ms}};
        CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    }
    kept.reset();
    CHECK(sink.size() == 1);
}

TEST_CASE("async transform: the sink that complete calls may destroy the completion") {
    std::vector<std::unique_ptr<Handle>> kept;
    int events = 0;
    sheaf::PacketCollator collator{
        AsyncText{[&](Bytes, Handle handle) { kept.push_back(std::make_unique<Handle>(std::move(handle))); }},
        AnySink{sheaf::Handlers{[&](const test::TextCompleted&) {
                                    ++events;
                                    kept.clear();
                                },
                                [&](const test::TextIncomplete&) {
                                    ++events;
                                    kept.clear();
                                }}}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    kept.front()->complete("a");
    CHECK(collator.submit(last_packet(2, 0, "a")).accepted());
    kept.front()->fail(nullptr);
    CHECK(events == 2);
}

TEST_CASE("async transform: the last result may destroy the collator from a thread of the host") {
    const test::Watchdog watchdog;
    Signal has_begun;
    std::optional<Handle> kept;
    auto start = [&](Bytes, Handle handle) {
        kept.emplace(std::move(handle));
        has_begun.set();
    };
    std::function<void()> act;
    using Collator = sheaf::PacketCollator<AsyncText, AnySink, sheaf::ThreadPool>;
    auto collator = std::make_unique<Collator>(
        AsyncText{start},
        sheaf::Handlers{[&](const test::TextCompleted&) { act(); }, [](const test::TextIncomplete&) {}},
        sheaf::ThreadPool{1});
    act = [&] { collator.reset(); };
    CHECK(collator->submit(last_packet(1, 0, "a")).accepted());
    CHECK(has_begun.wait());
    test::Thread{[&] { kept->complete("a"); }}.join();
    CHECK(collator == nullptr);
}
