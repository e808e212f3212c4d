#include "http/messages/target.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "engine/text/utf8.h"
#include "http/messages/request.h"

namespace freshet::http {

namespace {

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

enum class Plus { is_itself, is_space };

Result<std::string> decode(std::string_view text, Plus plus) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus == Plus::is_space) {
            decoded += ' ';
            continue;
        }
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
        const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
        if (!low) return fail(Errc::refused, "a % must be followed by two hexadecimal digits");
        decoded += static_cast<char>(*high * 16 + *low);
        i += 2;
    }
    if (!engine::is_utf8(decoded)) {
        return fail(Errc::refused, "what is percent-encoded must be UTF-8");
    }
    return decoded;
}

Result<std::vector<std::string>> parse_path(std::string_view path) {
    std::vector<std::string> segments;
    // A slash at the end says nothing. Proxies and people add one.
    if (path.ends_with('/')) path.remove_suffix(1);
    std::size_t begin = 1;
    while (begin <= path.size()) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        auto segment = decode(path.substr(begin, end - begin), Plus::is_itself);
        if (!segment) return fail(segment.error());
        if (*segment == "." || *segment == "..") {
            return fail(Errc::refused,
                        "a path segment cannot be a dot segment; name such a key by ?key=");
        }
        segments.push_back(std::move(*segment));
        begin = end + 1;
    }
    return segments;
}

Result<std::vector<Parameter>> parse_query(std::string_view query) {
    std::vector<Parameter> parameters;
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (pair.empty()) continue;

        const std::size_t equals = std::min(pair.find('='), pair.size());
        auto name = decode(pair.substr(0, equals), Plus::is_space);
        if (!name) return fail(name.error());
        auto value = decode(pair.substr(std::min(equals + 1, pair.size())), Plus::is_space);
        if (!value) return fail(value.error());
        parameters.push_back({std::move(*name), std::move(*value)});
    }
    return parameters;
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

bool fits_into_path(const std::string& text) {
    return !text.empty() && text != "." && text != ".." && text.find('\0') == text.npos;
}

}  // namespace

std::optional<AbsoluteTarget> split_absolute(std::string_view text) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!equal_ignoring_case(text.substr(0, scheme.size()), scheme)) continue;
        text.remove_prefix(scheme.size());
        const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
        return AbsoluteTarget{.host = text.substr(0, end), .rest = text.substr(end)};
    }
    return std::nullopt;
}

Result<Target> parse_target(std::string_view text) {
    if (text == "*") return Target{.segments = {}, .query = {}, .is_server = true};
    if (const auto absolute = split_absolute(text)) text = absolute->rest;
    if (text.find('#') != std::string_view::npos) {
        return fail(Errc::refused, "a fragment (#) cannot be part of a target; write %23");
    }
    const std::size_t question = std::min(text.find('?'), text.size());
    const std::string_view path = text.substr(0, question);
    auto segments = parse_path(path);
    if (!segments) return fail(segments.error());
    auto query = parse_query(text.substr(std::min(question + 1, text.size())));
    if (!query) return fail(query.error());
    return Target{.segments = std::move(*segments),
                  .query = std::move(*query),
                  .ends_in_slash = path.size() > 1 && path.ends_with('/')};
}

void append_percent_encoded(std::string& out, std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 0xfU];
    }
}

void add_key(Target& target, const std::vector<std::string>& parts) {
    if (std::all_of(parts.begin(), parts.end(), fits_into_path)) {
        target.segments.insert(target.segments.end(), parts.begin(), parts.end());
    } else {
        for (const std::string& part : parts) target.query.push_back({"key", part});
    }
}

std::string format_target(const Target& target) {
    if (target.is_server) return "*";
    std::string text;
    for (const std::string& segment : target.segments) {
        text += '/';
        append_percent_encoded(text, segment);
    }
    if (target.segments.empty() || target.ends_in_slash) text += '/';
    char separator = '?';
    for (const Parameter& parameter : target.query) {
        text += separator;
        append_percent_encoded(text, parameter.name);
        text += '=';
        append_percent_encoded(text, parameter.value);
        separator = '&';
    }
    return text;
}

}  // namespace freshet::http
