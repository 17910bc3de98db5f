#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace simulation {

/// What happened, step by step: as a hash always (two runs of a seed must agree in it), as text when a seed is
/// replayed.
class EventLog {
public:
    explicit EventLog(bool keeps_text) noexcept
        : keeps_text_{keeps_text} {}

    void note(std::string_view what, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0) {
        for (const char letter : what) { mix(static_cast<unsigned char>(letter)); }
        mix(a);
        mix(b);
        mix(c);
        ++size_;
        if (keeps_text_ && !is_closed_) {
            lines_.push_back(std::string{what} + ' ' + std::to_string(a) + ' ' + std::to_string(b) + ' ' +
                             std::to_string(c));
        }
    }

    /// The text ends here: a promise was broken, and what follows is no use.
    void close(std::string_view why) {
        if (keeps_text_ && !is_closed_) { lines_.emplace_back(why); }
        is_closed_ = true;
    }

    [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::string text() const {
        std::string all;
        for (const std::string& line : lines_) { all += line + '\n'; }
        return all;
    }

private:
    /// FNV-1a by 64-bit words.
    void mix(std::uint64_t word) noexcept { hash_ = (hash_ ^ word) * 0x100000001b3U; }

    bool keeps_text_;
    bool is_closed_ = false;
    std::uint64_t hash_ = 0xcbf29ce484222325U;
    std::size_t size_ = 0;
    std::vector<std::string> lines_;
};

}  // namespace simulation
