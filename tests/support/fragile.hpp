#pragma once

#include <stdexcept>

namespace test {

/// A value whose copies throw when told.
struct Fragile {
    int key = 0;
    /// How many copies more can be made; -1: as many as one likes.
    inline static int left = -1;

    Fragile() = default;
    explicit Fragile(int k)
        : key{k} {}
    Fragile(const Fragile& other)
        : key{other.key} {
        count_down();
    }
    Fragile& operator=(const Fragile& other) {
        count_down();
        key = other.key;
        return *this;
    }
    friend bool operator<(const Fragile& a, const Fragile& b) { return a.key < b.key; }

private:
    static void count_down() {
        if (left == 0) { throw std::runtime_error{"copy"}; }
        if (left > 0) { --left; }
    }
};

}  // namespace test
