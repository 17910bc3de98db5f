// error: sheaf: Traits::receipt must be nothrow movable

struct Receipt {
    Receipt() noexcept;
#ifdef BAD_TWIN
    Receipt(Receipt&&);
    Receipt& operator=(Receipt&&);
#else
    Receipt(Receipt&&) noexcept;
    Receipt& operator=(Receipt&&) noexcept;
#endif
};

struct Sink {
    void deliver(const sheaf::Completed<>& event);
    void deliver(const sheaf::Incomplete<>& event);
    void release(std::span<Receipt> receipts) noexcept;
};

struct Traits : sheaf::DefaultTraits {
    using receipt = Receipt;
};

static_assert(sizeof(sheaf::PacketCollator<sheaf::WordLengths, Sink, sheaf::InlineExecutor, Traits>) > 0);
