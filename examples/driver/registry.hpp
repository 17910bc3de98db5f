#pragma once

#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace driver {

/// Things by name, each registered by a global object in the translation unit that implements it; so a new one
/// adds a file and changes none.
///
///     const Registry<Source>::Entry stdin_source{"stdin", "standard input (the default)", make_stdin};
///
/// `Product`: what the factories make; it names their type `Product::Factory`.
///
/// Thread safety: filled before `main`; read-only from then on.
template <class Product>
class Registry {
public:
    using Factory = typename Product::Factory;

    struct Item {
        /// One line for `--version` and `--help`.
        std::string description;
        Factory make;
    };
    using Items = std::map<std::string, Item, std::less<>>;

    /// Registers under a name for the rest of the program.
    struct Entry {
        Entry(std::string name, std::string description, Factory make) {
            if (!items_()
                     .try_emplace(std::move(name), Item{std::move(description), std::move(make)})
                     .second) {
                throw std::logic_error{"a name was registered twice"};
            }
        }
    };

    [[nodiscard]] static const Items& items() noexcept { return items_(); }

    /// Null where nobody registered the name.
    [[nodiscard]] static const Item* find(std::string_view name) noexcept {
        const auto found = items_().find(name);
        return found == items_().end() ? nullptr : &found->second;
    }

    /// All names as the schemes of URIs, `file: stdin:`; what has no name is left out.
    [[nodiscard]] static std::string schemes() {
        std::string text;
        for (const auto& [name, item] : items_()) {
            if (!name.empty()) { text += (text.empty() ? "" : " ") + name + ':'; }
        }
        return text;
    }

private:
    // A function's static, because registration may come before any global of this class.
    [[nodiscard]] static Items& items_() {
        static Items items;
        return items;
    }
};

}  // namespace driver
