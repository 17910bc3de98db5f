// Two translation units with different settings pass a collator and packets to and fro; this third one knows nothing
// but the library's forward declarations. Ends with 0 if all is as it should be.

#include "exchange.hpp"

#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>

namespace {

template <class T>
concept Complete = requires { sizeof(T); };

// Nothing has brought in the whole headers.
static_assert(!Complete<Collator> && !Complete<sheaf::Packet<>> && !Complete<sheaf::Options>);

// The names are those of this version, and the short ones lead to them.
static_assert(std::is_same_v<Collator, sheaf::SHEAF_INLINE_NAMESPACE::PacketCollator<Transform, Sink>>);
#define TEXT_OF_(x) #x
#define TEXT_OF(x) TEXT_OF_(x)
static_assert(
    std::string_view{TEXT_OF(SHEAF_INLINE_NAMESPACE)} ==
    "v" TEXT_OF(SHEAF_VERSION_MAJOR) "_" TEXT_OF(SHEAF_VERSION_MINOR) "_" TEXT_OF(SHEAF_VERSION_PATCH));
static_assert(std::string_view{SHEAF_VERSION_STRING} ==
              TEXT_OF(SHEAF_VERSION_MAJOR) "." TEXT_OF(SHEAF_VERSION_MINOR) "." TEXT_OF(SHEAF_VERSION_PATCH));

/// A class whose header needs declarations only.
class Feeder {
public:
    Feeder(Collator& collator, const Unit& maker, const Unit& submitter)
        : collator_{collator}
        , maker_{maker}
        , submitter_{submitter} {}

    [[nodiscard]] bool feed(std::uint64_t id, std::uint64_t index, const char* text, bool last = false) {
        next_ = maker_.make_packet(id, index, text, last);
        return submitter_.submit(collator_, next_);
    }

private:
    Collator& collator_;
    const Unit& maker_;
    const Unit& submitter_;
    sheaf::Packet<>* next_ = nullptr;
};

int failures = 0;

void expect(bool holds, const std::string& what) {
    if (!holds) {
        std::printf("failed: %s\n", what.c_str());
        ++failures;
    }
}

}  // namespace

int main() {
    const std::array units{quiet_unit(), strict_unit()};
    const auto& [quiet, strict] = units;
    expect(quiet.has_ndebug && !quiet.has_host_config, "settings of the quiet unit");
    expect(!strict.has_ndebug && strict.has_host_config, "settings of the strict unit");
    expect(quiet.layout == strict.layout,
           "one layout; quiet:\n" + quiet.layout + "strict:\n" + strict.layout);

    for (const Unit& creator : units) {
        for (const Unit& maker : units) {
            for (const Unit& submitter : units) {
                for (const Unit& drainer : units) {
                    const std::string who = std::string{creator.name} + ' ' + maker.name + ' ' +
                                            submitter.name + ' ' + drainer.name;
                    Collator* const collator = creator.create();
                    Feeder feeder{*collator, maker, submitter};
                    expect(feeder.feed(1, 2, "of them", true), who);
                    expect(feeder.feed(2, 1, "a gap"), who);
                    expect(feeder.feed(1, 0, "packets come"), who);
                    expect(feeder.feed(1, 1, "in whatever order"), who);
                    expect(!feeder.feed(1, 1, "again"), who);
                    expect(drainer.drain(*collator), who);
                    const std::string received = creator.finish(collator);
                    expect(received == "completed 1: 7 4 2 8 5 2 4\nincomplete 2 drained 0\n",
                           who + ":\n" + received);
                }
            }
        }
    }
    expect(strict_unit_notices_misuse(), "the strict unit's assertion");
    return failures == 0 ? 0 : 1;
}
