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

/// All ids of one stripe: those with a live resource, and the finished ones as long as they are remembered. Two tables,
/// because most packets are of live resources, whose table is small enough to stay in the cache.
template <class Traits, class Chunk>
class ResourceTable {
public:
    using id_type = typename Traits::resource_id;
    using ResourceType = Resource<Traits, Chunk>;

    /// What is known of an id: a resource, or what a finished one had, or neither.
    struct Lookup {
        ResourceType* resource = nullptr;
        const typename FinishedIds<id_type, Traits::template allocator>::Entry* finished = nullptr;
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
        const auto* const live =
            live_index_.find(hash, [&](std::uint64_t handle) { return as_resource(handle)->id == id; });
        if (live != nullptr) { return {as_resource(live->handle), nullptr}; }
        auto* const slot =
            finished_index_.find(hash, [&](Handle handle) { return finished_[handle].id == id; });
        if (slot == nullptr) { return {}; }
        const auto& entry = finished_[slot->handle];
        if (entry.forget_at > now) { return {nullptr, &entry}; }
        finished_index_.erase(slot);  // the entry itself goes when it is the oldest
        return {};
    }

    /// Two steps on the way to `find`, for many ids at a time: each asks for the memory that the next one reads.
    void prefetch_slot(std::uint64_t hash) const noexcept { live_index_.prefetch(hash); }
    [[nodiscard]] const ResourceType* prefetch_resource(std::uint64_t hash) noexcept {
        if (const auto* const slot = live_index_.find(hash, [](std::uint64_t) { return true; })) {
            const ResourceType* const resource = as_resource(slot->handle);
            detail::prefetch(resource, 1 + sizeof(ResourceType) / 64);
            return resource;
        }
        finished_index_.prefetch(hash);
        return nullptr;
    }
    /// Asks for what `finish` will write to.
    void prefetch_finish(std::uint64_t hash) const noexcept {
        finished_index_.prefetch(hash);
        finished_.prefetch_next();
    }

    /// Makes sure that the next `insert` needs no memory. Throws: `std::bad_alloc`; unchanged then.
    void reserve_one() { live_index_.reserve_one(); }

    void insert(ResourceType& resource) noexcept { live_index_.insert(resource.hash, as_handle(resource)); }

    /// Takes out a resource that leaves no memory.
    void erase(ResourceType& resource) noexcept {
        live_index_.erase(slot_of(live_index_, resource.hash, as_handle(resource)));
    }

    /// Turns a resource into the memory of its id, as far as bounds and memory allow.
    void finish(ResourceType& resource, Coverage&& coverage, Instant now) noexcept {
        erase(resource);
        finished_.trim(coverage);
        const std::size_t weight = Finished::weight(coverage);
        while (finished_.must_forget(now, weight)) { forget_oldest(); }
        SHEAF_TRY { finished_index_.reserve_one(); }
        SHEAF_CATCH_ALL { return; }
        const Handle handle =
            finished_.remember(std::move(resource.id), resource.hash, std::move(coverage), now);
        if (handle != Finished::no_handle) { finished_index_.insert(resource.hash, handle); }
    }

private:
    using Finished = FinishedIds<id_type, Traits::template allocator>;
    using Handle = typename Finished::Handle;

    // The handle of a live resource is its address.
    [[nodiscard]] static ResourceType* as_resource(std::uint64_t handle) noexcept {
        return reinterpret_cast<ResourceType*>(static_cast<std::uintptr_t>(handle));
    }
    [[nodiscard]] static std::uint64_t as_handle(ResourceType& resource) noexcept {
        return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&resource));
    }

    template <class Index, class IndexHandle>
    [[nodiscard]] static auto* slot_of(Index& index, std::uint64_t hash, IndexHandle handle) noexcept {
        return index.find(hash, [handle](IndexHandle other) { return other == handle; });
    }

    void forget_oldest() noexcept {
        // Absent where the id has come back since its time was over.
        auto* const slot = slot_of(finished_index_, finished_.oldest().hash(), finished_.oldest_handle());
        if (slot != nullptr) { finished_index_.erase(slot); }
        finished_.forget_oldest();
    }

    HashIndex<Traits::template allocator> live_index_;
    HashIndex<Traits::template allocator, Handle> finished_index_;
    Finished finished_;
};

}  // namespace core

SHEAF_NAMESPACE_END
