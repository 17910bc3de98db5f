#pragma once

#include <sheaf/config.hpp>
#include <sheaf/connect/json_read_error.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// The fields of a segment in JSON.
inline constexpr std::string_view json_segment_fields[] = {"batch_id", "segment_id", "data", "last"};

/// Where the fields and integers are: a visitor of `JsonScan`. The parser says what is wrong; the scan finds the
/// place, and what the parser refuses as a whole.
class JsonSegmentPlaces {
public:
    explicit JsonSegmentPlaces(std::string_view text, std::optional<std::size_t> position = {}) noexcept
        : text_{text}
        , position_{position} {}

    void member(std::size_t depth, std::size_t /*ordinal*/, std::size_t value) noexcept {
        if (depth != 1) { return; }
        field_ = field_before(value);
        if (field_ == "data") { numbers_ = 0; }
        if (!field_.empty() && offset_of(field_) == JsonReadStatus::no_offset) { remember(value); }
    }
    void number(std::size_t offset, std::size_t size, bool is_integer) noexcept {
        const std::string_view digits = text_.substr(offset, size);
        std::uint64_t id = 0;
        const bool is_value = offset == offset_of(field_);
        if (is_value && field_ == "batch_id" && to_integer(digits, id)) { batch_id = id; }
        if (is_value && field_ == "segment_id" && to_integer(digits, id)) { segment_id = id; }
        const bool is_of_data = field_ == "data";
        if (is_of_data && position_ == numbers_) { integer_ = offset; }
        std::int64_t value = 0;
        const bool fits = !is_integer || to_integer(digits, value) || (!is_of_data && to_integer(digits, id));
        if (!fits && over_large.ok()) {
            refuse(offset, is_of_data, is_value && !is_of_data && field_ != "last");
        }
        numbers_ += is_of_data ? 1 : 0;
    }

    /// Of the integer that was asked for, else of the field's value.
    [[nodiscard]] std::size_t place_of(std::string_view field) const noexcept {
        return field == "data" && position_ && integer_ != JsonReadStatus::no_offset ? integer_
                                                                                     : offset_of(field);
    }

    std::optional<std::uint64_t> batch_id{};
    std::optional<std::uint64_t> segment_id{};
    /// The first integer that no 64 bits hold.
    JsonReadStatus over_large{};
    std::optional<std::size_t> over_large_position{};

private:
    template <class Integer>
    [[nodiscard]] static bool to_integer(std::string_view digits, Integer& out) noexcept {
        const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
        return error == std::errc{} && rest == digits.data() + digits.size();
    }

    void refuse(std::size_t offset, bool is_of_data, bool is_id) noexcept {
        if (is_of_data) {
            over_large = {JsonError::over_large, field_, "must be integers from -2^63 to 2^63-1", offset};
            // Where something else than integers is before it, its place is not known.
            const std::size_t begin = offset_of(field_) + 1;
            const std::string_view before = text_.substr(begin, offset - begin);
            if (before.find_first_not_of("-0123456789, \t\r\n") == std::string_view::npos) {
                over_large_position = numbers_;
            }
        } else if (is_id) {
            over_large = text_[offset] == '-'
                             ? JsonReadStatus{JsonError::negative, field_, "must not be negative", offset}
                             : JsonReadStatus{JsonError::over_large, field_, "is too large", offset};
        } else {
            over_large = {JsonError::over_large, {}, "a number is beyond 64 bits", offset};
        }
    }

    /// The name whose value begins there.
    [[nodiscard]] std::string_view field_before(std::size_t value) const noexcept {
        std::string_view before = text_.substr(0, value);
        before.remove_suffix(before.size() - before.rfind('"') - 1);
        for (const std::string_view name : json_segment_fields) {
            const bool is_escaped =
                before.size() >= name.size() + 3 && before[before.size() - name.size() - 3] == '\\';
            if (!is_escaped && before.size() >= name.size() + 2 &&
                before.substr(before.size() - name.size() - 1, name.size()) == name &&
                before[before.size() - name.size() - 2] == '"') {
                return name;
            }
        }
        return {};
    }
    [[nodiscard]] std::size_t offset_of(std::string_view field) const noexcept {
        for (std::size_t i = 0; i < std::size(json_segment_fields); ++i) {
            if (json_segment_fields[i] == field) { return offsets_[i]; }
        }
        return JsonReadStatus::no_offset;
    }
    void remember(std::size_t value) noexcept {
        for (std::size_t i = 0; i < std::size(json_segment_fields); ++i) {
            if (json_segment_fields[i] == field_) { offsets_[i] = value; }
        }
    }

    std::string_view text_;
    std::optional<std::size_t> position_;
    std::string_view field_{};
    std::size_t offsets_[std::size(json_segment_fields)] = {
        JsonReadStatus::no_offset, JsonReadStatus::no_offset, JsonReadStatus::no_offset,
        JsonReadStatus::no_offset};
    std::size_t integer_ = JsonReadStatus::no_offset;
    std::size_t numbers_ = 0;
};

}  // namespace detail

SHEAF_NAMESPACE_END
