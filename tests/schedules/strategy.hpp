#pragma once

#include "random.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

/// Which thread goes on at each point where threads can meet: the choices of one run of a program, and how the next
/// run's follow from them.

namespace schedule {

/// Where other threads may go on. After unlocks there are many more points, and few of them matter: until its next step a
/// thread does little that others see, but it may use what they destroy.
enum class Points : std::uint8_t { before_steps, after_unlocks_too };

/// Decides. Option 0 is always the plainest: the running thread goes on, a store is seen at once.
class Strategy {
public:
    Strategy() = default;
    Strategy(const Strategy&) = delete;
    Strategy& operator=(const Strategy&) = delete;
    virtual ~Strategy() = default;

    /// One of `options` alternatives. `is_disturbance`: all but the first interrupt a thread that could have gone on.
    [[nodiscard]] virtual std::uint32_t choose(std::uint32_t options, bool is_disturbance) = 0;
    /// Prepares the next run. False: there is none.
    [[nodiscard]] virtual bool next_run() = 0;

    /// `Points::after_unlocks_too`, in this run.
    [[nodiscard]] bool pauses_after_unlock() const noexcept { return pauses_after_unlock_; }

    /// What was chosen in this run, as text for `Replay`: `17:1 42:2` is option 1 at the 17th place and 2 at the 42nd;
    /// a `u` before them: with points after unlocks.
    [[nodiscard]] std::string text() const {
        std::string text = pauses_after_unlock_ ? "u" : "";
        for (std::size_t i = 0; i < choices_.size(); ++i) {
            if (choices_[i].taken == 0) { continue; }
            text += (text.empty() ? "" : " ") + std::to_string(i) + ':' + std::to_string(choices_[i].taken);
        }
        return text;
    }

protected:
    struct Choice {
        std::uint32_t taken = 0;
        std::uint32_t options = 1;
    };
    std::vector<Choice> choices_;
    bool pauses_after_unlock_ = false;
};

/// All schedules that deviate at most so many times from the plainest one (which never interrupts a thread, and goes on
/// with the oldest one where it must), each once: a search in depth that runs the program anew for each schedule. (Most
/// faults of concurrency need one or two: Emmi, Qadeer and Rakamaric, "Delay-bounded scheduling", 2011.)
class Exhaustive final : public Strategy {
public:
    explicit Exhaustive(std::uint32_t deviations, Points points = Points::before_steps)
        : allowed_{deviations} {
        pauses_after_unlock_ = points == Points::after_unlocks_too;
    }

    std::uint32_t choose(std::uint32_t options, bool is_disturbance) override {
        static_cast<void>(is_disturbance);
        if (deviations_ == allowed_) { options = 1; }
        if (position_ == choices_.size()) { choices_.push_back({0, options}); }
        const Choice& choice = choices_[position_++];
        if (choice.options != options) {
            throw std::logic_error{"the program is not deterministic: place " +
                                   std::to_string(position_ - 1) + " had " + std::to_string(choice.options) +
                                   " options, and has " + std::to_string(options)};
        }
        if (choice.taken != 0) { ++deviations_; }
        return choice.taken;
    }

    bool next_run() override {
        position_ = 0;
        deviations_ = 0;
        while (!choices_.empty() && choices_.back().taken + 1 == choices_.back().options) {
            choices_.pop_back();
        }
        if (choices_.empty()) { return false; }
        ++choices_.back().taken;
        return true;
    }

private:
    const std::uint32_t allowed_;
    std::uint32_t deviations_ = 0;
    std::size_t position_ = 0;
};

/// So many schedules (at least one), from seeds; each disturbs rarely or often, every other one after unlocks too.
class Randomly final : public Strategy {
public:
    Randomly(std::uint64_t first_seed, std::uint64_t runs)
        : seed_{first_seed}
        , left_{runs} {
        begin();
    }

    std::uint32_t choose(std::uint32_t options, bool is_disturbance) override {
        const bool stays = is_disturbance && !random_.chance(percent_);
        const auto taken = stays ? 0 : static_cast<std::uint32_t>(random_.below(options));
        choices_.push_back({taken, options});
        return taken;
    }

    bool next_run() override {
        ++seed_;
        begin();
        return --left_ != 0;
    }

private:
    void begin() {
        choices_.clear();
        random_ = test::Random{seed_};
        constexpr unsigned percents[] = {2, 5, 15, 50};
        percent_ = percents[random_.below(4)];
        pauses_after_unlock_ = random_.chance(50);
    }

    std::uint64_t seed_;
    std::uint64_t left_;
    test::Random random_{0};
    unsigned percent_ = 0;
};

/// One schedule again, from its text.
class Replay final : public Strategy {
public:
    /// Throws `std::invalid_argument` where the text is none of `text()`.
    explicit Replay(const std::string& text) {
        pauses_after_unlock_ = text.starts_with('u');
        std::istringstream words{pauses_after_unlock_ ? text.substr(1) : text};
        for (std::string word; words >> word;) {
            const char* const end = word.data() + word.size();
            std::size_t place = 0;
            std::uint32_t taken = 0;
            const auto before = std::from_chars(word.data(), end, place);
            const bool has_colon = before.ec == std::errc{} && before.ptr != end && *before.ptr == ':';
            const auto after = std::from_chars(has_colon ? before.ptr + 1 : end, end, taken);
            if (after.ec != std::errc{} || after.ptr != end || !taken_.emplace(place, taken).second) {
                throw std::invalid_argument{"no schedule: '" + text + "', because of '" + word +
                                            "': it must be as in '17:1 42:2', each place once"};
            }
        }
    }

    std::uint32_t choose(std::uint32_t options, bool is_disturbance) override {
        static_cast<void>(is_disturbance);
        const auto found = taken_.find(choices_.size());
        const std::uint32_t wanted = found == taken_.end() ? 0 : found->second;
        choices_.push_back({wanted < options ? wanted : 0, options});
        return choices_.back().taken;
    }
    bool next_run() override { return false; }

    /// After the run: what the schedule asks for and the program does not have; empty: nothing.
    [[nodiscard]] std::string misfit() const {
        for (const auto& [place, taken] : taken_) {
            const std::string begin = "the schedule does not fit: place " + std::to_string(place);
            if (place >= choices_.size()) {
                return begin + " of " + std::to_string(choices_.size()) + ", counted from 0";
            }
            if (taken >= choices_[place].options) {
                return begin + " has the options 0 to " + std::to_string(choices_[place].options - 1) +
                       ", and none " + std::to_string(taken);
            }
        }
        return {};
    }

private:
    std::map<std::size_t, std::uint32_t> taken_;
};

}  // namespace schedule
