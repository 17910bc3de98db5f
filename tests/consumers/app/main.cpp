#include <sheaf/sheaf.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <type_traits>
#include <vector>

std::vector<std::uint32_t> other();

// The plain name and the one of this version are the same type.
static_assert(std::is_same_v<sheaf::Options, sheaf::SHEAF_INLINE_NAMESPACE::Options>);

int main() {
    using Lengths = std::vector<std::uint32_t>;

    sheaf::CollectingSink<> results;
    sheaf::PacketCollator collator{sheaf::WordLengths{}, std::ref(results), sheaf::ThreadPool{2}};
    const auto last =
        collator.submit({.resource_id = 1, .index = 1, .payload = "from another project", .last = true});
    const auto first = collator.submit({.resource_id = 1, .index = 0, .payload = "used"});
    const auto report = collator.drain(std::chrono::seconds{30});

    const auto completed = results.completed();
    const bool is_right = last.accepted() && first.accepted() &&
                          report.status == sheaf::DrainStatus::finished && completed.size() == 1 &&
                          completed.front().output == Lengths{4, 4, 7, 7} && other() == Lengths{4, 3, 6, 11};
    std::printf("sheaf %s: %s\n", SHEAF_VERSION_STRING, is_right ? "as expected" : "WRONG");
    return is_right ? 0 : 1;
}
