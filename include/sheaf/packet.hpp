#pragma once

#include <sheaf/config.hpp>
#include <sheaf/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

SHEAF_NAMESPACE_BEGIN

/// The bytes of one packet: either borrowed (a view of the caller's memory, which `submit` copies before it
/// returns) or owned (a buffer moved in, which an accepted packet takes over without a copy).
///
/// Thread safety: distinct objects may be used concurrently; one object as any plain value.
class Payload {
public:
    /// No bytes.
    Payload() noexcept = default;

    /// Borrows. The memory must stay as it is until `submit` has returned.
    Payload(std::span<const std::byte> bytes) noexcept  // NOLINT(google-explicit-constructor)
        : storage_{View{bytes, 0}} {}
    /// Borrows the characters in the same way.
    Payload(std::string_view text) noexcept  // NOLINT(google-explicit-constructor)
        : storage_{View{std::as_bytes(std::span{text}), 0}} {}
    /// Borrows the characters before the terminating zero in the same way.
    Payload(const char* text) noexcept  // NOLINT(google-explicit-constructor)
        : Payload{std::string_view{text}} {}
    /// Borrows the characters in the same way. A string that is moved in is taken over instead.
    Payload(const std::string& text) noexcept  // NOLINT(google-explicit-constructor)
        : Payload{std::string_view{text}} {}
    /// Borrows the bytes in the same way. A buffer that is moved in is taken over instead.
    Payload(const std::vector<std::byte>& bytes) noexcept  // NOLINT(google-explicit-constructor)
        : Payload{std::span<const std::byte>{bytes}} {}

    /// Owns: the buffer is taken over.
    Payload(std::string&& text) noexcept  // NOLINT(google-explicit-constructor)
        : storage_{std::move(text)} {}
    /// Owns: the buffer is taken over.
    Payload(std::vector<std::byte>&& bytes) noexcept  // NOLINT(google-explicit-constructor)
        : storage_{std::move(bytes)} {}

    /// The bytes, wherever they are. Valid as long as this object, and what it borrows from, is unchanged.
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
        if (const auto* view = std::get_if<View>(&storage_)) { return view->bytes; }
        if (const auto* text = std::get_if<std::string>(&storage_)) {
            return std::as_bytes(std::span{*text});
        }
        return std::get<std::vector<std::byte>>(storage_);
    }

    /// How many bytes there are.
    [[nodiscard]] std::size_t size() const noexcept { return bytes().size(); }

    /// The bytes of memory that it takes, or, where it borrows, that a copy of it will.
    [[nodiscard]] std::size_t held_bytes() const noexcept {
        if (const auto* text = std::get_if<std::string>(&storage_)) { return text->capacity(); }
        if (const auto* buffer = std::get_if<std::vector<std::byte>>(&storage_)) {
            return buffer->capacity();
        }
        return size();
    }

    /// True where the bytes belong to somebody else.
    [[nodiscard]] bool is_borrowed() const noexcept { return std::holds_alternative<View>(storage_); }

    /// A payload that owns a copy of the same bytes.
    ///
    /// Throws: `std::bad_alloc`; this object is unchanged then.
    [[nodiscard]] Payload copy() const {
        const auto view = bytes();
        return Payload{std::vector<std::byte>(view.begin(), view.end())};
    }

private:
    /// As large as the vector beside it: of a smaller one the optimizer of GCC 12 warns, in the host's code, that the
    /// vector which is not there "may be used uninitialized".
    struct View {
        std::span<const std::byte> bytes;
        std::size_t unused;
    };
    std::variant<View, std::string, std::vector<std::byte>> storage_;
};

/// The receipt of hosts that want nothing back.
struct NoReceipt {};

/// One packet of a resource.
///
/// `submit` takes it over only where it accepts it: after a refusal or a throw it is untouched, after
/// `duplicate` only its receipt is gone (unless `drain` has returned meanwhile: then it is still there).
///
/// `Id`: what names a resource (see `Traits::resource_id`).
/// `Receipt`: what the source wants back once the packet's resource has been delivered; may be move-only,
/// must be nothrow movable and nothrow default constructible.
template <class Id, class Receipt>
struct Packet {
    /// The resource that the packet is part of.
    Id resource_id{};
    /// Place in the resource, from `Options::first_index` up to 2^63-1.
    std::uint64_t index = 0;
    /// What the transform is given.
    Payload payload{};
    /// True on the packet with the highest index of its resource. It may arrive first.
    bool last = false;
    /// Goes to the sink's `release` after the event of the resource (see `ReleasesReceipts`).
    [[no_unique_address]] Receipt receipt{};
};

/// The highest index a packet may have: 2^63-1.
inline constexpr std::uint64_t max_index = (std::uint64_t{1} << 63U) - 1;

SHEAF_NAMESPACE_END
