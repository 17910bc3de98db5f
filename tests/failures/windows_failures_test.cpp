#include "failure_points.hpp"

#include <sheaf/distinct/calendar_windows.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <new>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

/// Each allocation of calendar windows fails once, and each question to their zone: the call is made again, and nothing has
/// been lost or counted twice.

namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using test::Calm;
using test::Failing;
using test::FailurePoints;
using test::Hook;

struct FailingZone {
    /// A span for each day, so that there are many questions.
    [[nodiscard]] static sheaf::ZoneSpan span_at(sys_seconds time) {
        FailurePoints::pass(Hook::zone);
        const sys_days day = std::chrono::floor<std::chrono::days>(time);
        return {day, day + 24h, 1h};
    }
    [[nodiscard]] static std::string_view name() { return "failing"; }
};

using Windows = sheaf::CalendarWindows<FailingZone>;
using Bytes = std::vector<std::byte>;

sheaf::WindowOptions few_confirmations() {
    sheaf::WindowOptions options;
    options.precision = 4;  // sketches from the ninth element on
    options.confirmations = 1;
    options.retention.minute = 10min;
    options.max_quarantine_reports = 100;
    return options;
}

/// Calls until nothing fails.
template <class Call>
void again(Call&& call) {
    for (;;) {
        try {
            call();
            return;
        } catch (const std::bad_alloc&) {
        } catch (const test::Failure&) {}
    }
}

/// What is left of a history.
struct WindowAccount {
    std::map<std::pair<sheaf::Period, sys_seconds>, double> counts;
    std::vector<sheaf::WindowElement> quarantined;
    sheaf::WindowStatistics statistics;
    Bytes end;
};

/// A history with everything in it: partitions that start, pause, fall idle and end; late and wrong times; sets that become
/// sketches; revisions, snapshots and the end of the input. What throws is called again.
class WindowHistory {
public:
    [[nodiscard]] WindowAccount run() {
        again([&] { windows_.emplace(few_confirmations(), FailingZone{}); });
        const sys_seconds noon = sys_days{std::chrono::May / 31 / 2024} + 12h;
        for (std::uint64_t i = 0; i < 40; ++i) {
            insert(i % 15, noon + std::chrono::seconds{10 * i}, i % 2);
            if (i % 10 == 5) { insert(100 + i, noon + 100 * 24h, i % 2); }                // a wrong time
            if (i % 10 == 7) { insert(200 + i, noon + std::chrono::seconds{i}, i % 2); }  // a late one
            if (i % 4 == 0) { report(i); }
        }
        again([&] { windows_->set_position(0, Bytes(100, std::byte{1})); });
        Bytes bytes;
        again([&] { windows_->append_snapshot(bytes); });
        again([&] { windows_.emplace(few_confirmations(), FailingZone{}); });
        sheaf::SnapshotStatus status;
        again([&] { status = windows_->restore(bytes, 40s); });
        REQUIRE(status.ok());
        again([&] { windows_->expect_partition(2, 40s); });
        insert(1, noon + 30min, 2);  // alone, so it waits until the partition is idle
        report(200);
        const sys_seconds later = noon + 20 * 24h;  // a pause, and the clock leaps
        for (std::uint64_t i = 0; i < 10; ++i) {
            insert(i, later + std::chrono::seconds{i}, 0);
            insert(i, later + std::chrono::seconds{i}, 1);
        }
        report(300);
        insert(7, noon, 0);  // beyond the retention of minutes
        again([&] { windows_->finish_partition(0); });
        report(301);
        again([&] { windows_->finish(); });
        report(302);
        again([&] { windows_->report_quarantined([&](const auto& element) { keep(element); }); });
        account_.statistics = windows_->statistics();
        again([&] {
            account_.end.clear();
            windows_->append_snapshot(account_.end);
        });
        windows_.reset();
        return std::move(account_);
    }

private:
    void insert(std::uint64_t user, sys_seconds time, std::uint64_t partition) {
        constexpr std::uint64_t golden = 0x9e37'79b9'7f4a'7c15U;  // spreads small numbers over all bits
        again([&] { windows_->insert({(user + 1) * golden, time, partition, 0}, now_); });
    }
    void report(std::uint64_t now) {
        now_ = std::chrono::seconds{now};
        again([&] {
            windows_->report(
                [&](const sheaf::WindowResult& result) {
                    const Calm calm;
                    account_.counts[{result.period, result.window.begin}] = result.count.estimate;
                },
                now_);
        });
    }
    void keep(const sheaf::WindowElement& element) {
        const Calm calm;
        account_.quarantined.push_back(element);
    }

