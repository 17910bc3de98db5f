#pragma once

#include <sheaf/config.hpp>

#include <cstdint>
#include <vector>

// Forward declarations with the library's default template arguments, which are written only here.

SHEAF_NAMESPACE_BEGIN

struct NoReceipt;
struct DefaultTraits;
struct Options;
struct Statistics;
class Outcome;
class Payload;
class SharedPayload;
struct InlineExecutor;

template <class Id = std::uint64_t, class Receipt = NoReceipt>
struct Packet;
template <class Output = std::vector<std::uint32_t>, class Id = std::uint64_t>
struct Completed;
template <class Output = std::vector<std::uint32_t>, class Id = std::uint64_t, class Chunk = Output>
struct Incomplete;
template <class Chunk>
class Completion;
class Acknowledgement;
template <class Transform, class Sink, class Executor = InlineExecutor, class Traits = DefaultTraits>
class PacketCollator;

SHEAF_NAMESPACE_END
