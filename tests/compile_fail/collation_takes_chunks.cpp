// error: sheaf: Traits::collation cannot collate the chunks of this Transform

// A number is no container, so it cannot be concatenated, which is the default.
struct Transform {
    int operator()(std::span<const std::byte> payload) const;
};

struct Traits : sheaf::DefaultTraits {
#ifndef BAD_TWIN
    using collation = sheaf::KeepChunks;
#endif
};

using Sink = std::reference_wrapper<sheaf::CollectingSink<std::vector<int>, Traits::resource_id, int>>;

static_assert(sizeof(sheaf::PacketCollator<Transform, Sink, sheaf::InlineExecutor, Traits>) > 0);