    std::optional<Windows> windows_;
    WindowAccount account_;
    std::chrono::nanoseconds now_{0};
};

}  // namespace

TEST_CASE("failures: calendar windows lose and double nothing, whichever allocation or question to the zone "
          "fails") {
    const WindowAccount whole = WindowHistory{}.run();
    CHECK(whole.statistics.quarantined > 0);
    CHECK(whole.statistics.leaps > 1);
    CHECK(whole.statistics.late > 0);
    CHECK(whole.statistics.revisions > 0);
    for (const Hook hook : {Hook::allocation, Hook::zone}) {
        std::uint64_t runs = 0;
        for (bool has_failed = true; has_failed; ++runs) {
            CAPTURE(runs);
            const std::ptrdiff_t blocks = FailurePoints::live_blocks();
            {
                FailurePoints::arm(hook, runs + 1, Failing::once);
                const WindowAccount account = WindowHistory{}.run();
                FailurePoints::lift();
                has_failed = FailurePoints::failures() != 0;
                REQUIRE(account.counts == whole.counts);
                REQUIRE(account.quarantined == whole.quarantined);
                REQUIRE(account.statistics == whole.statistics);
                REQUIRE(account.end == whole.end);
            }
            REQUIRE(FailurePoints::live_blocks() == blocks);
        }
        CHECK(runs > 50);
    }
}

TEST_CASE("failures: who was confirmed is counted after a failure, be it after a restart or at the end of "
          "the partition") {
    enum class Next { insert, restart, finish };
    const sys_seconds noon = sys_days{std::chrono::May / 31 / 2024} + 12h;
    for (const Hook hook : {Hook::allocation, Hook::zone}) {
        for (const Next next : {Next::insert, Next::restart, Next::finish}) {
            std::uint64_t runs = 0;
            for (bool has_failed = true; has_failed; ++runs) {
                CAPTURE(runs);
                sheaf::WindowOptions options;
                options.periods = {sheaf::Period::minute, sheaf::Period::week};
                Windows windows{options, FailingZone{}};
                std::uint64_t count = 0;
                const auto insert = [&](sys_seconds time) {
                    again([&] { windows.insert({.hash = count, .time = time}); });
                    ++count;
                };
                for (int i = 0; i < 7; ++i) { insert(noon + i * 1s); }
                const sys_seconds later = noon + 20 * 24h;
                insert(later);
                for (int i = 0; i < 3; ++i) { insert(noon + 10s); }
                for (int i = 1; i < 3; ++i) { insert(later + i * 50min); }
                FailurePoints::arm(hook, runs + 1, Failing::once);
                insert(later + 150min);
                FailurePoints::lift();
                has_failed = FailurePoints::failures() != 0;
                if (next == Next::restart) {
                    Bytes bytes;
                    windows.append_snapshot(bytes);
                    REQUIRE(windows.restore(bytes).ok());
                }
                if (next != Next::finish) { insert(later + 160min); }
                windows.finish_partition(0);
                CHECK(windows.statistics().quarantined == 0);
                CHECK(windows.statistics().counted == count);
            }
            CHECK(runs > 3);
        }
    }
}

TEST_CASE("failures: no snapshot of a few bytes takes much memory") {
    sheaf::DistinctCounter large{26};
    Bytes bytes;
    large.append_snapshot(bytes);
    bytes[6] = std::byte{1};  // a sketch, which is not there
    bytes.resize(bytes.size() - sheaf::detail::snapshot_checksum_size);
    sheaf::detail::end_snapshot(bytes, 0);
    FailurePoints::arm(Hook::allocation, ~std::uint64_t{0}, Failing::once);
    CHECK_FALSE(sheaf::DistinctCounter{26}.restore(bytes).ok());
    FailurePoints::lift();
    CHECK(FailurePoints::largest() < 1'000);
}
