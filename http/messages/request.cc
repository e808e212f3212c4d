#include "http/messages/request.h"

#include <algorithm>
#include <cstddef>

namespace freshet::http {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool is_read(const Request& request) {
    return request.method == "GET" || request.method == "HEAD";
}

std::string_view content_type(const Request& request) {
    if (request.count("Content-Type") != 1) return {};
    const std::string_view type = *request.header("Content-Type");
    return trim(type.substr(0, type.find(';')));
}

std::string_view Identity::end(std::chrono::sys_seconds now) const {
    if (is_revoked()) return believed_no_more;
    return expires && now >= *expires ? "the credential has expired" : "";
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::string_view> take_list_element(std::string_view& list) {
    if (list.empty()) return std::nullopt;
    bool quoted = false;
    std::size_t end = 0;
    while (end < list.size() && (quoted || list[end] != ',')) {
        if (list[end] == '"') quoted = !quoted;
        ++end;
    }
    const std::string_view element = trim(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    return element;
}

std::optional<std::string_view> Request::header(std::string_view name) const {
    for (const HeaderField& field : headers) {
        if (equal_ignoring_case(field.name, name)) return field.value;
    }
    return std::nullopt;
}

std::size_t Request::count(std::string_view name) const {
    std::size_t found = 0;
    for (const HeaderField& field : headers) {
        if (equal_ignoring_case(field.name, name)) ++found;
    }
    return found;
}

std::optional<std::string_view> Request::host() const {
    if (const auto absolute = split_absolute(raw_target)) return absolute->host;
    return header("Host");
}

std::string Request::server_url() const {
    return (secure ? "https://" : "http://") + std::string(host().value_or("localhost")) + prefix;
}

}  // namespace freshet::http
