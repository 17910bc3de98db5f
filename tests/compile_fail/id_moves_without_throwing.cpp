// error: sheaf: Traits::resource_id must be nothrow movable

struct Id {
    Id();
    Id(const Id&);
    Id& operator=(const Id&);
#ifndef BAD_TWIN
    Id(Id&&) noexcept;
    Id& operator=(Id&&) noexcept;
#endif
    bool operator==(const Id&) const noexcept;
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
