#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>

// What a fuzzer's bytes are given to. Each function returns what is wrong, or nothing. The fuzzers (fuzz_target.cpp)
// stop at what is wrong; the test sheaf_fuzz_replay gives every file of corpus/<name>/ to the function of that name.
namespace fuzz {

/// What a harness has found; it leaves by this exception and ends as the function's result.
[[noreturn]] inline void fail(const std::string& what) { throw std::logic_error{what}; }

/// Reads the bytes as lines, and each line as a packet in JSON. The last two bytes choose the limit on lines and where
/// the input is cut into reads.
[[nodiscard]] std::string packet_reader(std::span<const std::byte> input);

/// Reads the bytes as a sorted segment in JSON. The last one says how many segments a batch has.
[[nodiscard]] std::string segment_reader(std::span<const std::byte> input);

/// Takes the bytes as choices of options and of operations, made on an engine and on its model.
[[nodiscard]] std::string operation_sequences(std::span<const std::byte> input);

/// Takes the bytes as choices of sorted runs, which are merged in all ways, and of the blocks in which a streaming
/// merge gets them.
[[nodiscard]] std::string sorted_merge(std::span<const std::byte> input);

}  // namespace fuzz
