#pragma once

#include <sheaf/config.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What owns the bytes of an accepted packet, with the count of those who may still read them: the collator,
/// a running transform, an `Incomplete`.
class PayloadOwner {
public:
    PayloadOwner(const PayloadOwner&) = delete;
    PayloadOwner& operator=(const PayloadOwner&) = delete;

    void retain() noexcept {
        // relaxed: whoever retains holds a reference already, so the count cannot reach zero meanwhile.
        references_.fetch_add(1, std::memory_order_relaxed);
    }
    void release() noexcept {
        // release: what this holder did to the object happens before its destruction ...
        if (references_.fetch_sub(1, std::memory_order_release) == 1) {
            // ... acquire: and the destroyer sees what all the other holders did. A load instead of a fence,
            // because thread sanitizers do not model fences.
            static_cast<void>(references_.load(std::memory_order_acquire));
            destroy();
        }
    }

    [[nodiscard]] virtual std::span<const std::byte> payload_bytes() const noexcept = 0;

protected:
    PayloadOwner() noexcept = default;
    virtual ~PayloadOwner() = default;

    /// Nobody but the `count` holders that the caller speaks for holds a reference.
    [[nodiscard]] bool is_held_by(std::uint32_t count) const noexcept {
        // acquire: what holders did to the object before they let go happens before what the caller does now.
        return references_.load(std::memory_order_acquire) == count;
    }
    /// For an object that nobody else can reach.
    void set_references(std::uint32_t count) noexcept { references_.store(count, std::memory_order_relaxed); }

private:
    /// Destroys and deallocates this object.
    virtual void destroy() noexcept = 0;

    std::atomic<std::uint32_t> references_{1};
};

}  // namespace detail

/// A share of the immutable bytes of an accepted packet.
///
/// Thread safety: distinct objects may be used concurrently, also where they share the bytes.
class SharedPayload {
public:
    /// No bytes.
    SharedPayload() noexcept = default;
    /// Joins the holders of `owner`'s bytes.
    explicit SharedPayload(detail::PayloadOwner& owner) noexcept
        : owner_{&owner} {
        owner.retain();
    }
    /// One more share of the same bytes; nothing is copied.
    SharedPayload(const SharedPayload& other) noexcept
        : owner_{other.owner_} {
        if (owner_ != nullptr) { owner_->retain(); }
    }
    /// The source is left without bytes.
    SharedPayload(SharedPayload&& other) noexcept
        : owner_{std::exchange(other.owner_, nullptr)} {}
    /// Gives the present share up for the other one.
    SharedPayload& operator=(SharedPayload other) noexcept {
        std::swap(owner_, other.owner_);
        return *this;
    }
    ~SharedPayload() {
        if (owner_ != nullptr) { owner_->release(); }
    }

    /// The bytes; empty for a default-constructed object.
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
        return owner_ == nullptr ? std::span<const std::byte>{} : owner_->payload_bytes();
    }
    /// How many bytes there are.
    [[nodiscard]] std::size_t size() const noexcept { return bytes().size(); }

private:
    detail::PayloadOwner* owner_ = nullptr;
};

SHEAF_NAMESPACE_END
