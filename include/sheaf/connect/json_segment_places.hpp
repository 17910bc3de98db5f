#pragma once

#include <sheaf/config.hpp>
#include <sheaf/connect/json_read_error.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Where the value of a member of the outermost object begins, or one of the numbers in it: a visitor of `JsonScan`.
class JsonPlaceFinder {
public:
    /// `ordinal`: of the member; `number`: of the number in it; both from 0.
    JsonPlaceFinder(std::size_t ordinal, std::optional<std::size_t> number) noexcept
        : ordinal_{ordinal}
        , number_{number} {}

    void member(std::size_t depth, std::size_t ordinal, std::size_t value) noexcept {
        if (depth != 1) { return; }
        is_inside_ = ordinal == ordinal_;
        if (is_inside_) { place_ = value; }
    }
    void number(std::size_t offset, std::size_t /*size*/, bool /*is_integer*/) noexcept {
        if (is_inside_ && number_ == numbers_++) { place_ = offset; }
    }

    /// Of the number, if there is one, else of the value.
    [[nodiscard]] std::size_t place() const noexcept { return place_; }

private:
    std::size_t ordinal_;
    std::optional<std::size_t> number_;
    std::size_t numbers_ = 0;
    std::size_t place_ = JsonReadStatus::no_offset;
    bool is_inside_ = false;
};

/// The ids of a segment as far as a text that is no JSON tells them: a visitor of `JsonScan`.
class JsonSegmentIds {
public:
    explicit JsonSegmentIds(std::string_view text) noexcept
        : text_{text} {}

    void member(std::size_t depth, std::size_t /*ordinal*/, std::size_t value) noexcept {
        if (depth == 1) { value_ = value; }
    }
    void number(std::size_t offset, std::size_t size, bool /*is_integer*/) noexcept {
        if (offset != value_) { return; }
        const std::string_view digits = text_.substr(offset, size);
        if (!batch_id && stands_before(value_, "\"batch_id\"")) { batch_id = natural(digits); }
        if (!segment_id && stands_before(value_, "\"segment_id\"")) { segment_id = natural(digits); }
    }

    std::optional<std::uint64_t> batch_id{};
    std::optional<std::uint64_t> segment_id{};

private:
    [[nodiscard]] static std::optional<std::uint64_t> natural(std::string_view digits) noexcept {
        std::uint64_t out = 0;
        const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
        return error == std::errc{} && rest == digits.data() + digits.size() ? std::optional{out}
                                                                             : std::nullopt;
    }

    /// Whether a value has this name, which is given with its quotes, and stands there without escapes.
    [[nodiscard]] bool stands_before(std::size_t value, std::string_view name) const noexcept {
        std::string_view before = text_.substr(0, value);
        before = before.substr(0, before.rfind('"') + 1);
        if (!before.ends_with(name)) { return false; }
        before.remove_suffix(name.size());
        return !before.ends_with('\\');
    }

    std::string_view text_;
    std::size_t value_ = JsonReadStatus::no_offset;
};

}  // namespace detail

SHEAF_NAMESPACE_END
