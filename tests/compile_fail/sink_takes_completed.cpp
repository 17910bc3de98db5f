// error: sheaf: Sink must provide deliver.const Completed<

// Written as a program writes it. `Completed<>` without arguments is the event of another transform.
void collate() {
#ifdef BAD_TWIN
    const auto on_completed = [](const sheaf::Completed<>&) {};
#else
    const auto on_completed = [](const sheaf::Completed<std::vector<std::byte>>&) {};
#endif
    const auto on_incomplete = [](const auto&) {};
    sheaf::PacketCollator collator{sheaf::Identity{}, sheaf::Handlers{on_completed, on_incomplete}};
    collator.cancel();
}
