#pragma once

#include <sheaf/threading.hpp>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace simulation {

/// The simulated world has one thread, so whoever waits for another one waits for ever. That ends the test with the
/// seed of its history, where it would otherwise hang.
struct LoneThread : sheaf::StandardThreading {
    /// Of the history that runs.
    inline static std::uint64_t seed = 0;

    struct condition_variable {
        void notify_one() noexcept {}
        void notify_all() noexcept {}

        template <class Predicate>
        void wait(std::unique_lock<std::mutex>&, Predicate holds) {
            if (!holds()) { give_up(); }
        }
        template <class Predicate>
        [[nodiscard]] bool wait_until(std::unique_lock<std::mutex>&, clock::time_point, Predicate holds) {
            if (!holds()) { give_up(); }
            return true;
        }

    private:
        [[noreturn]] static void give_up() {
            std::fprintf(stderr,
                         "The only thread of the simulated world waits for another one, seed %" PRIu64 ".\n",
                         seed);
            std::abort();
        }
    };
};

}  // namespace simulation
