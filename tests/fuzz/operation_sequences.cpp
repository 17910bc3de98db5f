#include "harness.hpp"

#include "byte_choices.hpp"
#include "counting_allocator.hpp"
#include "engine_sequence.hpp"

#include <cstddef>
#include <span>
#include <string>

std::string fuzz::operation_sequences(std::span<const std::byte> input) {
    std::string different = test::Sequence{test::ByteChoices{input}}.run();
    if (different.empty() && test::allocated_bytes() != 0) { different = "memory is left"; }
    return different;
}
