// The same headers in a second translation unit: a definition that is not inline fails to link.
#include <sheaf/packet.hpp>
#include <sheaf/transform/word_lengths.hpp>

#include <cstdint>
#include <vector>

std::vector<std::uint32_t> other();

/// The word lengths of a text of its own.
std::vector<std::uint32_t> other() {
    const sheaf::Payload payload{"unit the second translation"};
    return sheaf::WordLengths{}(payload.bytes());
}
