// The program of ../app without a collator, which takes seconds to compile: for ways where it is the third or tenth time.
#include <sheaf/packet.hpp>
#include <sheaf/transform/word_lengths.hpp>
#include <sheaf/version.hpp>

#include <cstdint>
#include <cstdio>
#include <vector>

std::vector<std::uint32_t> other();

int main() {
    const sheaf::Payload payload{"used from another project"};
    const bool is_right = sheaf::WordLengths{}(payload.bytes()) == std::vector<std::uint32_t>{4, 4, 7, 7} &&
                          other() == std::vector<std::uint32_t>{4, 3, 6, 11};
    std::printf("sheaf %s: %s\n", SHEAF_VERSION_STRING, is_right ? "as expected" : "WRONG");
    return is_right ? 0 : 1;
}
