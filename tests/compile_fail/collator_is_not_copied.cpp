// error: (use of deleted function|call to deleted constructor)

using Collator = sheaf::PacketCollator<sheaf::WordLengths, std::reference_wrapper<sheaf::CollectingSink<>>>;

void look_at(Collator& collator) {
#ifdef BAD_TWIN
    const auto other = collator;
#else
    const auto& other = collator;
#endif
    static_cast<void>(other);
}
