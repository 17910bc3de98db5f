#pragma once

#include "harness.hpp"

#include <sheaf/connect/json_read_error.hpp>
#include <sheaf/connect/json_scan.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace fuzz {

/// The error is of the text as JSON, not of what stands in it.
[[nodiscard]] inline bool is_syntax(sheaf::JsonError error) noexcept {
    using sheaf::JsonError;
    return error == JsonError::malformed || error == JsonError::invalid_utf8 ||
           error == JsonError::too_deep || error == JsonError::trailing_content;
}

/// An error is at a place within the text, and the plain scan has the same opinion of the text. `message` is the
/// reader's.
inline void check_place(std::string_view text,
                        const sheaf::JsonReadStatus& status,
                        const std::string& message) {
    using sheaf::JsonError;
    const bool is_known = status.offset != sheaf::JsonReadStatus::no_offset;
    if (is_known == (status.error == JsonError::missing_field)) { fail("a place, or none: " + message); }
    // Only a text that ends too early is wrong at its end.
    if (is_known && status.offset >= text.size() + (status.error == JsonError::malformed ? 1U : 0U)) {
        fail("the place is outside the text: " + message);
    }
    struct {
        void member(std::size_t, std::size_t, std::size_t) const noexcept {}
        void number(std::size_t, std::size_t, bool) const noexcept {}
    } ignore;
    const auto fault = sheaf::detail::JsonScan{text, ignore}.run();
    if ((fault.kind != sheaf::detail::JsonFault::Kind::none) != is_syntax(status.error)) {
        fail("the scan disagrees: " + message + " and " + std::string{fault.text});
    }
}

}  // namespace fuzz
