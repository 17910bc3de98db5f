// error: sheaf: a NamedZone is made of a zone
struct Zone {
    struct Info {
        std::chrono::sys_seconds begin{};
        std::chrono::sys_seconds end = std::chrono::sys_seconds::max();
        std::chrono::seconds offset{};
    };
    [[nodiscard]] Info get_info(std::chrono::sys_seconds /*time*/) const { return {}; }
    [[nodiscard]] std::string_view name() const { return "somewhere"; }
};

std::string_view name_of(const Zone* zone) {
#ifdef BAD_TWIN
    return sheaf::NamedZone{zone}.name();
#else
    return sheaf::NamedZone{*zone}.name();
#endif
}
