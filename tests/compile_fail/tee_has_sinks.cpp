// error: sheaf: a Tee needs at least one sink

struct Sink {};

void collate([[maybe_unused]] const Sink& sink) {
#ifdef BAD_TWIN
    const sheaf::Tee tee{};
#else
    const sheaf::Tee tee{sink};
#endif
    static_cast<void>(tee);
}
