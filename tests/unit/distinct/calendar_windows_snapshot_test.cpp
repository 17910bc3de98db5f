#include <random.hpp>
#include <sheaf/detail/crc32c.hpp>
#include <sheaf/distinct/calendar_windows.hpp>
#include <sheaf/keyed_hash.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::chrono_literals;
using sheaf::CalendarWindows;
using sheaf::Period;
using sheaf::SnapshotError;
using sheaf::WindowOptions;
using sheaf::WindowResult;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

using Bytes = std::vector<std::byte>;

constexpr sys_seconds morning = sys_days{std::chrono::July / 11 / 2016} + 8h;

struct OffsetZone {
    std::chrono::seconds offset{1h};
    [[nodiscard]] sheaf::ZoneSpan span_at(sys_seconds /*time*/) const {
        return {(sys_seconds::min)(), (sys_seconds::max)(), offset};
    }
    [[nodiscard]] static std::string_view name() { return "one"; }
};

template <class Zone>
Bytes bytes_of(const CalendarWindows<Zone>& windows) {
    Bytes bytes;
    windows.append_snapshot(bytes);
    return bytes;
}

std::string hex(std::span<const std::byte> bytes) {
    std::string text;
    for (const std::byte byte : bytes) {
        constexpr std::string_view digits = "0123456789abcdef";
        text += digits[std::to_integer<std::size_t>(byte >> 4U)];
        text += digits[std::to_integer<std::size_t>(byte & std::byte{15})];
    }
    return text;
}

void renew_checksum(Bytes& bytes) {
    const std::size_t end = bytes.size() - 4;
    const std::uint32_t checksum = sheaf::detail::crc32c(std::span{bytes}.first(end));
    for (std::size_t i = 0; i < 4; ++i) {
        bytes[end + i] = static_cast<std::byte>(checksum >> (8 * i) & 0xffU);
    }
}

