#pragma once

#include <sheaf/config.hpp>
#include <sheaf/connect/json_read_error.hpp>
#include <sheaf/connect/json_scan.hpp>
#include <sheaf/detail/throw.hpp>

#include <simdjson.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// simdjson for one text after the other, with the memory for that: after a text far above the usual size it is
/// freed again.
///
/// Thread safety: one object, one thread at a time.
class JsonParser {
public:
    /// How many bytes behind a text must be readable.
    static constexpr std::size_t padding = simdjson::SIMDJSON_PADDING;

    /// A copy of `text` with the padding behind it, valid until the next call.
    ///
    /// Throws: `std::bad_alloc`.
    [[nodiscard]] std::string_view pad(std::string_view text) {
        if (copy_.size() > usual_size && text.size() <= usual_size - padding) {
            std::vector<char>{}.swap(copy_);
        }
        copy_.resize(text.size() + padding);
        std::copy(text.begin(), text.end(), copy_.begin());
        return {copy_.data(), text.size()};
    }

    /// Gets ready for a text of `size` bytes. True where it has freed what a longer text left: the time to do so with
    /// all else that grew with that one.
    ///
    /// Throws: `std::bad_alloc`.
    bool prepare(std::size_t size) {
        const bool shrinks = parser_.capacity() > usual_size && size <= usual_size;
        if (shrinks) { parser_ = simdjson::dom::parser{}; }
        if (parser_.capacity() < size || parser_.capacity() == 0) {
            // One deeper than the limit: simdjson counts the level that it refuses.
            check(parser_.allocate((std::max)(size, std::size_t{4096}), json_scan_depth + 1));
        }
        return shrinks;
    }

    /// Parses a padded text for which it is prepared. `root` is valid until the next call.
    ///
    /// Throws: `std::bad_alloc`.
    [[nodiscard]] simdjson::error_code parse(std::string_view text, simdjson::dom::element& root) {
        return check(parser_.parse(text.data(), text.size(), false).get(root));
    }

private:
    /// Buffers for texts above this size are freed before the next one that is below.
    static constexpr std::size_t usual_size = std::size_t{1} << 20U;

    /// simdjson says as a value that it has found no memory.
    static simdjson::error_code check(simdjson::error_code error) {
        if (error == simdjson::MEMALLOC) { throw_bad_alloc(); }
        return error;
    }

    simdjson::dom::parser parser_{};
    std::vector<char> copy_{};
};

/// A natural number of 64 bits, or what is wrong with the value instead of it. (Integers with more bits never come
/// here: simdjson refuses the whole text.)
[[nodiscard]] inline JsonReadStatus read_natural(simdjson::dom::element value,
                                                 std::string_view field,
                                                 std::uint64_t& out) noexcept {
    if (value.get(out) == simdjson::SUCCESS) { return {}; }
    if (value.is_int64()) { return {JsonError::negative, field, "must not be negative"}; }
    if (value.is_double()) {
        return {JsonError::not_an_integer, field, "must be an integer without fraction or exponent"};
    }
    return {JsonError::wrong_type, field, "must be a number"};
}

}  // namespace detail

SHEAF_NAMESPACE_END
