#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace driver {

// How generated lines are put together: each function writes to `out`, where there must be room, and returns its end.

[[nodiscard]] inline char* write_text(char* out, std::string_view text) noexcept {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

[[nodiscard]] inline char* write_number(char* out, std::uint64_t number) noexcept {
    constexpr int most_digits = 20;
    return std::to_chars(out, out + most_digits, number).ptr;
}

}  // namespace driver
