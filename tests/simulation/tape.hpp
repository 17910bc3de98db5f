#pragma once

#include "random.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace simulation {

/// The choices of a history, in parts: its plan, its steps, its end.
using Choices = std::vector<std::vector<std::uint32_t>>;

/// Everything that a history leaves to chance, as a sequence of choices: drawn from a seed and recorded, or given. Where
/// a part of the given ones is used up each further choice is 0, so 0 must be the simplest one everywhere: no fault,
/// the oldest, no time. Then a history can be made smaller by making its tape smaller; and since each step has a part
/// of its own, a step can be changed or left out while the others stay what they are.
class Tape {
public:
    explicit Tape(std::uint64_t seed)
        : random_{seed} {
        made_.reserve(4'096);
    }
    explicit Tape(Choices given)
        : given_{std::move(given)}
        , is_given_{true} {
        given_.resize(given_.size() < 2 ? 2 : given_.size());
    }

    /// From here on to the next part. The first part has begun already.
    void begin_step() { begin_part(part_ + 1); }
    void begin_end() { begin_part(given_.size() - 1); }
    /// Whether there is another step. `wanted`: where no choices are given, how many there are to be.
    [[nodiscard]] bool has_step(std::size_t wanted) const noexcept {
        return begins_.size() < (is_given_ ? given_.size() - 2 : wanted);
    }

    /// From 0 to `bound - 1`. Precondition: `bound` is neither 0 nor above 2^32.
    std::uint64_t below(std::uint64_t bound) {
        std::uint64_t choice = 0;
        if (!is_given_) {
            choice = random_.below(bound);
        } else if (next_ < given_[part_].size()) {
            choice = given_[part_][next_++] % bound;
        }
        made_.push_back(static_cast<std::uint32_t>(choice));
        return choice;
    }
    /// From `low` to `high`, both included; `low` is the simplest.
    std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
    /// True in `percent` of a hundred cases; false is the simplest.
    bool chance(unsigned percent) { return below(100) >= 100 - percent; }
    /// Takes one value out; the first is the simplest.
    template <class T>
    T take(std::vector<T>& values) {
        const auto place = values.begin() + static_cast<std::ptrdiff_t>(below(values.size()));
        T taken = std::move(*place);
        values.erase(place);
        return taken;
    }

    /// What was chosen so far, each part without the zeros at its end.
    [[nodiscard]] Choices choices() const {
        Choices parts;
        std::size_t from = 0;
        for (std::size_t i = 0; i <= begins_.size(); ++i) {
            std::size_t end = i == begins_.size() ? made_.size() : begins_[i];
            const std::size_t next = end;
            while (end != from && made_[end - 1] == 0) { --end; }
            parts.emplace_back(made_.begin() + static_cast<std::ptrdiff_t>(from),
                               made_.begin() + static_cast<std::ptrdiff_t>(end));
            from = next;
        }
        return parts;
    }

private:
    void begin_part(std::size_t part) {
        begins_.push_back(made_.size());
        part_ = part;
        next_ = 0;
    }

    test::Random random_{0};
    Choices given_;
    bool is_given_ = false;
    std::size_t part_ = 0;
    std::size_t next_ = 0;  // within the part
    std::vector<std::uint32_t> made_;
    std::vector<std::size_t> begins_;  // of the parts after the first
};

}  // namespace simulation
