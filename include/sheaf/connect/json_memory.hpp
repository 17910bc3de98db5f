#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/throw.hpp>

#include <simdjson.h>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// simdjson says as a value that it has found no memory. Throws: `std::bad_alloc` then.
inline void check_memory(simdjson::error_code error) {
    if (error == simdjson::MEMALLOC) { throw_bad_alloc(); }
}

}  // namespace detail

SHEAF_NAMESPACE_END
