#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/always_inline.hpp>
#include <sheaf/detail/load_word.hpp>
#include <sheaf/json/detail/decode_escape.hpp>
#include <sheaf/json/detail/json_masks.hpp>
#include <sheaf/json/detail/root_key.hpp>
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
    std::size_t at;            ///< Where it begins.
    int depth;                 ///< How deep its first byte is nested.
    std::uint64_t escaped;     ///< See `StringState`.
    std::uint64_t inside;      ///< The same.
    std::uint64_t opens;       ///< Brackets that open, outside of strings.
    std::uint64_t closes;      ///< Those that close.
    std::uint64_t candidates;  ///< Quotes that may open one of the two keys at the root.

    [[nodiscard]] std::size_t place(std::uint64_t bits) const noexcept {
        return at + static_cast<std::size_t>(std::countr_zero(bits));
    }
};

/// The quotes that one of the bytes follows: `firsts`, with which keys may begin.
[[nodiscard]] constexpr std::uint64_t key_begins(std::uint64_t firsts) noexcept {
    return firsts >> 1U | std::uint64_t{1} << 63U;  // the last byte is followed by one that is not here
}

/// What one block of a frame leaves to the next.
///
/// It is a variable of the loop, apart from `FrameScan`: the address of that one is passed to functions, and what
/// is in it can therefore not stay in registers.
class BlockState {
public:
    /// The quotes of the next block, without the escaped ones.
    SHEAF_ALWAYS_INLINE std::uint64_t quotes(const JsonMasks& masks) noexcept {
        escaped_ = strings_.escaped(masks.backslashes);
        return masks.quotes & ~escaped_;
    }
    /// That block, which begins at `at`. `parity`: at each place the parity of the quotes up to it.
    SHEAF_ALWAYS_INLINE JsonBlock enter(std::size_t at,
                                        const JsonMasks& masks,
                                        std::uint64_t quotes,
                                        std::uint64_t parity) noexcept {
        JsonBlock block;
        block.at = at;
        block.escaped = escaped_;
        block.inside = strings_.inside(parity);
        block.opens = masks.opens & ~block.inside;
        block.closes = masks.closes & ~block.inside;
        block.depth = depth_;
        const int closed = std::popcount(block.closes);
        depth_ += std::popcount(block.opens) - closed;
        block.candidates = block.depth <= closed + 1
                               ? quotes & block.inside & key_begins(masks.letters | masks.backslashes)
                               : 0;
        return block;
    }

    [[nodiscard]] bool ends_in_string() const noexcept { return strings_.ends_inside(); }

private:
    StringState strings_;
    int depth_ = 0;  // behind the block that was read last
    std::uint64_t escaped_ = 0;
};

/// One frame while it is read, block by block: what the keys of its root are, and the values of the two.
class FrameScan {
public:
    /// What is found is written to `pair`; that and the keys are referred to, as copying them takes as long as some blocks.
    FrameScan(std::string_view frame, const RootKey& first, const RootKey& second, RootPair& pair) noexcept
        : frame_{frame}
        , keys_{&first, &second}
        , letters_{first.text.front(), second.text.front()}
        , pair_{pair} {
        skip_spaces(begin_);
        if (begin_ == frame_.size() || frame_[begin_] != '{') { fail(FrameError::not_an_object, begin_); }
    }

    [[nodiscard]] KeyLetters letters() const noexcept { return letters_; }
    [[nodiscard]] std::string_view frame() const noexcept { return frame_; }
    /// Where the first block begins: at the bracket of the root.
    [[nodiscard]] std::size_t begin() const noexcept { return begin_; }
    [[nodiscard]] bool has_failed() const noexcept { return !pair_.status.ok(); }

