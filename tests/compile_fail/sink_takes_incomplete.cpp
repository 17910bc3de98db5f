// error: sheaf: Sink must provide deliver.const Incomplete<

struct Sink {
    void deliver(const sheaf::Completed<>& event);
#ifndef BAD_TWIN
    void deliver(const sheaf::Incomplete<>& event);
#endif
};

static_assert(sizeof(sheaf::PacketCollator<sheaf::WordLengths, Sink>) > 0);
