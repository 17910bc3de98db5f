#include <sheaf/detail/unique_task.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace {

using sheaf::detail::UniqueTask;

/// Counts its living instances, and where it lies.
template <std::size_t Size, std::size_t Alignment = alignof(void*), bool NothrowMove = true>
struct alignas(Alignment) Probe {
    static inline int living = 0;
    int* calls;
    const void** place;
    std::array<std::byte, Size - 2 * sizeof(void*)> filler{};

    Probe(int& calls_, const void*& place_) noexcept
        : calls{&calls_}
        , place{&place_} {
        ++living;
    }
    Probe(Probe&& other) noexcept(NothrowMove)
        : calls{other.calls}
        , place{other.place} {
        ++living;
    }
    ~Probe() { --living; }
    void operator()() {
        ++*calls;
        *place = this;
    }
};

bool inside(const void* place, const UniqueTask& task) {
    const auto* const begin = reinterpret_cast<const std::byte*>(&task);
    const auto* const byte = static_cast<const std::byte*>(place);
    return !std::less<>{}(byte, begin) && std::less<>{}(byte, begin + sizeof task);
}

template <class Callable>
bool works_inline() {
    int calls = 0;
    const void* place = nullptr;
    bool is_inside = false;
    {
        UniqueTask task{Callable{calls, place}};
        CHECK(Callable::living == 1);
        UniqueTask moved{std::move(task)};
        CHECK_FALSE(task);  // NOLINT(bugprone-use-after-move)
        CHECK(moved);
        UniqueTask assigned{Callable{calls, place}};
        CHECK(Callable::living == 2);
        assigned = std::move(moved);
        CHECK(Callable::living == 1);
        assigned();
        CHECK(calls == 1);
        is_inside = inside(place, assigned);
        auto& self = assigned;
        assigned = std::move(self);
        assigned();
        CHECK(calls == 2);
    }
    CHECK(Callable::living == 0);
    return is_inside;
}

struct ThrowsWhenMoved {
    ThrowsWhenMoved() = default;
    ThrowsWhenMoved(ThrowsWhenMoved&&) { throw std::runtime_error{"move"}; }  // NOLINT
    void operator()() {}
};

static_assert(std::is_nothrow_move_constructible_v<UniqueTask>);
static_assert(!std::is_copy_constructible_v<UniqueTask>);

}  // namespace

TEST_CASE("UniqueTask keeps small callables inside and others elsewhere") {
    CHECK(works_inline<Probe<16>>());
    CHECK(works_inline<Probe<64>>());
    CHECK_FALSE(works_inline<Probe<72>>());
    CHECK_FALSE(works_inline<Probe<64, 64>>());
    CHECK_FALSE(works_inline<Probe<16, 8, false>>());
}

TEST_CASE("UniqueTask takes move-only lambdas and function pointers") {
    static int calls = 0;
    UniqueTask pointer{+[] { ++calls; }};
    pointer();
    UniqueTask lambda{[owned = std::make_unique<int>(2)] { calls += *owned; }};
    lambda();
    CHECK(calls == 3);
}

TEST_CASE("UniqueTask is empty while it destroys its callable") {
    struct Observer {
        UniqueTask** task;
        bool* was_empty;
        Observer(UniqueTask** t, bool* e) noexcept
            : task{t}
            , was_empty{e} {}
        Observer(Observer&& other) noexcept
            : task{std::exchange(other.task, nullptr)}
            , was_empty{other.was_empty} {}
        ~Observer() {
            if (task != nullptr) { *was_empty = !**task; }
        }
        void operator()() const {}
    };
    UniqueTask* address = nullptr;
    bool was_empty = false;
    UniqueTask task{Observer{&address, &was_empty}};
    address = &task;
    task.reset();
    CHECK(was_empty);
    CHECK_FALSE(task);
}

TEST_CASE("UniqueTask passes on what the move of a callable throws") {
    ThrowsWhenMoved callable;
    CHECK_THROWS_AS(UniqueTask{std::move(callable)}, std::runtime_error);
}
