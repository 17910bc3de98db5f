#pragma once

#include <string_view>

namespace driver {

/// `scheme:rest`, or a plain path, whose scheme is empty. A path with a colon before its first slash
/// needs `./` in front.
///
/// Borrows the text.
struct Uri {
    std::string_view scheme{};
    std::string_view rest{};

    [[nodiscard]] static constexpr Uri parse(std::string_view text) noexcept {
        const auto colon = text.find(':');
        if (colon == std::string_view::npos || text.substr(0, colon).find('/') != std::string_view::npos) {
            return {{}, text};
        }
        return {text.substr(0, colon), text.substr(colon + 1)};
    }
};

}  // namespace driver
