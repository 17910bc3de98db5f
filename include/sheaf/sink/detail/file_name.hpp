#pragma once

#include <sheaf/config.hpp>
#include <sheaf/sink/detail/sha256.hpp>

#include <cstddef>
#include <string>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Ids whose encoded form is longer than this are cut and hashed. With the longest suffix
/// (".incomplete.json") it stays well below the 255 bytes that file systems allow.
inline constexpr std::size_t longest_plain_name = 200;

[[nodiscard]] constexpr bool stands_for_itself(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

/// A file name (without suffix) for the text of an id, whatever bytes that has.
///
/// Letters, digits, '_', '-' and '.' stay as they are, except a '.' at the beginning (dot files are the
/// temporary ones; "." and ".." are directories). Every other byte becomes '%' and two upper case
/// hexadecimal digits, so a name never holds a slash or a NUL and never leaves its directory.
///
/// Distinct ids have distinct names: the encoding can be reversed, and what it cannot express stands behind a
/// '%' that no two hexadecimal digits follow: "%empty" for the empty id, and for long ones the first part
/// of the encoding, "%long-" and the SHA-256 of the id. For the latter "distinct" is as certain as that hash.
///
/// On a file system that ignores case, ids that differ in nothing but case share a file; on Linux none does
/// unless asked to. Encoding upper case letters too would make that safe and all names on all others worse.
///
/// Throws: `std::bad_alloc`. Complexity: linear.
[[nodiscard]] inline std::string file_name_of(std::string_view id) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    constexpr std::size_t kept_of_long = 100;
    if (id.empty()) { return "%empty"; }
    std::string name;
    name.reserve(id.size());
    for (const char c : id) {
        if (stands_for_itself(c) && !(c == '.' && name.empty())) {
            name += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            name += '%';
            name += hex[byte >> 4U];
            name += hex[byte & 15U];
        }
        if (name.size() > longest_plain_name) {
            name.resize(kept_of_long);
            name += "%long-";
            name += Sha256::hex(id);
            return name;
        }
    }
    return name;
}

}  // namespace detail

SHEAF_NAMESPACE_END
