#include <sheaf/sink/with_receipts.hpp>

#include <sheaf/sink/collecting.hpp>
#include <sheaf/sink/dead_letter.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

using sheaf::Completed;
using sheaf::WithReceipts;

TEST_CASE("WithReceipts adds release to a sink and keeps what it has") {
    sheaf::CollectingSink<> collected;
    sheaf::CollectingSink<> undelivered;
    std::vector<std::unique_ptr<int>> released;
    WithReceipts sink{sheaf::WithDeadLetter{std::ref(collected), std::ref(undelivered)},
                      [&](std::span<std::unique_ptr<int>> receipts) noexcept {
                          for (auto& receipt : receipts) { released.push_back(std::move(receipt)); }
                      }};
    using Sink = decltype(sink);
    static_assert(sheaf::SynchronousSinkFor<Sink, Completed<>> &&
                  sheaf::DeadLetterSinkFor<Sink, Completed<>>);
    static_assert(sheaf::ReleasesReceipts<Sink, std::unique_ptr<int>> && !sheaf::ReleasesReceipts<Sink, int>);

    sink.deliver(Completed<>{});
    sink.dead_letter(Completed<>{}, nullptr);
    CHECK(collected.size() == 1);
    CHECK(undelivered.size() == 1);
    std::vector<std::unique_ptr<int>> receipts;
    receipts.push_back(std::make_unique<int>(1));
    sink.release(std::span{receipts});
    CHECK(released.size() == 1);
}
