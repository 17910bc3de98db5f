#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/resource.hpp>
#include <sheaf/events.hpp>
#include <sheaf/options.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// Makes the terminal events of ended resources. Runs with no lock held, on the thread that delivers: here the
/// collation's `finish`, user code, folds the chunks.
///
/// Throws: `std::bad_alloc` where the event itself finds no memory; the resource is unchanged then, and the
/// call can be repeated. A throw of `finish` is no throw of `make`: it makes the event `Incomplete`.
template <class Traits, class Chunk>
class EventMaker {
public:
    using ResourceType = Resource<Traits, Chunk>;
    using collation_type = typename Traits::collation;
    using output_type = typename collation_type::template output_type<Chunk>;
    using id_type = typename Traits::resource_id;
    using completed_type = Completed<output_type, id_type>;
    using incomplete_type = Incomplete<output_type, id_type, Chunk>;
    using PreparedType = Prepared<Traits, Chunk>;

    EventMaker(std::shared_ptr<const std::string> name, std::uint64_t first_index) noexcept
        : name_{std::move(name)}
        , first_index_{first_index} {}

    [[nodiscard]] std::unique_ptr<PreparedType> make(ResourceType& resource) const {
        if (resource.is_complete()) {
            auto prepared = prepare(resource, completed_type{header(resource), {}});
            Separate separate = separate_chunks(resource, resource.seen_end());
            std::exception_ptr error;
            SHEAF_TRY {
                std::get<completed_type>(prepared->event).output =
                    collation_type::template finish<Chunk>(resource.prefix, std::span{separate.chunks});
                prepared->coverage = Coverage{resource.seen_end(), resource.last(), {}};
                return prepared;
            }
            SHEAF_CATCH_ALL { error = std::current_exception(); }
            separate.give_back();
            return make_incomplete(resource, IncompleteReason::collation_failed, error);
        }
        return make_incomplete(resource, resource.reason, resource.activity->error);
    }

private:
    using Link = typename ResourceType::ActivityType::Link;

    /// The chunks from the head up to `end`, moved out of their places to stand side by side.
    struct Separate {
        std::vector<Chunk> chunks;
        std::vector<ChunkSlot<Chunk>*> places;

        void give_back() noexcept {
            for (std::size_t i = 0; i < places.size(); ++i) { places[i]->emplace(std::move(chunks[i])); }
            chunks.clear();
            places.clear();
        }
    };

    /// In the memory of a former resource's, if there is some.
    template <class Event>
    [[nodiscard]] static std::unique_ptr<PreparedType> prepare(ResourceType& resource, Event&& event) {
        if (resource.activity->spare_prepared == nullptr) {
            return std::make_unique<PreparedType>(PreparedType{std::forward<Event>(event)});
        }
        resource.activity->spare_prepared->event = std::forward<Event>(event);
        return std::move(resource.activity->spare_prepared);
    }

    [[nodiscard]] EventHeader<id_type> header(const ResourceType& resource) const {
        return {resource.id,        resource.incarnation,         name_, resource.accepted(first_index_),
                resource.opened_at, resource.activity->settled_at};
    }

    [[nodiscard]] static Separate separate_chunks(ResourceType& resource, std::uint64_t end) {
        Separate separate;
        if (end == resource.head) { return separate; }
        const auto count = static_cast<std::size_t>(end - resource.head);
        separate.places.reserve(count);
        separate.chunks.reserve(count);
        resource.activity->for_each([&](std::uint64_t index, const Link& link) {
            if (index >= end) { return; }
            separate.places.push_back(std::addressof(link.chunk()));
            separate.chunks.push_back(std::move(*link.chunk()));
        });
        return separate;
    }

    /// The end of the contiguous chunks from the head on.
    [[nodiscard]] static std::uint64_t chunks_end(const ResourceType& resource) noexcept {
        std::uint64_t end = resource.head;
        resource.activity->for_each([&end](std::uint64_t index, const Link& link) {
            if (index == end && link.chunk().has_value()) { ++end; }
        });
        return end;
    }

    /// All memory is found before the first chunk moves for good; then nothing throws but `finish`, and that is
    /// undone.
    [[nodiscard]] std::unique_ptr<PreparedType> make_incomplete(ResourceType& resource,
                                                                IncompleteReason reason,
                                                                const std::exception_ptr& error) const {
        std::size_t with_chunk = 0;
        std::size_t without_chunk = 0;
        std::vector<IndexRange> missing;
        std::vector<IndexRange> beyond;
        std::uint64_t expected = resource.head;
        resource.activity->for_each([&](std::uint64_t index, const Link& link) {
            ++(link.chunk().has_value() ? with_chunk : without_chunk);
            if (index != expected) { missing.push_back({expected, index - 1}); }
            if (index >= resource.seen_end()) {
                if (!beyond.empty() && beyond.back().last + 1 == index) {
                    beyond.back().last = index;
                } else {
                    beyond.push_back({index, index});
                }
            }
            expected = index + 1;
        });

        auto prepared = prepare(resource, incomplete_type{header(resource), {}});
        auto& event = std::get<incomplete_type>(prepared->event);
        event.reason = reason;
        event.error = error;
        event.chunks.reserve(with_chunk);
        event.payloads.reserve(without_chunk);

        const std::uint64_t end =
            reason == IncompleteReason::collation_failed ? resource.head : chunks_end(resource);
        const std::uint64_t collated_end = collate_prefix(resource, end, event);
        event.collated = collated_end - first_index_;

        resource.activity->for_each([&](std::uint64_t index, const Link& link) {
            if (!link.chunk().has_value()) {
                event.payloads.push_back(IndexedPayload{index, SharedPayload{*link.node()}});
            } else if (index >= collated_end) {
                event.chunks.push_back(IndexedChunk<Chunk>{index, std::move(*link.chunk())});
            }
        });
        event.missing = std::move(missing);
        if (resource.last() != unknown_index) { event.last_index = resource.last(); }
        prepared->coverage = Coverage{resource.seen_end(), resource.last(), std::move(beyond)};
        return prepared;
    }

    /// Makes `event.output` of the prefix and the chunks up to `end`; where that throws, of the prefix alone; where
    /// even that throws it stays empty. Returns the end of what it holds.
    [[nodiscard]] static std::uint64_t collate_prefix(ResourceType& resource,
                                                      std::uint64_t end,
                                                      incomplete_type& event) {
        Separate separate = separate_chunks(resource, end);
        SHEAF_TRY {
            event.output =
                collation_type::template finish<Chunk>(resource.prefix, std::span{separate.chunks});
            return end;
        }
        SHEAF_CATCH_ALL { separate.give_back(); }
        // A prefix that exists was made by `append`, and making the output of it alone moves it.
        SHEAF_TRY {
            event.output = collation_type::template finish<Chunk>(resource.prefix, std::span<Chunk>{});
        }
        SHEAF_CATCH_ALL {}
        return resource.head;
    }

    std::shared_ptr<const std::string> name_;
    std::uint64_t first_index_;
};

}  // namespace core

SHEAF_NAMESPACE_END
