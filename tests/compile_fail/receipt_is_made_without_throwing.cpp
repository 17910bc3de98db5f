// error: sheaf: Traits::receipt must be nothrow default constructible

struct Receipt {
#ifdef BAD_TWIN
    Receipt();
#else
    Receipt() noexcept;
#endif
    Receipt(Receipt&&) noexcept;
    Receipt& operator=(Receipt&&) noexcept;
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
