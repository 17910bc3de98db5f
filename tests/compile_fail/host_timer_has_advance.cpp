// error: (no matching function for call to .*advance|invalid reference to function .advance.: constraints not satisfied)
// note: HostTimer

struct Traits : sheaf::DefaultTraits {
#ifndef BAD_TWIN
    using timer = sheaf::HostTimer;
#endif
};

using Sink = std::reference_wrapper<sheaf::CollectingSink<>>;

using Collator = sheaf::PacketCollator<sheaf::WordLengths, Sink, sheaf::InlineExecutor, Traits>;

void drive([[maybe_unused]] Collator& collator, [[maybe_unused]] std::chrono::nanoseconds now) {
    static_assert(noexcept(collator.advance(now)));
}
