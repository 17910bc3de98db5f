// error: sheaf: a chunk must be nothrow move constructible

struct Chunk {
    Chunk();
    Chunk(const Chunk&);
#ifndef BAD_TWIN
    Chunk(Chunk&&) noexcept;
#endif
};

struct Transform {
    Chunk operator()(std::span<const std::byte> payload) const;
};

struct Traits : sheaf::DefaultTraits {
    using collation = sheaf::KeepChunks;
};

using Sink = std::reference_wrapper<sheaf::CollectingSink<std::vector<Chunk>, Traits::resource_id, Chunk>>;

static_assert(sizeof(sheaf::PacketCollator<Transform, Sink, sheaf::InlineExecutor, Traits>) > 0);
