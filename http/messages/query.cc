#include "http/messages/query.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace freshet::http {

namespace {

std::string join(Names names, Names more) {
    std::string text;
    for (const Names& some : {names, more}) {
        for (const std::string_view name : some) {
            if (!text.empty()) text += ", ";
            text += name;
        }
    }
    return text.empty() ? "none" : text;
}

bool is_among(Names names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end) return std::nullopt;
    return number;
}

// Seconds such as `2`, `0.25` or `.5`, without sign or exponent; cut to milliseconds.
std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text) {
    constexpr std::size_t digits_max = 9;
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    std::string fraction(text.substr(std::min(point + 1, text.size())));
    if (whole.size() + fraction.size() == 0) return std::nullopt;
    if (whole.size() > digits_max || fraction.size() > digits_max) return std::nullopt;

    fraction.resize(digits_max, '0');
    const auto seconds = whole.empty() ? std::uint64_t{0} : parse_number(whole);
    const auto nanoseconds = parse_number(fraction);
    if (!seconds || !nanoseconds) return std::nullopt;
    return std::chrono::milliseconds(*seconds * 1'000 + *nanoseconds / 1'000'000);
}

}  // namespace

std::optional<Answer> refuse_unknown_parameters(const Target& target, Names known,
                                                Names repeatable) {
    for (const Parameter& parameter : target.query) {
        if (is_among(repeatable, parameter.name)) continue;
        if (!is_among(known, parameter.name)) {
            return problem(400, "unknown query parameter '" + parameter.name +
                                    "'; known here: " + join(known, repeatable));
        }
        const auto same = [&](const Parameter& other) { return other.name == parameter.name; };
        if (std::count_if(target.query.begin(), target.query.end(), same) > 1) {
            return problem(400, "query parameter '" + parameter.name + "' is there twice");
        }
    }
    return std::nullopt;
}

std::optional<std::string_view> find_parameter(const Target& target, std::string_view name) {
    for (const Parameter& parameter : target.query) {
        if (parameter.name == name) return parameter.value;
    }
    return std::nullopt;
}

std::vector<std::string> find_parameters(const Target& target, std::string_view name) {
    std::vector<std::string> values;
    for (const Parameter& parameter : target.query) {
        if (parameter.name == name) values.push_back(parameter.value);
    }
    return values;
}

OrAnswer<std::uint64_t> number_parameter(const Target& target, std::string_view name, Range range,
                                         std::uint64_t absent) {
    const auto text = find_parameter(target, name);
    if (!text) return absent;
    const auto number = parse_number(*text);
    if (number && *number >= range.least && *number <= range.most) return *number;
    return tl::unexpected(
        problem(400, "query parameter '" + std::string(name) + "' must be a whole number from " +
                         std::to_string(range.least) + " to " + std::to_string(range.most)));
}

OrAnswer<bool> flag_parameter(const Target& target, std::string_view name) {
    const auto text = find_parameter(target, name);
    if (!text) return false;
    if (*text == "true" || *text == "1") return true;
    if (*text == "false" || *text == "0") return false;
    return tl::unexpected(
        problem(400, "query parameter '" + std::string(name) + "' must be true or false"));
}

OrAnswer<std::chrono::milliseconds> seconds_parameter(const Target& target, std::string_view name,
                                                      std::chrono::milliseconds absent) {
    const auto text = find_parameter(target, name);
    if (!text) return absent;
    const auto wait = parse_seconds(*text);
    if (wait && *wait <= wait_max) return *wait;
    return tl::unexpected(problem(400, "query parameter '" + std::string(name) +
                                           "' must be seconds from 0 to 30, such as 2.5"));
}

}  // namespace freshet::http
