#pragma once

#include "plant.hpp"
#include "result.hpp"
#include "tape.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace simulation {

/// Makes a tape on which something goes wrong as small as it can: shorter first, then with smaller numbers; the same
/// thing must still go wrong.
class Shrinker {
public:
    /// Runs a tape. Gives back the choices that were made where the same thing went wrong, else nothing.
    using Replay = std::function<std::optional<Choices>(const Choices&)>;

    Shrinker(Choices failing, Replay replay, std::size_t most_replays)
        : best_{std::move(failing)}
        , replay_{std::move(replay)}
        , replays_left_{most_replays} {}

    [[nodiscard]] Choices run() {
        for (Choices before; before != best_ && replays_left_ != 0;) {
            before = best_;
            in_blocks([this] { return best_.size(); },
                      [this](std::size_t from, std::size_t count) { return without_steps(from, count); });
            for (std::size_t part = 0; part < best_.size(); ++part) {
                const auto size = [this, part] { return part < best_.size() ? best_[part].size() : 0; };
                in_blocks(size, [this, part](std::size_t from, std::size_t count) {
                    return without(part, from, count);
                });
                in_blocks(size, [this, part](std::size_t from, std::size_t count) {
                    return zeroed(part, from, count);
                });
                lower_numbers(part);
            }
        }
        return best_;
    }

    /// How much there is to read.
    [[nodiscard]] static std::size_t size_of(const Choices& choices) {
        std::size_t sum = choices.size();
        for (const auto& part : choices) { sum += part.size(); }
        return sum;
    }

private:
    /// The plan and the end stay.
    [[nodiscard]] Choices without_steps(std::size_t from, std::size_t count) const {
        Choices changed = best_;
        const std::size_t first = std::max<std::size_t>(from, 1);
        const std::size_t last = std::min(from + count, changed.size() - 1);
        if (first < last) {
            changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(first),
                          changed.begin() + static_cast<std::ptrdiff_t>(last));
        }
        return changed;
    }
    [[nodiscard]] Choices without(std::size_t part, std::size_t from, std::size_t count) const {
        Choices changed = best_;
        const auto begin = changed[part].begin() + static_cast<std::ptrdiff_t>(from);
        changed[part].erase(begin, begin + static_cast<std::ptrdiff_t>(count));
        return changed;
    }
    [[nodiscard]] Choices zeroed(std::size_t part, std::size_t from, std::size_t count) const {
        Choices changed = best_;
        std::fill_n(changed[part].begin() + static_cast<std::ptrdiff_t>(from), count, 0);
        return changed;
    }

    /// Tries a change on halves, quarters, and so on down to single ones, from the end to the beginning.
    template <class Size, class Change>
    void in_blocks(Size&& size_now, Change&& change) {
        for (std::size_t size = size_now(); size != 0; size /= 2) {
            for (std::size_t end = size_now(); end != 0;) {
                const std::size_t from = end > size ? end - size : 0;
                static_cast<void>(attempt(change(from, end - from)));
                end = std::min(from, size_now());
            }
        }
    }

    /// Each number to the lowest that will do, found by halving.
    void lower_numbers(std::size_t part) {
        for (std::size_t i = 0; part < best_.size() && i < best_[part].size(); ++i) {
            std::uint32_t low = 0;
            while (part < best_.size() && i < best_[part].size() && low < best_[part][i]) {
                Choices changed = best_;
                const std::uint32_t middle = low + (best_[part][i] - low) / 2;
                changed[part][i] = middle;
                if (!attempt(changed)) { low = middle + 1; }
            }
        }
    }

    [[nodiscard]] static bool is_smaller(const Choices& a, const Choices& b) {
        const std::size_t size_a = size_of(a);
        const std::size_t size_b = size_of(b);
        return size_a != size_b ? size_a < size_b : a < b;
    }

    /// True where that is the best one now.
    bool attempt(const Choices& changed) {
        if (replays_left_ == 0 || !is_smaller(changed, best_)) { return false; }
        --replays_left_;
        std::optional<Choices> made = replay_(changed);
        if (!made || !is_smaller(*made, best_)) { return false; }
        best_ = std::move(*made);
        return true;
    }

    Choices best_;
    const Replay replay_;
    std::size_t replays_left_;
};

/// The smallest tape that could be found within `most_replays` on which `Target` breaks the promise `violation`.
template <class Target>
[[nodiscard]] Choices shrink(Choices failing,
                             const std::string& violation,
                             std::size_t most_replays,
                             Plant plant = Plant::none) {
    const auto replay = [&](const Choices& choices) -> std::optional<Choices> {
        Result result = Target::run(Tape{choices}, false, plant);
        if (result.violation != violation) { return std::nullopt; }
        return std::move(result.choices);
    };
    return Shrinker{std::move(failing), replay, most_replays}.run();
}

}  // namespace simulation