    /// The block that begins there, within the frame.
    SHEAF_ALWAYS_INLINE const char* block(std::size_t at) noexcept {
        return frame_.size() - at >= json_block_bytes ? frame_.data() + at : last_block();
    }
    /// A copy of the last block, if it is not a whole one. What is beyond the frame are spaces.
    SHEAF_ALWAYS_INLINE const char* last_block() noexcept {
        const std::size_t size = (frame_.size() - begin_) % json_block_bytes;
        char* const end = last_ + json_block_bytes;
        std::memset(end, ' ', json_block_bytes);
        // More than it has, where there is more: a size that is known needs no loop.
        if (frame_.size() >= json_block_bytes) {
            std::memcpy(last_, frame_.data() + frame_.size() - json_block_bytes, json_block_bytes);
        } else {
            std::memcpy(end - size, frame_.data() + frame_.size() - size, size);
        }
        return end - size;
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
            const Key key = key_at(block.at + bit + 1);
            if (key == Key::none) { continue; }
            const std::uint64_t below = (std::uint64_t{1} << bit) - 1;
            if (block.depth + std::popcount(block.opens & below) - std::popcount(block.closes & below) != 1) {
                continue;
            }
            if (take_key<Strict>(key, block.at + bit)) { return true; }
        }
        return !Strict && has_ended_;
    }

    /// An error, if it is the first.
    void fail(FrameError error, std::size_t offset) noexcept {
        if (pair_.status.ok()) { pair_.status = {error, (std::min)(offset, frame_.size())}; }
    }
    /// All has been read: both keys must have been found.
    void end() noexcept {
        if (found_ != 3) { fail(FrameError::missing_key, frame_.size()); }
    }

private:
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

    /// Which key a string is, as far as its first bytes say.
    enum class Key : std::uint8_t { first, second, unusual, none };
    /// Of the string that begins there.
    ///
    /// For nearly all that are neither key one branch finds that. To compare them letter by letter takes several,
    /// of which some are mispredicted.
    [[nodiscard]] SHEAF_ALWAYS_INLINE Key key_at(std::size_t begin) const noexcept {
        if (frame_.size() - begin < sizeof(std::uint64_t)) { return Key::unusual; }
        const std::uint64_t word = load_word(frame_.data() + begin);
        const bool is_first = keys_[0]->word.is_begin_of(word);
        const bool is_second = keys_[1]->word.is_begin_of(word);
        if (!is_first && !is_second) {
            const unsigned may_be =
                unsigned{keys_[0]->word.may_escape(word)} | unsigned{keys_[1]->word.may_escape(word)};
            return may_be != 0 ? Key::unusual : Key::none;
        }
        if (!keys_[is_second ? 1 : 0]->word.is_whole()) { return Key::unusual; }
        return is_second ? Key::second : Key::first;
    }
    /// That string, which this quote opens. Returns whether there is nothing more to find.
    template <bool Strict>
    SHEAF_ALWAYS_INLINE bool take_key(Key key, std::size_t quote) noexcept {
        if (key == Key::unusual) { return take_unusual_key<Strict>(quote); }
        const unsigned which = key == Key::second ? 1 : 0;
        return take_member<Strict>(which, quote, quote + 1 + keys_[which]->text.size() + 1);
    }
    /// One with escapes, a long one, or one at the end of the frame.
    template <bool Strict>
    [[gnu::noinline]] bool take_unusual_key(std::size_t quote) noexcept {
        for (unsigned which = 0; which < 2; ++which) {
            const std::size_t end = end_of_key(quote + 1, keys_[which]->text);
            if (end != 0) { return take_member<Strict>(which, quote, end); }
        }
        return false;
    }
    /// What a string that is a key may be the key of. `at`: behind its closing quote.
    template <bool Strict>
    [[gnu::noinline]] bool take_member(unsigned which, std::size_t quote, std::size_t at) noexcept {
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

    /// Behind the closing quote, if the string that begins here is the key; else 0.
    [[nodiscard]] std::size_t end_of_key(std::size_t at, std::string_view key) const noexcept {
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
            // Most have no escapes.
            for (; end_of_frame - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
                const std::uint64_t word = load_word(frame_.data() + at);
                if (has_byte(word, '"') || has_byte(word, '\\')) { break; }
            }
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
        const auto is_digit = [](char letter) { return letter >= '0' && letter <= '9'; };
        while (at < end_of_frame && is_digit(frame_[at])) { ++at; }
        const auto is_of_number = [is_digit](char letter) {
            return is_digit(letter) || letter == '-' || letter == '+' || letter == '.' || letter == 'e' ||
                   letter == 'E';
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
    const RootKey* keys_[2];
    KeyLetters letters_;
    std::size_t begin_ = 0;
    unsigned found_ = 0;
    bool has_ended_ = false;
    RootPair& pair_;
    char last_[2 * json_block_bytes];
};

}  // namespace detail

SHEAF_NAMESPACE_END
