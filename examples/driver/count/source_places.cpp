#include "source_places.hpp"

#include "../errors.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace driver {
namespace {

// The bytes: version, the two members' names, how many places; of each the name and three numbers. Numbers have eight bytes,
// little-endian; texts follow their size. The snapshot around them has a checksum.
constexpr std::uint64_t version = 1;

void append(std::vector<std::byte>& bytes, std::uint64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
        bytes.push_back(static_cast<std::byte>(number >> shift & 0xFFU));
    }
}

void append(std::vector<std::byte>& bytes, std::string_view text) {
    append(bytes, text.size());
    const auto letters = std::as_bytes(std::span{text});
    bytes.insert(bytes.end(), letters.begin(), letters.end());
}

/// Takes from the front what was appended.
class Bytes {
public:
    explicit Bytes(std::span<const std::byte> bytes) noexcept
        : bytes_{bytes} {}

    [[nodiscard]] std::uint64_t number() {
        std::uint64_t number = 0;
        const auto part = take(8);
        for (std::size_t i = 0; i < part.size(); ++i) {
            number |= std::to_integer<std::uint64_t>(part[i]) << (8 * i);
        }
        return number;
    }
    [[nodiscard]] std::string text() {
        const auto part = take(number());
        return {reinterpret_cast<const char*>(part.data()), part.size()};
    }

private:
    [[nodiscard]] std::span<const std::byte> take(std::uint64_t size) {
        if (size > bytes_.size()) { throw RuntimeFailure{"the places of the sources in it are cut off"}; }
        const auto part = bytes_.first(static_cast<std::size_t>(size));
        bytes_ = bytes_.subspan(part.size());
        return part;
    }

    std::span<const std::byte> bytes_;
};

}  // namespace

SourcePlaces::SourcePlaces(const std::vector<std::unique_ptr<BlockSource>>& sources,
                           const std::string& key,
                           const std::string& time)
    : sources_{sources}
    , members_{'"' + key + "\" and \"" + time + '"'} {
    for (const auto& source : sources) {
        which_.push_back(places_.size());
        places_.push_back({.name = source->name(), .partition = places_.size()});
    }
}

void SourcePlaces::restore(std::span<const std::byte> bytes) {
    Bytes from{bytes};
    if (from.number() != version) {
        throw RuntimeFailure{"the places of the sources in it are of another version"};
    }
    if (const std::string members = from.text(); members != members_) {
        throw RuntimeFailure{"it has counted " + members + " instead of " + members_};
    }
    places_.clear();
    for (std::uint64_t left = from.number(); left != 0; --left) {
        SourcePlace place{.name = from.text(), .partition = places_.size(), .is_given = false};
        place.next = from.number();
        place.lines = from.number();
        place.fingerprint = from.number();
        places_.push_back(std::move(place));
    }
    for (std::size_t source = 0; source < sources_.size(); ++source) {
        const std::string& name = sources_[source]->name();
        const auto known = std::find_if(places_.begin(), places_.end(),
                                        [&](const SourcePlace& place) { return place.name == name; });
        which_[source] = static_cast<std::size_t>(known - places_.begin());
        if (known == places_.end()) {
            places_.push_back({.name = name, .partition = places_.size()});
        } else {
            resume(source);
        }
    }
}

void SourcePlaces::resume(std::size_t source) {
    SourcePlace& place = of(source);
    place.is_given = true;
    BlockSource& from = *sources_[source];
    from.resume(place.next);
    if (!from.size()) {  // of a pipe nobody knows where it is
        place.next = place.lines = place.fingerprint = 0;
    } else if (from.fingerprint(place.next) != place.fingerprint) {
        throw RuntimeFailure{from.name() + ": is not the file that was counted: it differs before byte " +
                             std::to_string(place.next)};
    }
}

std::vector<std::byte> SourcePlaces::bytes() {
    for (std::size_t source = 0; source < sources_.size(); ++source) {
        of(source).fingerprint = sources_[source]->fingerprint(of(source).next);
    }
    std::vector<std::byte> bytes;
    append(bytes, version);
    append(bytes, members_);
    append(bytes, places_.size());
    for (const SourcePlace& place : places_) {
        append(bytes, place.name);
        for (const std::uint64_t number : {place.next, place.lines, place.fingerprint}) {
            append(bytes, number);
        }
    }
    return bytes;
}

}  // namespace driver
