#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/always_inline.hpp>
#include <sheaf/json/detail/decode_escape.hpp>
#include <sheaf/json/detail/json_masks.hpp>
#include <sheaf/json/detail/string_state.hpp>
#include <sheaf/json/frame_error.hpp>
#include <sheaf/json/root_pair.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

namespace detail {

[[nodiscard]] constexpr bool is_json_space(char letter) noexcept {
    return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}

/// What is where in one block of a frame.
struct JsonBlock {
    std::size_t at = 0;            ///< Where it begins.
    int depth = 0;                 ///< How deep its first byte is nested.
    std::uint64_t escaped = 0;     ///< See `StringState`.
    std::uint64_t inside = 0;      ///< The same.
    std::uint64_t opens = 0;       ///< Brackets that open, outside of strings.
    std::uint64_t closes = 0;      ///< Those that close.
    std::uint64_t candidates = 0;  ///< Quotes that may open one of the two keys at the root.

    [[nodiscard]] std::size_t place(std::uint64_t bits) const noexcept {
        return at + static_cast<std::size_t>(std::countr_zero(bits));
    }
};

/// One frame while it is read, block by block: where the members of its root are, and what their keys are.
class FrameScan {
public:
    FrameScan(std::string_view frame, std::string_view first, std::string_view second) noexcept
        : frame_{frame}
        , keys_{first, second}
        , letters_{first.front(), second.front()} {
        skip_spaces(next_);
        if (next_ == frame_.size() || frame_[next_] != '{') { fail(FrameError::not_an_object, next_); }
    }

    [[nodiscard]] KeyLetters letters() const noexcept { return letters_; }
    [[nodiscard]] const RootPair& pair() const noexcept { return pair_; }
    [[nodiscard]] bool has_failed() const noexcept { return !pair_.status.ok(); }

    /// The next block; null after the last. What is beyond the frame are spaces.
    SHEAF_ALWAYS_INLINE const char* next_block() noexcept {
        at_ = next_;
        if (at_ >= frame_.size()) { return nullptr; }
        next_ += json_block_bytes;
        return next_ <= frame_.size() ? frame_.data() + at_ : last_block();
    }

    /// The quotes of a block that has been read, without the escaped ones.
    SHEAF_ALWAYS_INLINE std::uint64_t quotes(const JsonMasks& masks) noexcept {
        escaped_ = strings_.escaped(masks.backslashes);
        return masks.quotes & ~escaped_;
    }
    /// That block. `parity`: at each place the parity of the quotes up to it.
    SHEAF_ALWAYS_INLINE JsonBlock enter(const JsonMasks& masks,
                                        std::uint64_t quotes,
                                        std::uint64_t parity) noexcept {
        JsonBlock block;
        block.at = at_;
        block.escaped = escaped_;
        block.inside = strings_.inside(parity);
        block.opens = masks.opens & ~block.inside;
        block.closes = masks.closes & ~block.inside;
        block.depth = depth_;
        const int closed = std::popcount(block.closes);
        depth_ += std::popcount(block.opens) - closed;
        // The last byte is followed by one that is not here.
        constexpr std::uint64_t last = std::uint64_t{1} << 63U;
        const std::uint64_t begins = (masks.letters | masks.backslashes) >> 1U | last;
        block.candidates = block.depth <= closed + 1 ? quotes & block.inside & begins : 0;
        return block;
    }

    /// Looks which of the candidates open one of the keys at the root. Returns whether there is nothing more to find: both keys
    /// are there, the object has ended, or something is wrong.
    template <bool Strict>
    SHEAF_ALWAYS_INLINE bool take(const JsonBlock& block) noexcept {
        std::uint64_t candidates = block.candidates;
        if constexpr (!Strict) {
            if (block.depth <= std::popcount(block.closes)) {
                candidates &= before_end(block.depth, block.opens, block.closes);
            }
        }
        for (; candidates != 0; candidates &= candidates - 1) {
            const auto bit = static_cast<unsigned>(std::countr_zero(candidates));
            const std::uint64_t below = (std::uint64_t{1} << bit) - 1;
            if (block.depth + std::popcount(block.opens & below) - std::popcount(block.closes & below) != 1) {
                continue;
            }
            if (take_key<Strict>(block.at + bit)) { return true; }
        }
        return !Strict && has_ended_;
    }

    [[nodiscard]] bool ends_in_string() const noexcept { return strings_.ends_inside(); }
    [[nodiscard]] std::string_view frame() const noexcept { return frame_; }

