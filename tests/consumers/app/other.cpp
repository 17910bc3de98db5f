// The umbrella header in a second translation unit: a definition that is not inline fails to link.
#include <sheaf/sheaf.hpp>

#include <cstdint>
#include <vector>

std::vector<std::uint32_t> other();

/// The word lengths of a text of its own.
std::vector<std::uint32_t> other() {
    const sheaf::Payload payload{"unit the second translation"};
    return sheaf::WordLengths{}(payload.bytes());
}
