#pragma once

#include <sheaf/config.hpp>
#include <sheaf/json/detail/decode_escape.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

/// What is meant by the text between the quotes of a JSON string: puts it into `decoded`, as UTF-8. Returns false where it has
/// an escape that there is not, or half of a surrogate pair. What is in `decoded` is of no use then. Bytes that are not escaped are
/// taken as they are.
///
/// Throws: `std::bad_alloc`. Complexity: linear.
[[nodiscard]] inline bool decode_json_string(std::string_view text, std::string& decoded) {
    decoded.clear();
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t next = (std::min)(text.find('\\', at), text.size());
        decoded.append(text, at, next - at);
        if (next == text.size()) { break; }
        const detail::DecodedEscape escape = detail::decode_escape(text, next);
        if (escape.size == 0) { return false; }
        decoded.append(escape.utf8());
        at = next + escape.size;
    }
    return true;
}

SHEAF_NAMESPACE_END
