#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/finished_ids.hpp>
#include <sheaf/core/hash_index.hpp>
#include <sheaf/core/instant.hpp>
#include <sheaf/core/resource.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// All ids of one stripe, in one open-addressing table: those with a live resource, and the finished ones as
/// long as they are remembered. A resource that finishes keeps its slot, so finishing needs no memory.
template <class Traits, class Chunk>
class ResourceTable {
public:
    using id_type = typename Traits::resource_id;
    using ResourceType = Resource<Traits, Chunk>;

    /// What is known of an id: a resource, or what a finished one had, or neither.
    struct Lookup {
        ResourceType* resource = nullptr;
        const Coverage* finished = nullptr;
    };

    ResourceTable(std::size_t remember_limit, std::chrono::nanoseconds remember_for) noexcept
        : finished_{remember_limit, remember_for} {}
    ResourceTable(const ResourceTable&) = delete;
    ResourceTable& operator=(const ResourceTable&) = delete;

    [[nodiscard]] std::size_t remembered() const noexcept { return finished_.size(); }

    /// Forgets at most two ids whose time is over: a bounded share of the work for each packet.
    void forget_expired(Instant now) noexcept {
        for (int i = 0; i < 2 && finished_.must_forget(now, 0); ++i) { forget_oldest(); }
    }

    [[nodiscard]] Lookup find(const id_type& id, std::uint64_t hash, Instant now) noexcept {
        Slot* const slot = index_.find(hash, [&](std::uint64_t handle) {
            return (is_ticket(handle) ? finished_[handle >> 1U].id : as_resource(handle)->id) == id;
        });
        if (slot == nullptr) { return {}; }
        if (!is_ticket(slot->handle)) { return {as_resource(slot->handle), nullptr}; }
        const auto& entry = finished_[slot->handle >> 1U];
        if (entry.forget_at > now) { return {nullptr, &entry.coverage}; }
        index_.erase(slot);  // the entry itself goes when it is the oldest
        return {};
    }

    /// Makes sure that the next `insert` needs no memory. Throws: `std::bad_alloc`; unchanged then.
    void reserve_one() { index_.reserve_one(); }

    void insert(ResourceType& resource) noexcept { index_.insert(resource.hash, as_handle(resource)); }

    /// Takes out a resource that leaves no memory.
    void erase(ResourceType& resource) noexcept { index_.erase(slot_of(resource.hash, as_handle(resource))); }

    /// Turns a resource's slot into the memory of its id, as far as bounds and memory allow.
    void finish(ResourceType& resource, Coverage&& coverage, Instant now) noexcept {
        finished_.trim(coverage);
        const std::size_t weight = Finished::weight(coverage);
        while (finished_.must_forget(now, weight)) { forget_oldest(); }
        const std::uint64_t ticket =
            finished_.remember(std::move(resource.id), resource.hash, std::move(coverage), now);
        Slot* const slot = slot_of(resource.hash, as_handle(resource));
        if (ticket == Finished::no_ticket) {
            index_.erase(slot);
        } else {
            slot->handle = ticket << 1U | 1U;
        }
    }

private:
    using Index = HashIndex<Traits::template allocator>;
    using Slot = typename Index::Slot;
    using Finished = FinishedIds<id_type, Traits::template allocator>;

    // A handle is a resource's address, or a ticket shifted left with the lowest bit set.
    [[nodiscard]] static bool is_ticket(std::uint64_t handle) noexcept { return (handle & 1U) != 0; }
    [[nodiscard]] static ResourceType* as_resource(std::uint64_t handle) noexcept {
        return reinterpret_cast<ResourceType*>(static_cast<std::uintptr_t>(handle));
    }
    [[nodiscard]] static std::uint64_t as_handle(ResourceType& resource) noexcept {
        return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&resource));
    }

    [[nodiscard]] Slot* slot_of(std::uint64_t hash, std::uint64_t handle) noexcept {
        return index_.find(hash, [handle](std::uint64_t other) { return other == handle; });
    }

    void forget_oldest() noexcept {
        const std::uint64_t handle = finished_.oldest_ticket() << 1U | 1U;
        // Absent where the id has come back since its time was over.
        if (Slot* const slot = slot_of(finished_.oldest().hash, handle)) { index_.erase(slot); }
        finished_.forget_oldest();
    }

    Index index_;
    Finished finished_;
};

}  // namespace core

SHEAF_NAMESPACE_END
