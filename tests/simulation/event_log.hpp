#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simulation {

/// What happened, step by step: as a hash always (two runs of a tape must agree in it), as text when one is replayed.
class EventLog {
public:
    explicit EventLog(bool keeps_text) noexcept
        : keeps_text_{keeps_text} {}

    [[nodiscard]] bool keeps_text() const noexcept { return keeps_text_; }

    /// Each # in `words` stands for the next of the first three numbers. Only the numbers go into the hash.
    void note(std::string_view words,
              std::uint64_t a = 0,
              std::uint64_t b = 0,
              std::uint64_t c = 0,
              std::uint64_t hidden = 0) {
        for (const std::uint64_t number : {a, b, c, hidden}) { mix(number); }
        ++size_;
        if (keeps_text_ && !is_closed_) { write(words, {a, b, c}); }
    }

    /// The text ends here: a promise was broken, and what follows is no use.
    void close(std::string_view why) {
        if (keeps_text_ && !is_closed_) { lines_.push_back("broken: " + std::string{why}); }
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
    void write(std::string_view words, const std::array<std::uint64_t, 3>& numbers) {
        std::string line;
        std::size_t next = 0;
        for (const char letter : words) {
            if (letter == '#' && next < numbers.size()) {
                line += std::to_string(numbers[next++]);
            } else {
                line += letter;
            }
        }
        lines_.push_back(std::move(line));
    }

    /// FNV-1a by 64-bit words.
    void mix(std::uint64_t word) noexcept { hash_ = (hash_ ^ word) * 0x100000001b3U; }

    bool keeps_text_;
    bool is_closed_ = false;
    std::uint64_t hash_ = 0xcbf29ce484222325U;
    std::size_t size_ = 0;
    std::vector<std::string> lines_;
};

}  // namespace simulation
