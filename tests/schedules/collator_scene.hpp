#pragma once

#include "collator_program.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace schedule {

/// A collator of one run, and its account.
template <class Type, class Transform = Letter>
struct Scene {
    template <class... Executor>
    explicit Scene(const sheaf::Options& chosen, Executor&&... executor)
        : collator{std::in_place,    Transform{&account},
                   Taking{&account}, std::forward<Executor>(executor)...,
                   chosen,           sheaf::TraitsTag<typename Type::traits_type>{}} {}

    sheaf::Verdict submit(std::uint64_t id, std::uint64_t index, bool last = false) {
        return account.submit(*collator, id, index, last).verdict();
    }
    /// Where nothing delays it.
    void drain() { note(drain_at_once(*collator)); }
    /// Where something has to be waited for, or does not end.
    void drain_for(std::chrono::nanoseconds allowed) { note(collator->drain(allowed).status); }
    void cancel() {
        collator->cancel();
        account.quiet = true;
    }
    /// What must hold when all has been delivered.
    void end() {
        account.quiet ? account.check_left(collator->statistics())
                      : account.check_rest(collator->statistics());
        account.quiet = true;
        collator.reset();
        account.check_end();
    }

    Account account;
    std::optional<Type> collator;
    sheaf::DrainStatus status = sheaf::DrainStatus::deadline;

private:
    void note(sheaf::DrainStatus answer) {
        status = answer;
        if (status == sheaf::DrainStatus::finished) { account.check_finished(); }
    }
};

}  // namespace schedule
