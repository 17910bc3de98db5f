// error: sheaf: Executor must provide execute.task. for move-only tasks

struct Executor {
#ifdef BAD_TWIN
    template <std::copy_constructible Task>
#else
    template <std::move_constructible Task>
#endif
    void execute(Task task);
};

using Sink = std::reference_wrapper<sheaf::CollectingSink<>>;

static_assert(sizeof(sheaf::PacketCollator<sheaf::WordLengths, Sink, Executor>) > 0);
