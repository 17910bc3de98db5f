// error: sheaf: the output of Traits::collation must be nothrow movable

struct Transform {
    std::string operator()(std::span<const std::byte> payload) const;
};

struct Output {
    Output();
    Output(const Output&);
    Output& operator=(const Output&);
#ifndef BAD_TWIN
    Output(Output&&) noexcept;
    Output& operator=(Output&&) noexcept;
#endif
};

struct Join {
    Output operator()(Output output, const std::string& chunk) const;
};

struct Traits : sheaf::DefaultTraits {
    using collation = sheaf::Fold<Output, Join>;
};

using Sink = std::reference_wrapper<sheaf::CollectingSink<Output, Traits::resource_id, std::string>>;

static_assert(sizeof(sheaf::PacketCollator<Transform, Sink, sheaf::InlineExecutor, Traits>) > 0);
