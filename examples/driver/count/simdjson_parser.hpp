#pragma once

#include "count_settings.hpp"

#include <sheaf/json/root_pair.hpp>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

namespace driver {

/// simdjson On-Demand: as far as both members, like the library's fast reading.
class SimdjsonParser {
public:
    explicit SimdjsonParser(const CountSettings& settings)
        : user_{settings.key}
        , time_{settings.time}
        , parser_{std::make_unique<simdjson::ondemand::parser>()} {}

    [[nodiscard]] bool read(std::string_view line, sheaf::RootValue& user, sheaf::RootValue& time) {
        // It reads beyond the text, where the next page may belong to nobody.
        line_.resize(line.size() + simdjson::SIMDJSON_PADDING);
        std::memcpy(line_.data(), line.data(), line.size());
        error_ = find(line.size(), user, time);
        return error_ == simdjson::SUCCESS;
    }

    [[nodiscard]] std::string reason() const {
        return error_ == simdjson::NO_SUCH_FIELD ? "no \"" + user_ + "\" or \"" + time_ + "\" at the root"
                                                 : simdjson::error_message(error_);
    }

private:
    [[nodiscard]] simdjson::error_code find(std::size_t size,
                                            sheaf::RootValue& user,
                                            sheaf::RootValue& time) {
        simdjson::ondemand::document document;
        if (const auto error = parser_->iterate(line_.data(), size, line_.size()).get(document)) {
            return error;
        }
        simdjson::ondemand::object members;
        if (const auto error = document.get_object().get(members)) { return error; }
        bool has_user = false;
        bool has_time = false;
        for (auto member : members) {
            std::string_view name;
            if (const auto error = member.unescaped_key().get(name)) { return error; }
            const bool is_user = name == user_ && !has_user;
            if (!is_user && (name != time_ || has_time)) { continue; }
            if (const auto error = take(member.value(), is_user ? user : time)) { return error; }
            (is_user ? has_user : has_time) = true;
            if (has_user && has_time) { return simdjson::SUCCESS; }
        }
        return simdjson::NO_SUCH_FIELD;
    }

    template <class Result>
    [[nodiscard]] static simdjson::error_code take(Result&& result, sheaf::RootValue& value) {
        simdjson::ondemand::value found;
        if (const auto error = std::forward<Result>(result).get(found)) { return error; }
        simdjson::ondemand::json_type type{};
        if (const auto error = found.type().get(type)) { return error; }
        value.has_escapes = false;
        value.is_string = type == simdjson::ondemand::json_type::string;
        if (value.is_string) { return found.get_string().get(value.text); }
        if (type != simdjson::ondemand::json_type::number) { return simdjson::INCORRECT_TYPE; }
        const std::string_view token = found.raw_json_token();
        value.text = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
        return simdjson::SUCCESS;
    }

    std::string user_;
    std::string time_;
    std::unique_ptr<simdjson::ondemand::parser> parser_;
    std::vector<char> line_;
    simdjson::error_code error_ = simdjson::SUCCESS;
};

}  // namespace driver
