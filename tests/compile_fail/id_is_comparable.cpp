// error: sheaf: Traits::resource_id must be copyable and equality comparable

struct Id {
    std::uint32_t shelf;
    std::uint32_t book;
#ifndef BAD_TWIN
    bool operator==(const Id&) const noexcept = default;
#endif
};

struct Hash {
    explicit Hash(sheaf::SipKey key) noexcept;
    std::uint64_t operator()(const Id& id) const noexcept;
};

struct Traits : sheaf::DefaultTraits {
    using resource_id = Id;
    using hash = Hash;
};

struct Sink {
    void deliver(const sheaf::Completed<std::vector<std::uint32_t>, Id>& event);
    void deliver(const sheaf::Incomplete<std::vector<std::uint32_t>, Id>& event);
};

static_assert(sizeof(sheaf::PacketCollator<sheaf::WordLengths, Sink, sheaf::InlineExecutor, Traits>) > 0);