/// With closed, late, waiting and quarantined elements, two partitions, and windows that are to be reported.
CalendarWindows<> busy_windows(const WindowOptions& options) {
    const sheaf::KeyedHash hash{{1, 2}};
    CalendarWindows<> windows{options};
    for (std::uint64_t i = 0; i < 400; ++i) {
        windows.insert({hash(i * i % 97), morning + std::chrono::seconds{i}, i % 2, i}, 5s);
        if (i % 50 == 7) { windows.insert({i, morning + std::chrono::seconds{i + 10'000'000}, 0, i}, 5s); }
        if (i == 250) {
            windows.report([](const WindowResult&) {}, 5s);
        }
    }
    for (std::uint64_t i = 1'000; i < 1'020; ++i) { windows.insert({hash(i), morning, 1, i}); }
    windows.insert({1'001, morning + 24h * 300, 1, 10});
    const Bytes position{std::byte{1}, std::byte{2}, std::byte{3}};
    windows.set_position(1, position);
    return windows;
}

WindowOptions small_options() {
    return {.periods = {Period::minute, Period::hour}, .precision = 2, .hash_id = 0x0102030405060708};
}

}  // namespace

TEST_CASE("CalendarWindows: a snapshot has these bytes") {
    WindowOptions options = small_options();
    options.periods = {Period::hour};
    options.confirmations = 1;
    CalendarWindows windows{options, OffsetZone{}};
    windows.insert({0x1111, morning, 7, 0x51});
    windows.insert({0x2222, morning + 1s, 7, 0x52});
    windows.insert({0x3333, morning + 24h, 7, 0x53});
    const Bytes position{std::byte{0xaa}, std::byte{0xbb}};
    windows.set_position(7, position);
    const std::string golden =
        // "SCAL", version, precision, periods, what is known, confirmations, hash id, zone
        "5343414c010202010100080706050403020103006f6e65"
        // the watermark
        "0052835700000000"
        // the statistics
        "030000000000000002000000000000000000000000000000000000000000000001000000000000000000000000000000"
        "000000000000000001000000000000000000000000000000"
        // no quarantined elements
        "00000000"
        // one position of the host, in partition 7
        "01000000070000000000000002000000aabb"
        // one partition, 7, whose clock has a time
        "010000000700000000000000010052835700000000"
        // nothing is confirmed that is not counted
        "00000000000000000000000000000000"
        // three elements
        "03000000"
        "00528357000000001111000000000000510000000000000000"
        "01528357000000002222000000000000520000000000000000"
        // the last of which waits
        "80a38457000000003333000000000000530000000000000001"
        // no hour has closed, those are gone that ended a week and five seconds ago, and there is one
        "00000000000000807b177a5700000000"
        "01000000"
        // its begin, end, offset, flags, reports, last report
        "00528357000000001060835700000000100e000003000000000000000000000000"
        // its counter
        "2400000053444354010200000807060504030201111100000000000022220000000000000a6461b5"
        // the checksum
        "20ec2811";
    CHECK(hex(bytes_of(windows)) == golden);
}

TEST_CASE("CalendarWindows: who was restored goes on as if nothing had happened") {
    const WindowOptions options = small_options();
    CalendarWindows<> before = busy_windows(options);
    CHECK(before.statistics().quarantined > 0);
    CHECK(before.statistics().waiting > 0);
    CHECK(before.statistics().late > 0);
    const Bytes bytes = bytes_of(before);
    WindowOptions others = options;
    others.lateness = 6s;
    CalendarWindows<> after{others};
    after.insert({5, morning, 99, 1});
    REQUIRE(after.restore(bytes, 7s).ok());
    CHECK(bytes_of(after) == bytes);
    CHECK(after.watermark() == before.watermark());
    CHECK(after.statistics() == before.statistics());
    CHECK(std::ranges::equal(after.position(1), before.position(1)));
    CHECK(after.position(1).size() == 3);
    CHECK(after.position(0).empty());
    CHECK(after.position(99).empty());

    std::vector<WindowResult> expected;
    std::vector<WindowResult> found;
    before.finish();
    before.report([&](const WindowResult& result) { expected.push_back(result); }, 8s);
    after.finish();
    after.report([&](const WindowResult& result) { found.push_back(result); }, 8s);
    CHECK(found == expected);
    CHECK(std::ranges::any_of(expected, [](const WindowResult& result) { return result.revision == 1; }));
    std::vector<sheaf::WindowElement> expected_elements;
    std::vector<sheaf::WindowElement> found_elements;
    before.report_quarantined([&](const auto& element) { expected_elements.push_back(element); });
    after.report_quarantined([&](const auto& element) { found_elements.push_back(element); });
    CHECK(found_elements == expected_elements);
    CHECK(found_elements.size() > 5);
}

TEST_CASE("CalendarWindows: a snapshot of other windows is refused") {
    const Bytes bytes = bytes_of(busy_windows(small_options()));
    const auto error_of = [&](WindowOptions options) {
        CalendarWindows<> windows{options};
        const auto status = windows.restore(bytes);
        CHECK((windows.statistics() == sheaf::WindowStatistics{}) != status.ok());
        return status.message();
    };
    CHECK(error_of(small_options()).empty());
    auto options = small_options();
    options.precision = 3;
    CHECK(error_of(options) == "byte 5: other_parameters");
    options = small_options();
    options.periods = {Period::minute};
    CHECK(error_of(options) == "byte 6: other_parameters");
    options = small_options();
    options.confirmations = 4;
    CHECK(error_of(options) == "byte 8: other_parameters");
    options = small_options();
    options.hash_id = 1;
    CHECK(error_of(options) == "byte 10: other_parameters");
    CalendarWindows elsewhere{small_options(), OffsetZone{}};
    CHECK(elsewhere.restore(bytes).message() == "byte 20: other_parameters");  // `UTC` is `one` in length
}

TEST_CASE("CalendarWindows: hostile bytes are refused, or do no harm") {
    const Bytes bytes = bytes_of(busy_windows(small_options()));
    CalendarWindows<> windows{small_options()};
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        REQUIRE_FALSE(windows.restore(std::span{bytes}.first(size)).ok());
        Bytes cut{bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
        if (size < 4) { continue; }
        renew_checksum(cut);
        REQUIRE_FALSE(windows.restore(cut).ok());
    }
    Bytes longer = bytes;
    longer.resize(bytes.size() + 4);
    renew_checksum(longer);
    CHECK(windows.restore(longer).error == SnapshotError::wrong_size);
    CHECK(windows.restore({}).error == SnapshotError::not_a_snapshot);

    std::map<SnapshotError, int> errors;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (const unsigned flip : {1U, 128U, 255U}) {
            Bytes changed = bytes;
            changed[at] ^= static_cast<std::byte>(flip);
            REQUIRE_FALSE(windows.restore(changed).ok());
            REQUIRE(windows.statistics() == sheaf::WindowStatistics{});
            renew_checksum(changed);
            // Who knows how to make a checksum can make other counts, but nothing that breaks.
            CalendarWindows<> restored{small_options()};
            const auto status = restored.restore(changed);
            ++errors[status.error];
            if (!status.ok()) { continue; }
            for (std::uint64_t i = 0; i < 20; ++i) { restored.insert({i, morning + 500s, i % 3, i}, 1s); }
            restored.report([](const WindowResult&) {}, 100s);
            restored.finish();
            restored.report([](const WindowResult&) {}, 200s);
            REQUIRE_FALSE(bytes_of(restored).empty());
        }
    }
    for (const auto error :
         {SnapshotError::none, SnapshotError::not_a_snapshot, SnapshotError::unknown_version,
          SnapshotError::other_parameters, SnapshotError::out_of_range, SnapshotError::wrong_size,
          SnapshotError::impossible_content}) {
        CAPTURE(to_string(error));
        CHECK(errors[error] > 0);
    }
}
