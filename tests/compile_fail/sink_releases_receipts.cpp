// error: sheaf: with Traits::receipt the Sink must provide release.std::span<receipt>. noexcept

struct Sink {
    void deliver(const sheaf::Completed<>& event);
    void deliver(const sheaf::Incomplete<>& event);
#ifdef BAD_TWIN
    void release(std::span<int> receipts);
#else
    void release(std::span<int> receipts) noexcept;
#endif
};

struct Traits : sheaf::DefaultTraits {
    using receipt = int;
};

static_assert(sizeof(sheaf::PacketCollator<sheaf::WordLengths, Sink, sheaf::InlineExecutor, Traits>) > 0);
