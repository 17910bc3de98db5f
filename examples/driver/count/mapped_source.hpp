#pragma once

#include "../errors.hpp"
#include "../support/file_descriptor.hpp"
#include "block_source.hpp"

#include <sheaf/keyed_hash.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

namespace driver {

/// A file that is mapped into memory. Where its pages are in the page cache in large pieces, as recent kernels keep them, that costs
/// hardly anything, and where they are not no more than copying them. It must not become shorter meanwhile; where it does, the
/// program ends with a message.
class MappedSource : public BlockSource {
public:
    /// Of `size` bytes. Throws: `RuntimeFailure`.
    MappedSource(const FileDescriptor& file, std::uint64_t size, std::string name)
        : BlockSource{std::move(name)}
        , size_{size} {
        if (size_ == 0) { return; }
        void* const map = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
        if (map == MAP_FAILED) { throw RuntimeFailure{this->name() + ": " + std::strerror(errno)}; }
        data_ = static_cast<char*>(map);
        static_cast<void>(::madvise(data_, size_, MADV_SEQUENTIAL));
        if (text().starts_with(byte_order_mark)) { at_ = byte_order_mark.size(); }
    }
    ~MappedSource() override {
        if (data_ != nullptr) { ::munmap(data_, size_); }
    }

    bool next(FrameBlock& block) override {
        const std::uint64_t begin = at_;
        at_ = size_ - at_ <= block_size ? size_ : end_of_line(at_ + block_size);
        block.text = text().substr(begin, at_ - begin);
        block.bytes = at_ - begin;
        block.is_last = at_ == size_;
        block.next = at_;
        if (!block.text.empty() && block.text.back() != '\n') {
            // Whoever writes the file may go on with this line.
            const auto last = block.text.rfind('\n');
            block.next = begin + (last == std::string_view::npos ? 0 : last + 1);
        }
        return true;
    }

    void release(std::uint64_t end) noexcept override {
        // In large steps: each of them makes all processors forget addresses.
        constexpr std::uint64_t step = std::uint64_t{64} << 20U;
        if (end - released_ < step) { return; }
        const std::uint64_t whole = end / step * step;
        static_cast<void>(::madvise(data_ + released_, whole - released_, MADV_DONTNEED));
        released_ = whole;
    }

    void resume(std::uint64_t offset) override {
        if (offset > size_) {
            throw RuntimeFailure{name() + ": has " + std::to_string(size_) +
                                 " bytes, of which the snapshot has counted " + std::to_string(offset) +
                                 ": it is another file"};
        }
        at_ = std::max(at_, offset);
        released_ = at_ / page * page;
    }

    std::uint64_t fingerprint(std::uint64_t offset) const noexcept override {
        const std::uint64_t size = std::min<std::uint64_t>(offset, page);
        return sheaf::KeyedHash{sheaf::SipKey{}}(text().substr(offset - size, size));
    }
    std::optional<std::uint64_t> size() const noexcept override { return size_; }

private:
    static constexpr std::uint64_t page = 4096;

    [[nodiscard]] std::string_view text() const noexcept { return {data_, size_}; }

    /// Behind the line that `place` is in.
    [[nodiscard]] std::uint64_t end_of_line(std::uint64_t place) const noexcept {
        const auto found = text().find('\n', place - 1);
        return found == std::string_view::npos ? size_ : found + 1;
    }

    char* data_ = nullptr;
    std::uint64_t size_;
    std::uint64_t at_ = 0;
    std::uint64_t released_ = 0;
};

}  // namespace driver
