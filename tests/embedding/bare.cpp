// The library without exceptions and without run-time type information. Ends with 0 if all is as it should be.

#include <sheaf/sheaf.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#    error this program is compiled without exceptions and without run-time type information
#endif

namespace {

int failures = 0;

void expect(bool holds, const char* what) {
    if (!holds) {
        std::printf("failed: %s\n", what);
        ++failures;
    }
}

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Answers with the payload as a text, or drops the completion.
struct Transform {
    using chunk_type = std::string;

    void operator()(std::span<const std::byte> payload, sheaf::Completion<std::string> completion) const {
        auto text = text_of(payload);
        if (text != "dropped") { completion.complete(std::move(text)); }
    }
};

void collate() {
    sheaf::CollectingSink<std::string> sink;
    sheaf::PacketCollator collator{Transform{}, std::ref(sink), sheaf::ThreadPool{2}};

    sheaf::Packet<> packets[] = {
        {.resource_id = 1, .index = 2, .payload = "c", .last = true},
        {.resource_id = 1, .index = 0, .payload = "a"},
        {.resource_id = 1, .index = 0, .payload = "a"},
        {.resource_id = 2, .index = 0, .payload = "dropped", .last = true},
        {.resource_id = 3, .index = 1, .payload = "a gap"},
    };
    std::array<sheaf::Outcome, 5> outcomes;
    const auto counts = collator.submit(packets, outcomes);
    expect(counts.accepted == 4 && counts.duplicate == 1, "outcomes of a batch");
    expect(outcomes[2] == sheaf::Outcome{sheaf::Verdict::duplicate}, "outcome of a duplicate");
    expect(collator.submit({.resource_id = 1, .index = 1, .payload = "b"}).accepted(), "outcome of a packet");

    expect(collator.drain(std::chrono::seconds{30}).status == sheaf::DrainStatus::finished, "drain");
    expect(collator.submit({.resource_id = 4}).reason() == sheaf::Rejection::shutting_down, "closed intake");

    const auto completed = sink.completed();
    expect(completed.size() == 1 && completed.front().id == 1 && completed.front().output == "abc", "order");
    const auto incomplete = sink.incomplete();
    expect(incomplete.size() == 2, "incomplete resources");
    for (const auto& event : incomplete) {
        if (event.id == 2) {
            expect(event.reason == sheaf::IncompleteReason::transform_failed,
                   "reason of a dropped completion");
            expect(event.payloads.size() == 1 && text_of(event.payloads.front().payload.bytes()) == "dropped",
                   "payload of a dropped completion");
        } else {
            expect(event.reason == sheaf::IncompleteReason::drained, "reason of a gap");
            expect(event.missing == std::vector<sheaf::IndexRange>{{.first = 0, .last = 0}}, "gap");
        }
    }
}

void run_tasks() {
    std::string text;
    sheaf::InlineExecutor{}.execute([&] { text += "inline"; });
    sheaf::ManualExecutor manual;
    manual.execute([&] { text += " manual"; });
    expect(text == "inline" && manual.run_one() && !manual.run_one() && text == "inline manual", "executors");
}

void collate_chunks() {
    std::vector<std::string> chunks{"a", "b"};
    sheaf::KeepChunks::NoPrefix nothing;
    expect(sheaf::KeepChunks::finish(nothing, std::span{chunks}) == std::vector<std::string>{"a", "b"},
           "KeepChunks");
    std::vector<int> numbers{1, 2};
    sheaf::Fold<int, std::plus<>>::NoPrefix no_sum;
    expect(sheaf::Fold<int, std::plus<>>::finish(no_sum, std::span{numbers}) == 3, "Fold");
    std::string prefix{"a"};
    std::string chunk{"b"};
    expect(sheaf::Concatenate::append(prefix, chunk) && prefix == "ab", "Concatenate");
}

}  // namespace

int main() {
    collate();
    run_tasks();
    collate_chunks();
    return failures == 0 ? 0 : 1;
}
