// What does it cost to count frames that are written as JSON, beside frames in a binary form?

#include <count/counting.hpp>
#include <count/frames.hpp>
#include <count/measure_frames.hpp>
#include <count/peers/all.hpp>
#include <count/peers/binary_reader.hpp>
#include <count/reference.hpp>
#include <support/registration.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace sheaf_bench;

/// Frames that come of those in JSON: `append(frames, line, fields)` puts one behind the others. They have room in so
/// many bytes.
template <class Append>
FrameBuffer made_of_json(std::size_t bytes, Append append) {
    std::string frames;
    frames.reserve(bytes + FrameBuffer::padding);
    for_each_line(json_frames().frames(),
                  [&](std::string_view line) { append(frames, line, read_by_bytes(line)); });
    return FrameBuffer{std::move(frames)};
}

const FrameBuffer& whole_json() { return json_frames(); }

/// Room for frames that have nothing but user and time, in either form.
std::size_t reduced_bytes() { return 64 * expected_elements().size(); }

/// The other members follow, as they are in the line: the same bytes but for the names `uid` and `ts`.
const FrameBuffer& whole_binary() {
    static const FrameBuffer made =
        made_of_json(json_frames().frames().size(),
                     [](std::string& frames, std::string_view line, const ReferenceFields& fields) {
                         append_binary(frames, fields.user, fields.seconds,
                                       {line.substr(0, fields.begin), line.substr(fields.end)});
                     });
    return made;
}

const FrameBuffer& reduced_json() {
    static const FrameBuffer made = made_of_json(
        reduced_bytes(), [](std::string& frames, std::string_view, const ReferenceFields& fields) {
            frames.append(R"({"ts":)").append(std::to_string(fields.seconds));
            frames.append(R"(,"uid":")").append(fields.user).append("\"}\n");
        });
    return made;
}

const FrameBuffer& reduced_binary() {
    static const FrameBuffer made = made_of_json(
        reduced_bytes(), [](std::string& frames, std::string_view, const ReferenceFields& fields) {
            append_binary(frames, fields.user, fields.seconds, {});
        });
    return made;
}

template <class Reader>
void add(const std::string& name, const FrameBuffer& (*buffer)()) {
    add_benchmark("frame_format/" + name, [buffer](benchmark::State& state) {
        const FrameBuffer& frames = buffer();
        const auto count = static_cast<double>(expected_elements().size());
        Reader reader;
        const auto pass = [&](AllPeriods& counter) {
            reader.read_all(frames, [&](const sheaf::WindowElement& element) { counter.take(element); });
        };
        measure_frames<AllPeriods>(state, expected_elements().size(), frames.frames().size(), pass,
                                   expected_outcome<AllPeriods>());
        state.counters["bytes_per_frame"] = static_cast<double>(frames.frames().size()) / count;
    });
}

[[maybe_unused]] const bool added = [] {
    add<BinaryReader>("whole/binary", whole_binary);
    add<BinaryReader>("reduced/binary", reduced_binary);
    for_each_reader([]<class Reader>(const std::string& name) {
        add<Reader>("whole/" + name, whole_json);
        add<Reader>("reduced/" + name, reduced_json);
    });
    return true;
}();

}  // namespace
