// error: sheaf: Traits::hash must be constructible from a SipKey and callable

struct Id {
    std::uint32_t shelf;
    std::uint32_t book;
    bool operator==(const Id&) const noexcept = default;
};

struct Hash {
    explicit Hash(sheaf::SipKey key) noexcept;
    std::uint64_t operator()(const Id& id) const noexcept;
};

struct Traits : sheaf::DefaultTraits {
    using resource_id = Id;
#ifndef BAD_TWIN
    using hash = Hash;  // the default one knows integers and texts
#endif
};

struct Sink {
    void deliver(const sheaf::Completed<std::vector<std::uint32_t>, Id>& event);
    void deliver(const sheaf::Incomplete<std::vector<std::uint32_t>, Id>& event);
};

static_assert(sizeof(sheaf::PacketCollator<sheaf::WordLengths, Sink, sheaf::InlineExecutor, Traits>) > 0);
