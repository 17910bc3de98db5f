#include "failure_scenario.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <exception>
#include <string>

/// Each thing that may fail does, at each of its calls, once and for ever, in a scenario with everything in it.

namespace {

using test::Ending;
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

/// Fails at call 1, 2, and so on, until a scenario has fewer calls. Returns how many failure points there were.
std::uint64_t fail_everywhere(Hook hook, const FailurePlan& plan, Ending ending, Failing how) {
    for (std::uint64_t at = 1;; ++at) {
        const auto result = test::play_scenario(plan, ending, hook, at, how);
        if (result.findings != 0) {
            CAPTURE(plan.name);
            CAPTURE(static_cast<int>(ending));
            CAPTURE(static_cast<int>(how));
            CAPTURE(at);
            CAPTURE(result.findings);
            FAIL_CHECK(std::string{result.first_finding});
            return at;
        }
        if (result.failures == 0) { return at - 1; }
    }
}

/// In all plans and with all endings. `at_least`: so many points, in each scenario where there is one at all and in
/// sum, or the test tests nothing.
void fail_everywhere(Hook hook, const char* name, std::uint64_t at_least) {
    const TellWhere tell_where;
    std::uint64_t points = 0;
    std::uint64_t failures_of_one = 0;
    for (const FailurePlan& plan : test::failure_plans()) {
        for (const Ending ending : test::endings) {
            for (const Failing how : {Failing::once, Failing::for_ever}) {
                const auto found = fail_everywhere(hook, plan, ending, how);
                points += found;
                failures_of_one = std::max(failures_of_one, found);
            }
        }
    }
    std::printf("%s: %llu failure points, up to %llu in one scenario\n", name,
                static_cast<unsigned long long>(points), static_cast<unsigned long long>(failures_of_one));
    CHECK(failures_of_one >= at_least);
}

}  // namespace

TEST_CASE("failures: without any the scenario is as it should be") {
    for (const FailurePlan& plan : test::failure_plans()) {
        for (const Ending ending : test::endings) {
            CAPTURE(plan.name);
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
