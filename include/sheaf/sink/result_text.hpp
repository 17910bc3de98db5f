#pragma once

#include <sheaf/config.hpp>
#include <sheaf/events.hpp>
#include <sheaf/sink/detail/text_format.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

// The text forms of results, as all sinks and connectors write them.

namespace detail {

/// A class, because compilers put off the body of a function until after the errors that this message explains.
template <class T>
struct RequireNumbers {
    static_assert(NumberRange<T>,
                  "sheaf: the text form of a result needs outputs and chunks that are ranges of "
                  "integers (std::byte included, characters and bool not)");
};

template <class Numbers>
void append_json_array(std::string& out, const Numbers& numbers) {
    static_cast<void>(RequireNumbers<Numbers>{});
    out += '[';
    if (append_numbers(out, numbers, ',')) {
        out.back() = ']';
    } else {
        out += ']';
    }
}

/// Integers as numbers, all other ids as the string of their `id_text`.
template <class Id>
void append_json_id(std::string& out, const Id& id) {
    if constexpr (NumberLike<Id>) {
        append_number(out, id);
    } else if constexpr (std::convertible_to<const Id&, std::string_view>) {
        append_json_string(out, std::string_view{id});
    } else {
        append_json_string(out, id_text(id));
    }
}

/// Appends `"index":` for the members of the objects that have indices as keys.
inline void append_json_index(std::string& out, std::uint64_t index, bool& first) {
    if (!first) { out += ','; }
    first = false;
    out += '"';
    append_number(out, index);
    out += "\":";
}

}  // namespace detail

/// Appends one integer a line, each line ended by a newline; nothing for an empty output. The output must be a range of
/// integers (of `std::byte` too, printed as 0 to 255); for others write a sink of your own.
///
/// Thread safety: distinct strings may be used concurrently.
/// Throws: `std::bad_alloc`; part of the text may be in `out` then.
/// Complexity: linear.
template <class Output>
void append_lines(std::string& out, const Output& output) {
    static_cast<void>(detail::RequireNumbers<Output>{});
    static_cast<void>(detail::append_numbers(out, output, '\n'));
}

/// Appends `{"resource_id":...,"output":[...],"delivery_id":"..."}`, without a newline. Ids that are
/// integers are numbers, others strings (bytes in them that are not UTF-8 become U+FFFD). The output must be as
/// `append_lines` wants it.
///
/// Thread safety: distinct strings may be used concurrently.
/// Throws: `std::bad_alloc`; part of the text may be in `out` then.
/// Complexity: linear.
template <class Output, class Id>
void append_json(std::string& out, const Completed<Output, Id>& event) {
    out += R"({"resource_id":)";
    detail::append_json_id(out, event.id);
    out += R"(,"output":)";
    detail::append_json_array(out, event.output);
    out += R"(,"delivery_id":)";
    detail::append_json_string(out, event.delivery_id());
    out += '}';
}

/// Appends what an incomplete resource has left, without a newline and in one line:
///
///     {"resource_id":...,"reason":"...","missing":[[first,last],...],"last_index":n or null,
///      "output":[...],"chunks":{"index":[...]},"payloads":{"index":"base64"},"delivery_id":"..."}
///
/// Ids are as in the other form. Output and chunks must be as `append_lines` wants them.
///
/// Thread safety: distinct strings may be used concurrently.
/// Throws: `std::bad_alloc`; part of the text may be in `out` then.
/// Complexity: linear.
template <class Output, class Id, class Chunk>
void append_json(std::string& out, const Incomplete<Output, Id, Chunk>& event) {
    out += R"({"resource_id":)";
    detail::append_json_id(out, event.id);
    out += R"(,"reason":")";
    out += to_string(event.reason);
    out += R"(","missing":[)";
    bool first = true;
    for (const IndexRange& range : event.missing) {
        out += first ? "[" : ",[";
        first = false;
        detail::append_number(out, range.first);
        out += ',';
        detail::append_number(out, range.last);
        out += ']';
    }
    out += R"(],"last_index":)";
    if (event.last_index) {
        detail::append_number(out, *event.last_index);
    } else {
        out += "null";
    }
    out += R"(,"output":)";
    detail::append_json_array(out, event.output);
    out += R"(,"chunks":{)";
    first = true;
    for (const IndexedChunk<Chunk>& chunk : event.chunks) {
        detail::append_json_index(out, chunk.index, first);
        detail::append_json_array(out, chunk.chunk);
    }
    out += R"(},"payloads":{)";
    first = true;
    for (const IndexedPayload& payload : event.payloads) {
        detail::append_json_index(out, payload.index, first);
        out += '"';
        detail::append_base64(out, payload.payload.bytes());
        out += '"';
    }
    out += R"(},"delivery_id":)";
    detail::append_json_string(out, event.delivery_id());
    out += '}';
}

SHEAF_NAMESPACE_END
