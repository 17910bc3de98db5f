// error: sheaf: Traits::timer must be OwnTimer or HostTimer

struct LazyTimer {};

struct Traits : sheaf::DefaultTraits {
#ifdef BAD_TWIN
    using timer = LazyTimer;
#else
    using timer = sheaf::HostTimer;
#endif
};

using Sink = std::reference_wrapper<sheaf::CollectingSink<>>;

static_assert(sizeof(sheaf::PacketCollator<sheaf::WordLengths, Sink, sheaf::InlineExecutor, Traits>) > 0);
