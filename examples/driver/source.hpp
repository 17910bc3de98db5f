#pragma once

#include "errors.hpp"
#include "registry.hpp"
#include "uri.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace driver {

/// Where a record stands in its source, and what the source wants back once the record's resource has been
/// delivered: a line number, a partition and an offset, a delivery tag.
struct Position {
    std::uint64_t partition = 0;
    std::uint64_t offset = 0;
};

/// One packet's text as it came.
struct Record {
    /// Valid until the next call of `next_batch`; `Source::padding` bytes after it can be read.
    std::string_view text{};
    Position position{};
    /// The text was longer than the limit and has been thrown away.
    bool is_too_long = false;
};

/// What the sources are told.
struct SourceSettings {
    std::size_t max_record = 0;
    /// Readable when the program is to stop; -1 for none.
    int stop_descriptor = -1;
};

/// Where packets come from. Registered by URI scheme in a `Registry<Source>`; the scheme "" is that of plain paths.
///
/// Thread safety: one thread calls `next_batch`; `acknowledge` comes from others at the same time.
class Source {
public:
    using Factory =
        std::function<std::unique_ptr<Source>(std::string_view rest, const SourceSettings& settings)>;

    /// What the JSON reader may read beyond a text.
    static constexpr std::size_t padding = 64;

    enum class Status : std::uint8_t {
        more,     ///< `records` has been filled, perhaps with nothing.
        end,      ///< There are no more records.
        stopped,  ///< The stop descriptor became readable.
    };

    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;

    /// Waits for records and replaces the contents of `records` by those that are there, without waiting for
    /// more of them.
    ///
    /// Throws: `RuntimeFailure` that names the source and the reason.
    [[nodiscard]] virtual Status next_batch(std::vector<Record>& records) = 0;

    /// How messages name a position, e.g. `stdin:17`.
    [[nodiscard]] virtual std::string describe(Position position) const = 0;

    /// True where packets keep coming until the program is stopped: then silence has to end resources.
    [[nodiscard]] virtual bool is_endless() const noexcept { return false; }

    /// True where positions want to be given back by `acknowledge`.
    [[nodiscard]] virtual bool wants_acknowledgement() const noexcept { return false; }
    /// The resources of these records have been delivered.
    virtual void acknowledge(std::span<const Position> positions) noexcept { static_cast<void>(positions); }

    /// For the progress bar: how much has been read, and of how much, if that is known.
    [[nodiscard]] virtual std::uint64_t bytes_read() const noexcept { return 0; }
    [[nodiscard]] virtual std::optional<std::uint64_t> bytes_total() const noexcept { return std::nullopt; }
};

/// The source that a URI names.
///
/// Throws: `UsageError` for a scheme that is not built in, and what the source's factory throws.
[[nodiscard]] inline std::unique_ptr<Source> open_source(std::string_view text,
                                                         const SourceSettings& settings) {
    const Uri uri = Uri::parse(text);
    const auto* const item = Registry<Source>::find(uri.scheme);
    if (item == nullptr) {
        throw UsageError{"--from " + std::string{text} + ": no such source; there are: a path, " +
                         Registry<Source>::schemes()};
    }
    return item->make(uri.rest, settings);
}

}  // namespace driver
