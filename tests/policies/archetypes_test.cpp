#include <sheaf/packet_collator.hpp>

#include <archetypes.hpp>

#include <doctest/doctest.h>

namespace archetype = test::archetype;
using archetype::Arrivals;
using archetype::Id;
using archetype::Make;
using archetype::Receipt;
using archetype::Traits;
using namespace std::chrono_literals;

// All members, used below or not.
template class sheaf::PacketCollator<archetype::SynchronousTransform,
                                     archetype::SynchronousSink,
                                     archetype::Executor,
                                     Traits<sheaf::OwnTimer>>;
template class sheaf::PacketCollator<archetype::SynchronousTransform,
                                     archetype::ConsumingSink,
                                     archetype::HelpingExecutor,
                                     Traits<sheaf::OwnTimer>>;
template class sheaf::PacketCollator<archetype::AsynchronousTransform,
                                     archetype::AsynchronousSink,
                                     archetype::ManualExecutor,
                                     Traits<sheaf::HostTimer>>;

namespace {

template <class Collator>
void submit(Collator& collator, std::uint64_t id, std::uint64_t index, const char* text, bool last) {
    CHECK(collator
              .submit({.resource_id = Id{id},
                       .index = index,
                       .payload = text,
                       .last = last,
                       .receipt = Receipt{static_cast<int>(index)}})
              .accepted());
}

/// One resource that becomes complete, and one that does not.
template <class Collator>
void run(Collator& collator, const Arrivals& arrivals) {
    submit(collator, 1, 2, "c", true);
    submit(collator, 1, 0, "a", false);
    submit(collator, 1, 1, "b", false);
    submit(collator, 2, 1, "z", false);
    CHECK(collator.drain(30s).status == sheaf::DrainStatus::finished);
    CHECK(arrivals.outputs == std::vector<std::string>{"abc"});
    CHECK(arrivals.incomplete == 1);
}

}  // namespace

TEST_CASE("archetypes: a collator needs no more of a synchronous transform and sink than it says") {
    Arrivals arrivals;
    sheaf::PacketCollator collator{archetype::SynchronousTransform{Make{}},
                                   archetype::SynchronousSink{arrivals},
                                   archetype::Executor{Make{}},
                                   {},
                                   sheaf::traits<Traits<sheaf::OwnTimer>>};
    run(collator, arrivals);
    CHECK(arrivals.receipts == 4);
}

TEST_CASE(
    "archetypes: a collator needs no more of a consuming sink and an executor with threads than it says") {
    Arrivals arrivals;
    sheaf::PacketCollator collator{archetype::SynchronousTransform{Make{}},
                                   archetype::ConsumingSink{arrivals},
                                   archetype::HelpingExecutor{Make{}},
                                   {},
                                   sheaf::traits<Traits<sheaf::OwnTimer>>};
    run(collator, arrivals);
    CHECK(arrivals.receipts == 4);
}

TEST_CASE("archetypes: a collator needs no more of what answers later than it says") {
    Arrivals arrivals;
    sheaf::PacketCollator collator{archetype::AsynchronousTransform{Make{}},
                                   archetype::AsynchronousSink{arrivals},
                                   archetype::ManualExecutor{Make{}},
                                   {.delivery_attempts = 1},
                                   sheaf::traits<Traits<sheaf::HostTimer>>};
    submit(collator, 3, 0, "!", true);
    run(collator, arrivals);
    CHECK(arrivals.receipts == 5);
    CHECK(arrivals.buried == std::vector<std::string>{"!"});
}
