#pragma once

#include <sheaf/config.hpp>
#include <sheaf/json/frame_error.hpp>

#include <cstddef>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

/// The value of a member, as it is written.
struct RootValue {
    /// Its text: of a string what is between the quotes, with its escapes. It is a part of the frame.
    std::string_view text{};
    /// It is a string; else a number, whose form has not been looked at.
    bool is_string = false;
    /// There are backslashes in it: `decode_string` makes of it what is meant.
    bool has_escapes = false;
};

/// The values of two members of one object.
///
/// Thread safety: a plain value; the texts are those of the frame.
struct RootPair {
    /// Where it is not `ok`, the values are of no use.
    FrameStatus status{};
    RootValue first{};   ///< The value of the first key.
    RootValue second{};  ///< The value of the second one.
};

SHEAF_NAMESPACE_END
