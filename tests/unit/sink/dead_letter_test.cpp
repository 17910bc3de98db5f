#include <sheaf/sink/dead_letter.hpp>

#include <sheaf/sink/collecting.hpp>
#include <sheaf/sink/handlers.hpp>

#include <doctest/doctest.h>

#include <exception>
#include <functional>
#include <span>
#include <stdexcept>
#include <utility>

namespace {

using sheaf::Completed;
using sheaf::Handlers;
using sheaf::Incomplete;
using sheaf::WithDeadLetter;

}  // namespace

TEST_CASE("WithDeadLetter delivers to the first and dead-letters to the second") {
    sheaf::CollectingSink<> undelivered;
    int receipts = 0;
    WithDeadLetter sink{Handlers{[](const Completed<>&) { throw std::runtime_error{"first"}; },
                                 [](const Incomplete<>&) {},
                                 [&](std::span<int> released) noexcept { receipts += released[0]; }},
                        std::ref(undelivered)};
    using Tested = decltype(sink);
    static_assert(sheaf::SynchronousSinkFor<Tested, Completed<>> &&
                  !sheaf::ConsumingSinkFor<Tested, Completed<>>);
    static_assert(sheaf::DeadLetterSinkFor<Tested, Completed<>> &&
                  sheaf::DeadLetterSinkFor<Tested, Incomplete<>>);
    static_assert(sheaf::ReleasesReceipts<Tested, int> && !sheaf::AsynchronousSinkFor<Tested, Completed<>>);

    Completed<> event;
    event.id = 3;
    CHECK_THROWS_WITH(sink.deliver(event), "first");
    CHECK(undelivered.size() == 0);
    sink.dead_letter(event, std::make_exception_ptr(1));
    sink.dead_letter(Incomplete<>{}, nullptr);
    CHECK(undelivered.completed().at(0).id == 3);
    CHECK(undelivered.incomplete().size() == 1);
    int receipt = 5;
    sink.release(std::span{&receipt, 1});
    CHECK(receipts == 5);
}

TEST_CASE("WithDeadLetter keeps the consuming form, and passes on what the second sink throws") {
    bool taken = false;
    WithDeadLetter sink{
        Handlers{[&](Completed<>&& event) noexcept { taken = std::move(event).output.empty(); },
                 [](Incomplete<>&&) noexcept {}},
        Handlers{[](const Completed<>&) { throw std::runtime_error{"second"}; }, [](const Incomplete<>&) {}}};
    using Tested = decltype(sink);
    static_assert(sheaf::ConsumingSinkFor<Tested, Completed<>> &&
                  !sheaf::SynchronousSinkFor<Tested, Completed<>>);
    static_assert(!sheaf::ReleasesReceipts<Tested, int>);
    sink.deliver(Completed<>{});
    CHECK(taken);
    CHECK_THROWS_WITH(sink.dead_letter(Completed<>{}, nullptr), "second");
}
