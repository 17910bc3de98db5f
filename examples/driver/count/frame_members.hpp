#pragma once

#include "count_settings.hpp"
#include "frame_block.hpp"

#include <sheaf/distinct/zone.hpp>
#include <sheaf/json/json_number.hpp>
#include <sheaf/json/json_string.hpp>
#include <sheaf/json/root_pair.hpp>
#include <sheaf/keyed_hash.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace driver {

/// Names the hash of users, and its key, in snapshots. The key is written here, so that counts of the same frames are the same in
/// every run and can be merged.
inline constexpr std::uint64_t user_hash_id = 1;
inline constexpr sheaf::KeyedHash user_hash{sheaf::SipKey{0x7368656166206b65, 0x792066726d207631}};

/// Makes of the two members' texts what is counted.
class FrameMembers {
public:
    explicit FrameMembers(const CountSettings& settings) noexcept
        : settings_{settings} {}

    /// Sets the user and the time. Returns false where they are none; `reason` says why.
    [[nodiscard]] bool take(const sheaf::RootValue& user, const sheaf::RootValue& time, ReadFrame& frame) {
        const auto name = meaning(user);
        if (!name) { return fail(settings_.key, user.text, "has an escape that there is not"); }
        if (!user.is_string && !sheaf::is_json_number(user.text)) {
            return fail(settings_.key, user.text, "is neither a string nor a number");
        }
        // A number is the user of that name.
        frame.user = user_hash(*name);
        const auto written = meaning(time);
        const auto seconds = written ? sheaf::floor_of_json_number(*written) : std::nullopt;
        if (!seconds) { return fail(settings_.time, time.text, "is no number of 64 bits"); }
        if (*seconds < sheaf::earliest_time.time_since_epoch().count() ||
            *seconds > sheaf::latest_time.time_since_epoch().count()) {
            return fail(settings_.time, time.text,
                        "is not in the years 1 to 9999: it must be in seconds since 1970");
        }
        frame.time = std::chrono::sys_seconds{std::chrono::seconds{*seconds}};
        return true;
    }

    /// Why `take` returned false.
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

private:
    /// What the text stands for; nothing where an escape is wrong.
    [[nodiscard]] std::optional<std::string_view> meaning(const sheaf::RootValue& value) {
        if (!value.has_escapes) { return value.text; }
        if (!sheaf::decode_json_string(value.text, decoded_)) { return std::nullopt; }
        return decoded_;
    }

    bool fail(std::string_view member, std::string_view text, std::string_view what) {
        constexpr std::size_t longest = 60;
        reason_ = '"';
        reason_ += member;
        reason_ += "\" ";
        for (const char letter : text.substr(0, longest)) {
            // What would control the terminal that shows it.
            const auto byte = static_cast<unsigned char>(letter);
            reason_ += byte < 0x20 || byte == 0x7F ? '?' : letter;
        }
        reason_ += text.size() > longest ? "... " : " ";
        reason_ += what;
        return false;
    }

    const CountSettings& settings_;
    std::string decoded_;
    std::string reason_;
};

}  // namespace driver
