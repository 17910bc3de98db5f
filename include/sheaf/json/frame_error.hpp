#pragma once

#include <sheaf/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

/// What is wrong with a text that was to be one JSON object with two members.
enum class FrameError : std::uint8_t {
    none,              ///< Nothing.
    not_an_object,     ///< It does not begin with `{`.
    missing_key,       ///< The object has no member of this name; the offset is the end of the text.
    repeated_key,      ///< It has two of them (strict).
    wrong_type,        ///< The value is neither a string nor a number.
    malformed,         ///< Something that cannot be there, or the end where something is missing.
    unbalanced,        ///< A bracket that closes another kind, or none; or one that is never closed (strict).
    too_deep,          ///< Nested deeper than `max_depth` (strict).
    trailing_content,  ///< Something follows the object (strict).
    control_character,  ///< A byte below 0x20 in a string (strict).
    invalid_escape,     ///< A backslash before something that it does not escape.
    invalid_utf8,       ///< Bytes that are not UTF-8 (strict).
};

/// The enumerator's own name, for logs and metrics.
[[nodiscard]] constexpr std::string_view to_string(FrameError error) noexcept {
    switch (error) {
    case FrameError::none: return "none";
    case FrameError::not_an_object: return "not_an_object";
    case FrameError::missing_key: return "missing_key";
    case FrameError::repeated_key: return "repeated_key";
    case FrameError::wrong_type: return "wrong_type";
    case FrameError::malformed: return "malformed";
    case FrameError::unbalanced: return "unbalanced";
    case FrameError::too_deep: return "too_deep";
    case FrameError::trailing_content: return "trailing_content";
    case FrameError::control_character: return "control_character";
    case FrameError::invalid_escape: return "invalid_escape";
    case FrameError::invalid_utf8: return "invalid_utf8";
    }
    return "unknown";
}

/// How reading a frame ended: `none`, or an error and where it is.
///
/// Thread safety: a plain value.
struct [[nodiscard]] FrameStatus {
    /// What is wrong.
    FrameError error = FrameError::none;
    /// The byte at which that shows.
    std::size_t offset = 0;

    /// Nothing is wrong.
    [[nodiscard]] constexpr bool ok() const noexcept { return error == FrameError::none; }
    /// `byte 12: unbalanced`; empty where nothing is wrong. Throws: `std::bad_alloc`.
    [[nodiscard]] std::string message() const {
        return ok() ? std::string{} : "byte " + std::to_string(offset) + ": " + std::string{to_string(error)};
    }
    /// The same error at the same place.
    friend constexpr bool operator==(const FrameStatus&, const FrameStatus&) noexcept = default;
};

SHEAF_NAMESPACE_END
