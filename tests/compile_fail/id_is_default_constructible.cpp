// error: sheaf: Traits::resource_id must be default constructible

struct Id {
#ifndef BAD_TWIN
    Id() = default;
#endif
    explicit Id(std::uint64_t number_) noexcept;
    bool operator==(const Id&) const noexcept = default;
    std::uint64_t number = 0;
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
