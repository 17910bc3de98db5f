#include "source_places.hpp"

#include "../errors.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

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
        places_.push_back({.name = source->name()});
    }
}

void SourcePlaces::restore(std::span<const std::byte> bytes) {
    read(bytes);
    std::vector<std::size_t> left;  // the sources that have no place yet
    const auto claim_if = [&](std::size_t source, const auto& is_its_place) {
        const auto found = std::find_if(places_.begin(), places_.end(), [&](const SourcePlace& place) {
            return !place.is_given && is_its_place(place) &&
                   sources_[source]->continues(place.next, place.fingerprint);
        });
        if (found == places_.end()) { return false; }
        claim(source, static_cast<std::size_t>(found - places_.begin()));
        return true;
    };
    for (std::size_t source = 0; source < sources_.size(); ++source) {
        const std::string& name = sources_[source]->name();
        if (!claim_if(source, [&](const SourcePlace& place) { return place.name == name; })) {
            left.push_back(source);
        }
    }
    // Files that have been renamed.
    std::erase_if(left, [&](std::size_t source) {
        return sources_[source]->size() &&
               claim_if(source, [](const SourcePlace& place) { return place.next != 0; });
    });
    for (const std::size_t source : left) {
        const std::string& name = sources_[source]->name();
        for (const SourcePlace& place : places_) {
            if (!place.is_given && place.name == name) {
                throw RuntimeFailure{
                    name + ": is not the file of which " + std::to_string(place.next) +
                    " bytes have been counted (if that has been renamed, give it as another source)"};
            }
        }
        which_[source] = places_.size();
        places_.push_back({.name = name});
    }
}

void SourcePlaces::read(std::span<const std::byte> bytes) {
    Bytes from{bytes};
    if (from.number() != version) {
        throw RuntimeFailure{"the places of the sources in it are of another version"};
    }
    if (const std::string members = from.text(); members != members_) {
        throw RuntimeFailure{"it has counted " + members + " instead of " + members_};
    }
    places_.clear();
    for (std::uint64_t left = from.number(); left != 0; --left) {
        SourcePlace place{.name = from.text(), .is_given = false};
        place.next = from.number();
        place.lines = from.number();
        place.fingerprint = from.number();
        places_.push_back(std::move(place));
    }
}

void SourcePlaces::claim(std::size_t source, std::size_t place) {
    which_[source] = place;
    SourcePlace& claimed = places_[place];
    const std::string& name = sources_[source]->name();
    for (SourcePlace& other : places_) {
        // Of a file that was rotated away: nobody knows what it is called now.
        if (!other.is_given && &other != &claimed && other.name == name) { other.name.clear(); }
    }
    claimed.is_given = true;
    claimed.name = name;
    claimed.next = sources_[source]->resume(claimed.next);
    if (!sources_[source]->size()) { claimed.lines = 0; }  // of a pipe nobody knows which line it is at
}

std::vector<std::byte> SourcePlaces::bytes() {
    for (std::size_t source = 0; source < sources_.size(); ++source) {
        SourcePlace& place = places_[which_[source]];
        place.fingerprint = sources_[source]->fingerprint(place.next);
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
