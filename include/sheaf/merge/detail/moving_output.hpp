#pragma once

#include <sheaf/config.hpp>

#include <cstddef>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// An output iterator that moves what is written to it on to another. (Iterators that move when they are read, as those
/// of the standard library, can only be gone through once, and so runs of them could not be copied in rows.)
template <class Out>
class MovingOutput {
public:
    using difference_type = std::ptrdiff_t;

    explicit MovingOutput(Out out)
        : out_{std::move(out)} {}

    class Place {
    public:
        template <class Value>
        const Place& operator=(Value& value) const {
            **out_ = std::move(value);
            return *this;
        }

    private:
        friend class MovingOutput;
        explicit Place(Out& out) noexcept
            : out_{&out} {}
        Out* out_;
    };

    [[nodiscard]] Place operator*() noexcept { return Place{out_}; }
    MovingOutput& operator++() {
        ++out_;
        return *this;
    }
    void operator++(int) { ++out_; }

    /// The iterator behind it, which is moved from.
    [[nodiscard]] Out release() { return std::move(out_); }

private:
    Out out_;
};

}  // namespace detail

SHEAF_NAMESPACE_END
