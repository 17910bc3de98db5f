// error: sheaf: NullMutex requires HostTimer and an executor without threads

struct Traits : sheaf::DefaultTraits {
    using mutex = sheaf::NullMutex;
#ifndef BAD_TWIN
    using timer = sheaf::HostTimer;
#endif
};

using Sink = std::reference_wrapper<sheaf::CollectingSink<>>;

static_assert(sizeof(sheaf::PacketCollator<sheaf::WordLengths, Sink, sheaf::InlineExecutor, Traits>) > 0);
