#pragma once

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>

namespace test {

/// Sets a variable of the environment while it lives. No thread may run beside its beginning and end.
class Variable {
public:
    Variable(const char* name, const std::string& value)
        : name_{name} {
        // NOLINTBEGIN(concurrency-mt-unsafe)
        if (const char* const before = std::getenv(name)) { before_ = before; }
        if (setenv(name, value.c_str(), 1) != 0) { throw std::runtime_error{"setenv"}; }
        // NOLINTEND(concurrency-mt-unsafe)
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    ~Variable() {
        // NOLINTBEGIN(concurrency-mt-unsafe)
        if (before_) {
            setenv(name_, before_->c_str(), 1);
        } else {
            unsetenv(name_);
        }
        // NOLINTEND(concurrency-mt-unsafe)
    }

private:
    const char* const name_;
    std::optional<std::string> before_;
};

}  // namespace test
