#pragma once

// What a batch keeps in its thread's stack.
#include <sheaf/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// How many packets are looked at together: enough that a stripe gets many of them, whose memory is asked for at a
/// time.
inline constexpr std::size_t batch_window = 1024;

/// Up to `Capacity` objects; those that are not needed are not made.
template <class T, std::size_t Capacity>
class InlineList {
public:
    InlineList() noexcept {}  // leaves the memory alone
    InlineList(const InlineList&) = delete;
    InlineList& operator=(const InlineList&) = delete;
    ~InlineList() { std::destroy_n(begin(), size_); }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] T* begin() noexcept { return objects_; }
    [[nodiscard]] T* end() noexcept { return begin() + size_; }
    /// Default-initialised: what T leaves open stays open.
    [[nodiscard]] T& emplace_back() noexcept { return *::new (static_cast<void*>(begin() + size_++)) T; }
    void pop_back() noexcept { std::destroy_at(begin() + --size_); }

private:
    union {
        T objects_[Capacity];
    };
    std::size_t size_ = 0;
};

/// Hashes that have been inserted, and now and then one that has not.
class HashSketch {
public:
    void insert(std::uint64_t hash) noexcept { words_[(hash >> 6U) % words_.size()] |= bit_of(hash); }
    [[nodiscard]] bool may_have(std::uint64_t hash) const noexcept {
        return (words_[(hash >> 6U) % words_.size()] & bit_of(hash)) != 0;
    }

private:
    [[nodiscard]] static std::uint64_t bit_of(std::uint64_t hash) noexcept {
        return std::uint64_t{1} << (hash % 64);
    }

    std::array<std::uint64_t, 16> words_{};
};

/// The packets of one window, stripe by stripe: a list for each stripe, in the order of the window.
template <std::size_t StripeCount>
class StripeLists {
public:
    static constexpr std::uint16_t none = 0xffff;

    StripeLists() noexcept { clear(); }

    void clear() noexcept { first_.fill(none); }
    void append(std::uint32_t stripe, std::size_t position) noexcept {
        const auto place = static_cast<std::uint16_t>(position);
        (first_[stripe] == none ? first_[stripe] : next_[last_[stripe]]) = place;
        last_[stripe] = place;
        next_[position] = none;
    }
    /// The first packet of a stripe, or `none`.
    [[nodiscard]] std::uint16_t first(std::uint32_t stripe) const noexcept { return first_[stripe]; }
    /// The one after `position` in the same stripe, or `none`.
    [[nodiscard]] std::uint16_t after(std::uint16_t position) const noexcept { return next_[position]; }
    /// Takes out the one between `position` (`none`: the start of the list) and `next`.
    void remove_after(std::uint16_t position, std::uint32_t stripe, std::uint16_t next) noexcept {
        (position == none ? first_[stripe] : next_[position]) = next;
    }

private:
    std::array<std::uint16_t, StripeCount> first_;
    std::array<std::uint16_t, StripeCount> last_;
    std::array<std::uint16_t, batch_window> next_;
};

}  // namespace shell

SHEAF_NAMESPACE_END
