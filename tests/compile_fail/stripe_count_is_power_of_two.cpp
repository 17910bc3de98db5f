// error: sheaf: Traits::stripe_count must be a power of two

struct Traits : sheaf::DefaultTraits {
#ifdef BAD_TWIN
    static constexpr std::size_t stripe_count = 12;
#else
    static constexpr std::size_t stripe_count = 16;
#endif
};

void collate(sheaf::CollectingSink<>& sink) {
    sheaf::PacketCollator collator{
        sheaf::WordLengths{}, std::ref(sink), sheaf::InlineExecutor{}, {}, sheaf::traits<Traits>};
}
