#include "failure_scenario.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <string>

/// Each thing that may fail does, at each of its calls, once and for ever, in a scenario with everything in it.

namespace {

using test::Failing;
using test::FailurePlan;
using test::FailurePoints;
using test::Hook;

/// Says where it was when something that must not throw did.
class TellWhere {
public:
    TellWhere()
        : before_{std::set_terminate([] {
            std::fprintf(stderr, "terminate was called at failure point %llu\n",
                         static_cast<unsigned long long>(FailurePoints::at()));
            std::abort();
        })} {}
    TellWhere(const TellWhere&) = delete;
    TellWhere& operator=(const TellWhere&) = delete;
    ~TellWhere() { std::set_terminate(before_); }

private:
    std::terminate_handler before_;
};

struct Points {
    std::uint64_t failed = 0;  ///< How many scenarios were played.
    std::uint64_t calls = 0;   ///< How many calls the scenario has.
};

/// Fails at call 1, 2, and so on, until a scenario has fewer calls. The calls before the end, which all endings have in
/// common, are shared among these: each fails with one of them.
Points fail_everywhere(Hook hook, const FailurePlan& plan, std::size_t ending, Failing how) {
    constexpr std::uint64_t never = 0;
    const auto common =
        test::play_scenario(plan, test::endings[ending], hook, never, Failing::once).calls_before_end;
    Points points;
    for (std::uint64_t at = 1;; ++at) {
        if (at <= common && at % std::size(test::endings) != ending) { continue; }
        const auto result = test::play_scenario(plan, test::endings[ending], hook, at, how);
        if (result.findings != 0) {
            CAPTURE(std::string{plan.name});
            CAPTURE(ending);
            CAPTURE(static_cast<int>(how));
            CAPTURE(at);
            CAPTURE(result.findings);
            FAIL_CHECK(std::string{result.first_finding});
            return points;
        }
        if (result.failures == 0) {
            points.calls = at - 1;
            return points;
        }
        ++points.failed;
    }
}

/// In all plans and with all endings. `at_least`: so many failures, or the test tests nothing.
void fail_everywhere(Hook hook, const char* name, std::uint64_t at_least) {
    const TellWhere tell_where;
    Points all;
    for (const FailurePlan& plan : test::failure_plans()) {
        for (std::size_t ending = 0; ending < std::size(test::endings); ++ending) {
            for (const Failing how : {Failing::once, Failing::for_ever}) {
                const Points found = fail_everywhere(hook, plan, ending, how);
                all.failed += found.failed;
                all.calls = std::max(all.calls, found.calls);
            }
        }
    }
    std::printf("%s: %llu scenarios with failures, up to %llu calls in one of them\n", name,
                static_cast<unsigned long long>(all.failed), static_cast<unsigned long long>(all.calls));
    CHECK(all.failed >= at_least);
}

}  // namespace

TEST_CASE("failures: without any the scenario is as it should be") {
    for (const FailurePlan& plan : test::failure_plans()) {
        for (const auto ending : test::endings) {
            CAPTURE(std::string{plan.name});
            CAPTURE(static_cast<int>(ending));
            const auto result = test::play_scenario(plan, ending, Hook::none, 1, Failing::once);
            CHECK(result.has_constructed);
            CHECK(std::string{result.first_finding} == "");
        }
    }
}

TEST_CASE("failures: the transform throws at any of its calls") {
    fail_everywhere(Hook::transform, "transform", 30);
}
TEST_CASE("failures: the sink throws at any complete event") {
    fail_everywhere(Hook::deliver_completed, "deliver(Completed)", 5);
}
TEST_CASE("failures: the sink throws at any incomplete event") {
    fail_everywhere(Hook::deliver_incomplete, "deliver(Incomplete)", 5);
}
TEST_CASE("failures: the dead letter throws at any of its calls") {
    fail_everywhere(Hook::dead_letter, "dead_letter", 2);
}
TEST_CASE("failures: the executor throws at any of its calls") {
    fail_everywhere(Hook::execute, "execute", 30);
}
TEST_CASE("failures: any copy of an id throws") { fail_everywhere(Hook::copy_id, "copies of ids", 20); }
TEST_CASE("failures: any default constructor of an id throws") {
    fail_everywhere(Hook::make_id, "default constructors of ids", 8);
}
TEST_CASE("failures: the fold throws at any of its calls") { fail_everywhere(Hook::fold, "fold", 20); }
TEST_CASE("failures: any default constructor of an output throws") {
    fail_everywhere(Hook::make_output, "default constructors of outputs", 10);
}
TEST_CASE("failures: moving a policy into the collator throws") {
    fail_everywhere(Hook::move_policy, "moves of policies", 2);
}
TEST_CASE("failures: any allocation fails") { fail_everywhere(Hook::allocation, "allocations", 150); }
