#pragma once

#include "line_text.hpp"
#include "packet_order.hpp"
#include "random.hpp"
#include "word_list.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace driver {

/// Room that the line of any packet of a stream has in.
[[nodiscard]] constexpr std::size_t packet_text_bound(const StreamShape& shape) noexcept {
    constexpr std::size_t frame = 160;
    return frame + std::size_t{shape.max_words} * (max_word + 2) + max_word;
}

/// Writes packets as lines of JSON.
class PacketText {
public:
    explicit PacketText(const StreamShape& shape) noexcept
        : shape_{shape} {}

    /// Writes the packet's line, end included, to `out`, where there is room for `packet_text_bound`; returns its end.
    [[nodiscard]] char* write(char* out, const PacketPlace& place) const noexcept {
        out = write_text(out, R"({"resource_id":)");
        out = write_number(out, place.resource_id);
        out = write_text(out, R"(,"packet_index":)");
        out = write_number(out, shape_.first_index + place.number);
        out = write_text(out, R"(,"payload":")");
        out = payload(out, place);
        return write_text(out,
                          place.last ? "\",\"last_chunk_flag\":true}\n" : "\",\"last_chunk_flag\":false}\n");
    }

private:
    /// Words from the list with a space between two of them, or in one case of 64 two spaces.
    [[nodiscard]] char* payload(char* out, const PacketPlace& place) const noexcept {
        static_assert(words.size() == 128);
        Random random{mix(mix(shape_.seed ^ 0xBADE5U) ^ place.resource_id) + place.number};
        std::uint32_t left = random.below(shape_.max_words) + 1;
        while (true) {
            std::uint64_t bits = random.next();
            for (int draws = 0; draws < 4; ++draws, bits >>= 13U) {
                const std::string_view word = words[bits & 127U];
                // A fixed size is faster than the word's; what is too much is overwritten.
                std::memcpy(out, padded_[bits & 127U], max_word);
                out += word.size();
                if (--left == 0) { return out; }
                out[0] = ' ';
                out[1] = ' ';
                out += (bits >> 7U & 63U) == 0 ? 2 : 1;
            }
        }
    }

    struct Padded {
        char text[words.size()][max_word];
        constexpr const char* operator[](std::size_t i) const noexcept { return text[i]; }
    };
    static constexpr Padded padded_ = [] {
        Padded padded{};
        for (std::size_t i = 0; i < words.size(); ++i) {
            for (std::size_t j = 0; j < words[i].size(); ++j) { padded.text[i][j] = words[i][j]; }
        }
        return padded;
    }();

    StreamShape shape_;
};

}  // namespace driver