    /// An error, if it is the first.
    void fail(FrameError error, std::size_t offset) noexcept {
        if (pair_.status.ok()) { pair_.status = {error, (std::min)(offset, frame_.size())}; }
    }
    /// All has been read: both keys must have been found.
    void end() noexcept {
        if (found_ != 3) { fail(FrameError::missing_key, frame_.size()); }
    }

private:
    const char* last_block() noexcept {
        const std::size_t size = frame_.size() - at_;
        std::memcpy(last_, frame_.data() + at_, size);
        std::memset(last_ + size, ' ', sizeof last_ - size);
        return last_;
    }

    /// The bits before the bracket that ends the root, in a block that may have it.
    std::uint64_t before_end(int depth, std::uint64_t opens, std::uint64_t closes) noexcept {
        for (std::uint64_t brackets = opens | closes; brackets != 0; brackets &= brackets - 1) {
            const std::uint64_t bit = brackets & (~brackets + 1);
            depth += (opens & bit) != 0 ? 1 : -1;
            if (depth <= 0) {
                has_ended_ = true;
                return bit - 1;
            }
        }
        return ~std::uint64_t{0};
    }

    /// The string that this quote opens may be a key. Returns whether there is nothing more to find.
    template <bool Strict>
    bool take_key(std::size_t quote) noexcept {
        for (unsigned which = 0; which < 2; ++which) {
            std::size_t at = end_of_key(quote + 1, keys_[which]);
            if (at == 0) { continue; }
            skip_spaces(at);
            if (at == frame_.size() || frame_[at] != ':') { return false; }  // a value
            skip_spaces(++at);
            if ((found_ & 1U << which) != 0) {
                if constexpr (Strict) { fail(FrameError::repeated_key, quote); }
                return Strict;
            }
            found_ |= 1U << which;
            take_value(which == 0 ? pair_.first : pair_.second, at);
            return has_failed() || (!Strict && found_ == 3);
        }
        return false;
    }

    /// Behind the closing quote, if the string that begins here is the key; else 0.
    [[nodiscard]] std::size_t end_of_key(std::size_t at, std::string_view key) const noexcept {
        if (frame_.size() - at > key.size() && frame_[at + key.size()] == '"' &&
            std::memcmp(frame_.data() + at, key.data(), key.size()) == 0) {
            return at + key.size() + 1;
        }
        for (std::size_t matched = 0; at < frame_.size();) {
            if (frame_[at] == '"') { return matched == key.size() ? at + 1 : 0; }
            if (frame_[at] == '\\') {
                const DecodedEscape escape = decode_escape(frame_, at);
                if (escape.size == 0 || key.substr(matched, escape.utf8().size()) != escape.utf8()) {
                    return 0;
                }
                matched += escape.utf8().size();
                at += escape.size;
            } else {
                if (matched == key.size() || frame_[at] != key[matched]) { return 0; }
                ++matched;
                ++at;
            }
        }
        return 0;
    }

    void take_value(RootValue& value, std::size_t at) noexcept {
        const std::size_t begin = at;
        const auto end_of_frame = frame_.size();
        if (at == end_of_frame) { return fail(FrameError::malformed, at); }
        if (frame_[at] == '"') {
            ++at;
            for (; at < end_of_frame && frame_[at] != '"'; ++at) {
                if (frame_[at] == '\\') {
                    value.has_escapes = true;
                    ++at;
                }
            }
            if (at >= end_of_frame) { return fail(FrameError::malformed, end_of_frame); }
            value.is_string = true;
            value.text = frame_.substr(begin + 1, at - begin - 1);
            return;
        }
        const auto is_of_number = [](char letter) {
            return (letter >= '0' && letter <= '9') || letter == '-' || letter == '+' || letter == '.' ||
                   letter == 'e' || letter == 'E';
        };
        while (at < end_of_frame && is_of_number(frame_[at])) { ++at; }
        if (at == begin) { return fail(FrameError::wrong_type, at); }
        if (at < end_of_frame && !is_json_space(frame_[at]) && frame_[at] != ',' && frame_[at] != '}') {
            return fail(FrameError::malformed, at);
        }
        value.text = frame_.substr(begin, at - begin);
    }

    void skip_spaces(std::size_t& at) const noexcept {
        while (at < frame_.size() && is_json_space(frame_[at])) { ++at; }
    }

    std::string_view frame_;
    std::string_view keys_[2];
    KeyLetters letters_;
    StringState strings_;
    std::size_t at_ = 0;    // of the block that is read
    std::size_t next_ = 0;  // of the one after it
    int depth_ = 0;         // behind the block that was read last
    std::uint64_t escaped_ = 0;
    unsigned found_ = 0;
    bool has_ended_ = false;
    RootPair pair_;
    char last_[json_block_bytes];
};

}  // namespace detail

SHEAF_NAMESPACE_END
