// error: sheaf: Transform must be callable as chunk operator

struct Transform {
#ifdef BAD_TWIN
    std::string operator()(std::span<const std::byte> payload);
#else
    std::string operator()(std::span<const std::byte> payload) const;
#endif
};

using Sink = std::reference_wrapper<sheaf::CollectingSink<std::string>>;

static_assert(sizeof(sheaf::PacketCollator<Transform, Sink>) > 0);
