// error: sheaf: the callable of WithReceipts must be noexcept

void give_back(sheaf::CollectingSink<>& sink, std::span<int> receipts) {
#ifdef BAD_TWIN
    const auto on_receipts = [](std::span<int>) {};
#else
    const auto on_receipts = [](std::span<int>) noexcept {};
#endif
    sheaf::WithReceipts{std::ref(sink), on_receipts}.release(receipts);
}
