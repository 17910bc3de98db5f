#pragma once

#include <sheaf/config.hpp>

#include <cstdint>
#include <memory>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// What a frame is for.
enum class FrameKind : std::uint8_t {
    entry,     ///< A call into the collator: it may still have work in hand.
    callback,  ///< User code that the collator has called: a transform, a sink.
};

/// Marks what this thread is doing for one collator, and collects what user code asked for but may only happen when
/// nothing of that collator is under way on this thread any more. Frames of one thread form a stack.
///
/// Thread safety: a frame belongs to its thread.
class CallbackFrame {
public:
    /// `owner`: the collator. `deliveries`: the queue of the loop that this frame is for, or null.
    CallbackFrame(const void* owner, FrameKind kind, void* deliveries = nullptr) noexcept
        : owner_{owner}
        , kind_{kind}
        , deliveries_{deliveries}
        , outer_{std::exchange(innermost_, this)} {}
    CallbackFrame(const CallbackFrame&) = delete;
    CallbackFrame& operator=(const CallbackFrame&) = delete;
    ~CallbackFrame() { retire(); }

    /// Leaves the stack before its scope ends. Precondition: it is the innermost frame, or has left already.
    void retire() noexcept {
        if (innermost_ == this) { innermost_ = outer_; }
    }

    /// The outermost frame of that collator on this thread, or null.
    [[nodiscard]] static CallbackFrame* outermost(const void* owner) noexcept {
        CallbackFrame* found = nullptr;
        for (CallbackFrame* frame = innermost_; frame != nullptr; frame = frame->outer_) {
            if (frame->owner_ == owner) { found = frame; }
        }
        return found;
    }

    /// User code of that collator is running on this thread.
    [[nodiscard]] static bool is_in_callback(const void* owner) noexcept {
        for (CallbackFrame* frame = innermost_; frame != nullptr; frame = frame->outer_) {
            if (frame->owner_ == owner && frame->kind_ == FrameKind::callback) { return true; }
        }
        return false;
    }

    /// The queue of the delivery loop of that collator that is running on this thread, or null.
    [[nodiscard]] static void* running_deliveries(const void* owner) noexcept {
        for (CallbackFrame* frame = innermost_; frame != nullptr; frame = frame->outer_) {
            if (frame->owner_ == owner && frame->deliveries_ != nullptr) { return frame->deliveries_; }
        }
        return nullptr;
    }

    void request_cancel() noexcept { cancel_requested_ = true; }
    /// `collator` is kept alive until the request has been carried out.
    void request_destruction(std::shared_ptr<void> collator) noexcept { destroyed_ = std::move(collator); }

    [[nodiscard]] bool has_request() const noexcept { return cancel_requested_ || destroyed_ != nullptr; }
    [[nodiscard]] bool wants_cancel() const noexcept { return cancel_requested_; }
    [[nodiscard]] bool wants_destruction() const noexcept { return destroyed_ != nullptr; }
    [[nodiscard]] std::shared_ptr<void> take_destroyed() noexcept { return std::move(destroyed_); }

private:
    inline static thread_local CallbackFrame* innermost_ = nullptr;

    const void* owner_;
    FrameKind kind_;
    void* deliveries_;
    CallbackFrame* outer_;
    bool cancel_requested_ = false;
    std::shared_ptr<void> destroyed_;
};

/// Around handing something to user code that may destroy it unused: while it stands, the destructor on this
/// thread only notes the fact, and whoever set the mark decides, with the exception at hand if there was one.
class DropMark {
public:
    /// What is handed over: attempt `attempt` for `subject`.
    DropMark(const void* subject, std::uint32_t attempt) noexcept
        : subject_{subject}
        , attempt_{attempt}
        , outer_{std::exchange(innermost_, this)} {}
    DropMark(const DropMark&) = delete;
    DropMark& operator=(const DropMark&) = delete;
    ~DropMark() { innermost_ = outer_; }

    [[nodiscard]] bool was_dropped() const noexcept { return dropped_; }

    /// For the destructor of what was handed over: true if a mark for it has taken note.
    [[nodiscard]] static bool note(const void* subject, std::uint32_t attempt) noexcept {
        for (DropMark* mark = innermost_; mark != nullptr; mark = mark->outer_) {
            if (mark->subject_ == subject && mark->attempt_ == attempt) {
                mark->dropped_ = true;
                return true;
            }
        }
        return false;
    }

private:
    inline static thread_local DropMark* innermost_ = nullptr;

    const void* subject_;
    std::uint32_t attempt_;
    DropMark* outer_;
    bool dropped_ = false;
};

}  // namespace shell

SHEAF_NAMESPACE_END
