// error: sheaf: NullMutex requires HostTimer and an executor without threads

struct Traits : sheaf::DefaultTraits {
    using mutex = sheaf::NullMutex;
    using timer = sheaf::HostTimer;
};

#ifdef BAD_TWIN
using Executor = std::reference_wrapper<sheaf::ThreadPool>;
#else
using Executor = std::reference_wrapper<sheaf::ManualExecutor>;
#endif

using Sink = std::reference_wrapper<sheaf::CollectingSink<>>;

static_assert(sizeof(sheaf::PacketCollator<sheaf::WordLengths, Sink, Executor, Traits>) > 0);
