#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/finished_ids.hpp>
#include <sheaf/core/hash_index.hpp>
#include <sheaf/core/instant.hpp>
#include <sheaf/core/resource.hpp>
#include <sheaf/core/slab.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
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
    using ResourceSlab = Slab<ResourceType, Traits::template allocator>;

    /// Owns a resource that is in neither list.
    struct Destroyer {
        ResourceSlab* slab;
        void operator()(ResourceType* resource) const noexcept {
            SHEAF_ASSERT(&(*slab)[resource->handle()] == resource,
                         "sheaf: a resource that leaves is in no list");
            slab->destroy(resource->handle());
        }
    };
    using Owner = std::unique_ptr<ResourceType, Destroyer>;

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
            live_index_.find(hash, [&](Handle handle) { return slab_[handle].id == id; });
        if (live != nullptr) { return {&slab_[live->handle], nullptr}; }
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
        if (const auto* const slot = live_index_.find(hash, [](Handle) { return true; })) {
            const ResourceType* const resource = &slab_[slot->handle];
            detail::prefetch(resource, 1 + sizeof(ResourceType) / 64);
            return resource;
        }
        finished_index_.prefetch(hash);
        slab_.prefetch_next();
        return nullptr;
    }
    /// Asks for what `finish` will write to.
    void prefetch_finish(std::uint64_t hash) const noexcept {
        finished_index_.prefetch(hash);
        finished_.prefetch_next();
    }

    /// The resources, those that are not in the table, too.
    [[nodiscard]] ResourceSlab& slab() noexcept { return slab_; }
    /// A resource that is not in the table. Throws: `std::bad_alloc`, what copying the id throws.
    [[nodiscard]] Owner create(const id_type& id,
                               std::uint64_t hash,
                               std::uint64_t first_index,
                               Instant now) {
        return Owner{&slab_.create(id, hash, first_index, now), Destroyer{&slab_}};
    }
    /// Takes over one that has left the table and the lists.
    [[nodiscard]] Owner own(ResourceType& resource) noexcept { return Owner{&resource, Destroyer{&slab_}}; }

    /// Makes sure that the next `insert` needs no memory. Throws: `std::bad_alloc`; unchanged then.
    void reserve_one() { live_index_.reserve_one(); }

    /// Precondition: it is in neither list yet.
    void insert(ResourceType& resource) noexcept { live_index_.insert(resource.hash, resource.handle()); }

    /// Takes out a resource that leaves no memory. Precondition: it is in neither list any more.
    void erase(ResourceType& resource) noexcept {
        live_index_.erase(slot_of(live_index_, resource.hash, resource.handle()));
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

    using Index = HashIndex<Traits::template allocator>;

    [[nodiscard]] static auto* slot_of(Index& index, std::uint64_t hash, Handle handle) noexcept {
        return index.find(hash, [handle](Handle other) { return other == handle; });
    }

    void forget_oldest() noexcept {
        // Absent where the id has come back since its time was over.
        auto* const slot = slot_of(finished_index_, finished_.oldest().hash(), finished_.oldest_handle());
        if (slot != nullptr) { finished_index_.erase(slot); }
        finished_.forget_oldest();
    }

    ResourceSlab slab_;
    Index live_index_;
    Index finished_index_;
    Finished finished_;
};

}  // namespace core

SHEAF_NAMESPACE_END
