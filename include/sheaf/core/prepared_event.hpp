#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/finished_ids.hpp>
#include <sheaf/events.hpp>

#include <cstdint>
#include <exception>
#include <type_traits>
#include <utility>
#include <variant>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// What waits for delivery.
template <class Traits, class Chunk>
using TerminalEvent = std::variant<
    Completed<typename Traits::collation::template output_type<Chunk>, typename Traits::resource_id>,
    Incomplete<typename Traits::collation::template output_type<Chunk>, typename Traits::resource_id, Chunk>>;

/// What an asynchronous sink has said of an attempt.
enum class SinkAnswer : std::uint8_t { none, delivered, failed };

/// An ended resource's event, made once, and what is remembered of the resource afterwards.
template <class Traits, class Chunk>
struct Prepared {
    TerminalEvent<Traits, Chunk> event;
    Coverage coverage{};
    SinkAnswer answer = SinkAnswer::none;  // that nobody has acted upon yet
    std::exception_ptr answer_error{};     // beside `failed`

    /// Frees all that it holds.
    void reset() noexcept {
        std::visit(
            [](auto& made) { static_cast<void>(std::remove_reference_t<decltype(made)>{std::move(made)}); },
            event);
        coverage = {};
        answer = SinkAnswer::none;
        answer_error = nullptr;
    }
};

}  // namespace core

SHEAF_NAMESPACE_END
