#pragma once

#include <sheaf/config.hpp>

#include <memory>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// Marks that this thread is running user code of one collator (a transform, a sink, a loop of deliveries), and
/// collects what that code asked for but may only happen afterwards. Frames of one thread form a stack.
///
/// Thread safety: a frame belongs to its thread.
class CallbackFrame {
public:
    /// `owner`: the collator. `deliveries`: the queue of the loop that this frame is for, or null.
    explicit CallbackFrame(const void* owner, void* deliveries = nullptr) noexcept
        : owner_{owner}
        , deliveries_{deliveries}
        , outer_{std::exchange(innermost_, this)} {}
    CallbackFrame(const CallbackFrame&) = delete;
    CallbackFrame& operator=(const CallbackFrame&) = delete;
    ~CallbackFrame() { retire(); }

    /// Leaves the stack before its scope ends. Precondition: it is the innermost frame, or has left already.
    void retire() noexcept {
        if (innermost_ == this) { innermost_ = outer_; }
    }

    /// The outermost frame of that collator on this thread, or null: no user code of it is running here.
    [[nodiscard]] static CallbackFrame* outermost(const void* owner) noexcept {
        CallbackFrame* found = nullptr;
        for (CallbackFrame* frame = innermost_; frame != nullptr; frame = frame->outer_) {
            if (frame->owner_ == owner) { found = frame; }
        }
        return found;
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
    [[nodiscard]] bool wants_destruction() const noexcept { return destroyed_ != nullptr; }
    [[nodiscard]] std::shared_ptr<void> take_destroyed() noexcept { return std::move(destroyed_); }

private:
    inline static thread_local CallbackFrame* innermost_ = nullptr;

    const void* owner_;
    void* deliveries_;
    CallbackFrame* outer_;
    bool cancel_requested_ = false;
    std::shared_ptr<void> destroyed_;
};

/// Around handing something to user code that may destroy it unused: while it stands, the destructor on this
/// thread only notes the fact, and whoever set the mark decides, with the exception at hand if there was one.
class DropMark {
public:
    explicit DropMark(const void* subject) noexcept
        : subject_{subject}
        , outer_{std::exchange(innermost_, this)} {}
    DropMark(const DropMark&) = delete;
    DropMark& operator=(const DropMark&) = delete;
    ~DropMark() { innermost_ = outer_; }

    [[nodiscard]] bool was_dropped() const noexcept { return dropped_; }

    /// For the destructor of a task or completion: true if a mark for `subject` has taken note.
    [[nodiscard]] static bool note(const void* subject) noexcept {
        for (DropMark* mark = innermost_; mark != nullptr; mark = mark->outer_) {
            if (mark->subject_ == subject) {
                mark->dropped_ = true;
                return true;
            }
        }
        return false;
    }

private:
    inline static thread_local DropMark* innermost_ = nullptr;

    const void* subject_;
    DropMark* outer_;
    bool dropped_ = false;
};

}  // namespace shell

SHEAF_NAMESPACE_END
