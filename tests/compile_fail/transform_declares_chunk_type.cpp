// error: sheaf: Transform must be callable as chunk operator.* or declare chunk_type

struct AsynchronousTransform {
#ifndef BAD_TWIN
    using chunk_type = std::string;
#endif
    void operator()(std::span<const std::byte> payload, sheaf::Completion<std::string> completion) const;
};

using Sink = std::reference_wrapper<sheaf::CollectingSink<std::string>>;

static_assert(sizeof(sheaf::PacketCollator<AsynchronousTransform, Sink>) > 0);
