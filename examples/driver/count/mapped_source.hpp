#pragma once

#include "../support/file_descriptor.hpp"
#include "block_source.hpp"

#include <sheaf/keyed_hash.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sys/mman.h>

namespace driver {

/// A file, mapped into memory. Where its pages are in the page cache in large pieces, as recent kernels keep them, that costs hardly
/// anything, and where they are not no more than copying them. It must not become shorter meanwhile: where a page of it is missing
/// the program ends with a message.
class MappedSource : public BlockSource {
public:
    /// Null where it cannot be mapped. `size`: of the file, not 0.
    [[nodiscard]] static std::unique_ptr<MappedSource> map(const FileDescriptor& file,
                                                           std::uint64_t size,
                                                           const std::string& name) {
        void* const place = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
        if (place == MAP_FAILED) { return nullptr; }
        static_cast<void>(::madvise(place, size, MADV_SEQUENTIAL));
        return std::unique_ptr<MappedSource>{new MappedSource{static_cast<char*>(place), size, name}};
    }
    ~MappedSource() override { ::munmap(data_, size_); }

    bool next(FrameBlock& block) override {
        const std::uint64_t begin = at_;
        at_ = size_ - at_ <= block_size ? end_of_lines() : end_of_line(at_ + block_size);
        block.is_unfinished = begin != size_ && at_ == begin;
        if (block.is_unfinished) { at_ = size_; }
        block.text = text().substr(begin, at_ - begin);
        block.bytes = at_ - begin;
        block.next = block.is_unfinished ? begin : at_;
        block.is_last = at_ == size_;
        return true;
    }

    void release(std::uint64_t end) noexcept override {
        // In large steps: each of them makes all processors forget addresses.
        constexpr std::uint64_t step = std::uint64_t{64} << 20U;
        if (end < released_ + step) { return; }
        const std::uint64_t whole = end / step * step;
        static_cast<void>(::madvise(data_ + released_, whole - released_, MADV_DONTNEED));
        released_ = whole;
    }

    bool continues(std::uint64_t offset, std::uint64_t fingerprint) const noexcept override {
        return offset <= size_ && this->fingerprint(offset) == fingerprint;
    }
    std::uint64_t resume(std::uint64_t offset) override {
        at_ = std::max(at_, offset);
        released_ = at_ / page * page;
        return offset;
    }
    std::uint64_t fingerprint(std::uint64_t offset) const noexcept override {
        if (offset == 0) { return 0; }
        // The first page and the last one: frames may end alike.
        const std::uint64_t size = std::min(offset, page);
        const std::uint64_t first = sheaf::KeyedHash{sheaf::SipKey{}}(text().substr(0, size));
        return sheaf::KeyedHash{sheaf::SipKey{first, offset}}(text().substr(offset - size, size));
    }
    std::optional<std::uint64_t> size() const noexcept override { return size_; }

private:
    static constexpr std::uint64_t page = 4096;

    MappedSource(char* data, std::uint64_t size, const std::string& name)
        : BlockSource{name}
        , data_{data}
        , size_{size} {
        if (text().starts_with(byte_order_mark)) { at_ = byte_order_mark.size(); }
    }

    [[nodiscard]] std::string_view text() const noexcept { return {data_, size_}; }
    /// Behind the line that `place` is in.
    [[nodiscard]] std::uint64_t end_of_line(std::uint64_t place) const noexcept {
        const auto found = text().find('\n', place - 1);
        return found == std::string_view::npos ? end_of_lines() : found + 1;
    }
    /// Behind the last line that has its end; where there is none any more it is where it was.
    [[nodiscard]] std::uint64_t end_of_lines() const noexcept {
        const auto last = text().substr(at_).rfind('\n');
        return last == std::string_view::npos ? at_ : at_ + last + 1;
    }

    char* data_;
    std::uint64_t size_;
    std::uint64_t at_ = 0;
    std::uint64_t released_ = 0;
};

}  // namespace driver
