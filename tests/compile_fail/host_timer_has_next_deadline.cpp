// error: (no matching function for call to .*next_deadline|invalid reference to function .next_deadline.: constraints not satisfied)
// note: HostTimer

struct Traits : sheaf::DefaultTraits {
#ifndef BAD_TWIN
    using timer = sheaf::HostTimer;
#endif
};

using Sink = std::reference_wrapper<sheaf::CollectingSink<>>;

using Collator = sheaf::PacketCollator<sheaf::WordLengths, Sink, sheaf::InlineExecutor, Traits>;

void drive([[maybe_unused]] Collator& collator) { static_assert(noexcept(collator.next_deadline())); }
