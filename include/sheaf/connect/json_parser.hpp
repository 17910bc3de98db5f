#pragma once

#include <sheaf/config.hpp>
#include <sheaf/connect/json_read_error.hpp>
#include <sheaf/connect/json_scan.hpp>
#include <sheaf/detail/throw.hpp>

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// simdjson for one text after the other, with the memory for that, with reasons and places for what it refuses, and
/// without its refusal of numbers that its types do not hold.
///
/// Thread safety: one object, one thread at a time.
class JsonParser {
public:
    using Element = simdjson::dom::element;

    /// How many bytes behind a text must be readable.
    static constexpr std::size_t padding = simdjson::SIMDJSON_PADDING;

    /// Memory that grew with a text far above the usual size is freed when the next one is not. To be asked of all
    /// that a reader keeps: enough for a text of `held` bytes, before one of `size`.
    [[nodiscard]] static constexpr bool is_outgrown(std::size_t held, std::size_t size) noexcept {
        constexpr std::size_t usual = std::size_t{1} << 20U;
        return held > usual + padding && size <= usual;
    }

    /// A copy of `text` with the padding behind it, valid until the next call.
    ///
    /// Throws: `std::bad_alloc`.
    [[nodiscard]] std::string_view pad(std::string_view text) { return pad_into(copy_, text); }

    /// Parses a padded text. `root` is valid until the next call.
    ///
    /// Throws: `std::bad_alloc`.
    [[nodiscard]] JsonReadStatus parse(std::string_view text, Element& root) {
        prepare(text.size());
        is_repaired_ = false;
        auto error = parse_once(text, root);
        if (error == simdjson::NUMBER_ERROR) {
            // Such a number may stand in a field that is ignored.
            static_cast<void>(pad_into(repaired_, text));
            NumberRepair repair{repaired_.data()};
            const JsonFault fault = JsonScan{text, repair}.run();
            if (fault.kind != JsonFault::Kind::none) { return status_of(fault); }
            is_repaired_ = true;
            error = parse_once({repaired_.data(), text.size()}, root);
        }
        return error == simdjson::SUCCESS ? JsonReadStatus{} : refusal(text, error);
    }

    /// Whether an element of the text that was parsed last stands for an integer that 64 bits do not hold, and with
    /// which sign: -1 or 1; else 0.
    [[nodiscard]] int over_large(Element element) const noexcept {
        double number = 0;
        if (!is_repaired_ || element.get(number) != simdjson::SUCCESS) { return 0; }
        return number >= over_large_mark ? 1 : number <= -over_large_mark ? -1 : 0;
    }

    /// A natural number of 64 bits, or what is wrong with the element of the text that was parsed last.
    [[nodiscard]] JsonReadStatus natural(Element element,
                                         std::string_view field,
                                         std::uint64_t& out) const noexcept {
        if (element.get(out) == simdjson::SUCCESS) { return {}; }
        const int beyond = over_large(element);
        if (beyond < 0 || element.is_int64()) { return {JsonError::negative, field, "must not be negative"}; }
        if (beyond > 0) { return {JsonError::over_large, field, "is too large"}; }
        if (element.is_double()) {
            return {JsonError::not_an_integer, field, "must be an integer without fraction or exponent"};
        }
        return {JsonError::wrong_type, field, "must be a number"};
    }

private:
    /// In a repaired text this magnitude stands for an integer that no machine word holds.
    static constexpr double over_large_mark = 1e300;

    /// In a copy of a text, integers that no machine word holds are marked, and fractions, of no use to anybody here,
    /// made harmless.
    struct NumberRepair {
        char* text;
        void member(std::size_t, std::size_t, std::size_t) const noexcept {}
        void number(std::size_t offset, std::size_t size, bool is_integer) const noexcept {
            char* const begin = text + offset;
            if (is_integer && fits(begin, begin + size)) { return; }
            // No mark is longer than what it replaces: a fraction has 3 characters, such an integer at least 20.
            const std::string_view mark = !is_integer ? "0.5" : *begin == '-' ? "-1e300" : "1e300";
            std::fill(std::copy(mark.begin(), mark.end(), begin), begin + size, ' ');
        }
        [[nodiscard]] static bool fits(const char* begin, const char* end) noexcept {
            std::uint64_t natural = 0;
            std::int64_t integer = 0;
            return std::from_chars(begin, end, natural).ec == std::errc{} ||
                   std::from_chars(begin, end, integer).ec == std::errc{};
        }
    };

    struct NoVisitor {
        void member(std::size_t, std::size_t, std::size_t) const noexcept {}
        void number(std::size_t, std::size_t, bool) const noexcept {}
    };

    static std::string_view pad_into(std::vector<char>& room, std::string_view text) {
        if (is_outgrown(room.capacity(), text.size())) { std::vector<char>{}.swap(room); }
        room.resize(text.size() + padding);
        std::copy(text.begin(), text.end(), room.begin());
        return {room.data(), text.size()};
    }

    void prepare(std::size_t size) {
        if (is_outgrown(parser_.capacity(), size)) { parser_ = simdjson::dom::parser{}; }
        if (is_outgrown(repaired_.capacity(), size)) { std::vector<char>{}.swap(repaired_); }
        if (parser_.capacity() < size || parser_.capacity() == 0) {
            // One deeper than the limit: simdjson counts the level that it refuses.
            check_memory(parser_.allocate((std::max)(size, std::size_t{4096}), json_scan_depth + 1));
        }
    }

    simdjson::error_code parse_once(std::string_view text, Element& root) {
        const auto error = parser_.parse(text.data(), text.size(), false).get(root);
        check_memory(error);
        return error;
    }

    /// simdjson says as a value that it has found no memory.
    static void check_memory(simdjson::error_code error) {
        if (error == simdjson::MEMALLOC) { throw_bad_alloc(); }
    }

    /// What is wrong with a text that simdjson refused, and where.
    static JsonReadStatus refusal(std::string_view text, simdjson::error_code error) noexcept {
        NoVisitor visitor;
        const JsonFault fault = JsonScan{text, visitor}.run();
        if (fault.kind != JsonFault::Kind::none) { return status_of(fault); }
        // Not reached as long as the scan and simdjson agree on what is JSON.
        return {error == simdjson::DEPTH_ERROR ? JsonError::too_deep : JsonError::malformed,
                {},
                "not valid JSON"};
    }

    simdjson::dom::parser parser_{};
    std::vector<char> copy_{};
    std::vector<char> repaired_{};
    bool is_repaired_ = false;
};

}  // namespace detail

SHEAF_NAMESPACE_END
