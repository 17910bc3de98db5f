// error: sheaf: the third of the Handlers must be noexcept

void give_back(std::span<int> receipts) {
    const auto on_event = [](const auto&) {};
#ifdef BAD_TWIN
    const auto on_receipts = [](std::span<int>) {};
#else
    const auto on_receipts = [](std::span<int>) noexcept {};
#endif
    sheaf::Handlers{on_event, on_event, on_receipts}.release(receipts);
}
