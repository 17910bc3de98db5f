#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/throw.hpp>
#include <sheaf/json/detail/json_masks.hpp>
#include <sheaf/json/detail/read_frame.hpp>
#include <sheaf/json/detail/root_key.hpp>
#include <sheaf/json/root_pair.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

SHEAF_NAMESPACE_BEGIN

/// How much of a frame is looked at.
enum class FrameCheck : std::uint8_t {
    /// As far as both keys have been found. What comes later may be anything.
    fast,
    /// All of it: it is UTF-8, strings end and have no control characters and no wrong escapes, brackets fit, there is one object
    /// and nothing after it, each of the two keys is there once. What stands between brackets and strings is not looked at.
    strict,
};

/// Reads two members of the root of a JSON object, and nothing else: the fields of a frame by which it is counted.
///
///     const sheaf::RootKeyReader reader{"uid", "ts"};
///     const sheaf::RootPair pair = reader.read(line);
///     if (pair.status.ok()) { count(pair.first.text, sheaf::floor_of_json_number(pair.second.text)); }
///
/// Members of the same names deeper down are not taken for them, nor are values; keys may be written with escapes. Blocks of 64
/// bytes are read at a time, by AVX-512 or AVX2 where this processor has them, and without them elsewhere: with the same results.
///
/// Thread safety: immutable; any number of threads may read at a time.
class RootKeyReader {
public:
    /// The keys, as they are meant: without escapes.
    ///
    /// Throws: `std::invalid_argument` where one is empty or both are the same; `std::bad_alloc`.
    RootKeyReader(std::string first, std::string second, FrameCheck check = FrameCheck::fast)
        : first_{std::move(first)}
        , second_{std::move(second)}
        , check_{check} {
        if (first_.empty() || second_.empty() || first_ == second_) {
            detail::throw_invalid_argument(
                "sheaf: the two keys to read from a JSON object are different, and not empty");
        }
    }

    /// Reads a frame: the text of one object, which may have spaces around it. Nothing beyond it is read. Complexity: linear,
    /// with `fast` in what stands before the end of the second value.
    [[nodiscard]] RootPair read(std::string_view frame) const noexcept {
        return detail::read_frame(path_, check_ == FrameCheck::strict, frame,
                                  detail::RootKey{first_, first_word_},
                                  detail::RootKey{second_, second_word_});
    }

private:
    std::string first_;
    std::string second_;
    detail::KeyWord first_word_{first_};
    detail::KeyWord second_word_{second_};
    FrameCheck check_;
    detail::JsonPath path_ = detail::fastest_json_path();
};

SHEAF_NAMESPACE_END
