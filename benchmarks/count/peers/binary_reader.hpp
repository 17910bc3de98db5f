#pragma once

#include <count/counting.hpp>
#include <count/frames.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>

namespace sheaf_bench {

// A frame as simple as can be: 4 bytes for the number of bytes that follow, 8 for the seconds, 1 for the size of the
// user, the user, and whatever else there is. Numbers stand as they do in memory.

inline void append_binary(std::string& frames,
                          std::string_view user,
                          std::uint64_t seconds,
                          std::initializer_list<std::string_view> others) {
    std::size_t size = sizeof seconds + 1 + user.size();
    for (const std::string_view other : others) { size += other.size(); }
    const auto size_field = static_cast<std::uint32_t>(size);
    const auto append_number = [&](const auto& number) {
        frames.append(reinterpret_cast<const char*>(&number), sizeof number);
    };
    append_number(size_field);
    append_number(seconds);
    append_number(static_cast<std::uint8_t>(user.size()));
    frames.append(user);
    for (const std::string_view other : others) { frames.append(other); }
}

/// Reads such frames.
class BinaryReader {
public:
    /// Calls `take(element)` for each frame, up to one that is wrong.
    template <class Take>
    void read_all(const FrameBuffer& buffer, Take&& take) {
        std::string_view left = buffer.frames();
        while (left.size() >= head_bytes) {
            std::uint32_t size = 0;
            std::int64_t seconds = 0;
            std::uint8_t user_size = 0;
            std::memcpy(&size, left.data(), sizeof size);
            std::memcpy(&seconds, left.data() + sizeof size, sizeof seconds);
            std::memcpy(&user_size, left.data() + sizeof size + sizeof seconds, sizeof user_size);
            const std::size_t end = sizeof size + size;
            if (end > left.size() || head_bytes + user_size > end) { return; }
            take(element_of(left.substr(head_bytes, user_size), seconds));
            left.remove_prefix(end);
        }
    }

private:
    static constexpr std::size_t head_bytes = 4 + 8 + 1;
};

}  // namespace sheaf_bench
