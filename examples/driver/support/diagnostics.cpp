#include "diagnostics.hpp"

#include "file_descriptor.hpp"

#include <cstddef>
#include <string>

#include <unistd.h>

namespace driver {
namespace {

/// Nobody can be told when standard error fails.
void write_to_people(std::string_view text) noexcept {
    std::size_t written = 0;
    static_cast<void>(write_all(STDERR_FILENO, text, written));
}

constexpr std::string_view erase_line = "\r\033[K";

}  // namespace

void Diagnostics::message(std::string_view text) {
    std::string line = "sheaf: ";
    line += text;
    line += '\n';
    const std::lock_guard lock{mutex_};
    write_above_status(line);
}

void Diagnostics::plain(std::string_view text) {
    const std::lock_guard lock{mutex_};
    write_above_status(text);
}

void Diagnostics::status(std::string_view text) {
    const std::lock_guard lock{mutex_};
    if (text.empty() && status_.empty()) { return; }
    status_ = text;
    std::string all{erase_line};
    all += status_;
    write_to_people(all);
}

void Diagnostics::write_above_status(std::string_view text) {
    if (status_.empty()) {
        write_to_people(text);
        return;
    }
    std::string all{erase_line};
    all += text;
    all += status_;
    write_to_people(all);
}

}  // namespace driver
