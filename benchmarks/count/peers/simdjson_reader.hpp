#pragma once

#include <count/counting.hpp>
#include <count/frames.hpp>

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sheaf_bench {

static_assert(FrameBuffer::padding >= simdjson::SIMDJSON_PADDING);

/// Walks over the members of a document of simdjson On-Demand, until it has both.
template <class Document>
[[nodiscard]] std::optional<sheaf::WindowElement> element_of_document(Document& document) {
    simdjson::ondemand::object object;
    if (document.get_object().get(object) != simdjson::SUCCESS) { return std::nullopt; }
    std::optional<std::string_view> user;
    std::optional<std::int64_t> seconds;
    for (auto field : object) {
        simdjson::ondemand::raw_json_string key;
        if (field.key().get(key) != simdjson::SUCCESS) { return std::nullopt; }
        if (key == "uid") {
            if (field.value().get_string().get(user.emplace()) != simdjson::SUCCESS) { return std::nullopt; }
        } else if (key == "ts") {
            if (field.value().get_int64().get(seconds.emplace()) != simdjson::SUCCESS) {
                return std::nullopt;
            }
        } else {
            continue;
        }
        if (user && seconds) { return element_of(*user, *seconds); }
    }
    return std::nullopt;
}

/// Line by line. All lines have the room behind them that simdjson asks for: it is the next one.
class SimdjsonLines {
public:
    /// Calls `take(element)` for each frame that can be read.
    template <class Take>
    void read_all(const FrameBuffer& buffer, Take&& take) {
        for_each_line(buffer.frames(), [&](std::string_view line) {
            simdjson::ondemand::document document;
            const simdjson::padded_string_view text{line.data(), line.size(), buffer.readable(line.data())};
            if (parser_.iterate(text).get(document) != simdjson::SUCCESS) { return; }
            if (const auto element = element_of_document(document)) { take(*element); }
        });
    }

private:
    simdjson::ondemand::parser parser_;
};

/// All lines at once: simdjson indexes a megabyte at a time and finds by itself where frames end. One thread: by
/// default there would be a second one.
class SimdjsonStream {
public:
    SimdjsonStream() {
#ifdef SIMDJSON_THREADS_ENABLED
        parser_.threaded = false;
#endif
    }

    /// Calls `take(element)` for each frame that can be read.
    template <class Take>
    void read_all(const FrameBuffer& buffer, Take&& take) {
        simdjson::ondemand::document_stream stream;
        const std::string_view frames = buffer.frames();
        if (parser_.iterate_many(frames.data(), frames.size(), batch_bytes).get(stream) !=
            simdjson::SUCCESS) {
            return;
        }
        for (auto document : stream) {
            if (const auto element = element_of_document(document)) { take(*element); }
        }
    }

private:
    static constexpr std::size_t batch_bytes = 1'000'000;  // its default
    simdjson::ondemand::parser parser_;
};

}  // namespace sheaf_bench
