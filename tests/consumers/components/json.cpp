// Uses the component `json`, before main begins.

#include <sheaf/connect/json_packet_reader.hpp>
#include <sheaf/packet.hpp>

#include <cstdio>
#include <cstdlib>

namespace {

[[maybe_unused]] const bool is_checked = [] {
    sheaf::JsonPacketReader reader;
    sheaf::Packet<> packet;
    const auto status =
        reader.read(R"({"resource_id":7,"packet_index":3,"payload":"rye","last_chunk_flag":true})", packet);
    if (!status.ok() || packet.resource_id != 7 || packet.index != 3 || packet.payload.size() != 3 ||
        !packet.last) {
        std::puts("the component json is WRONG");
        std::abort();
    }
    return true;
}();

}  // namespace
