#include "http/messages/request.h"

#include <algorithm>
#include <cstddef>

namespace freshet::http {

namespace {

// Whether the parameters of an accepted type are `;q=0`: not wanted (RFC 9110, section 12.4.2).
bool is_unwanted(std::string_view parameters) {
    const std::size_t equals = parameters.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view name = trim(parameters.substr(1, equals - 1));
    const std::string_view weight = trim(parameters.substr(equals + 1));
    return equal_ignoring_case(name, "q") &&
           weight.find_first_not_of("0.") == std::string_view::npos;
}

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

bool accepts(const Request& request, std::string_view media_type) {
    for (const HeaderField& field : request.headers) {
        if (!equal_ignoring_case(field.name, "Accept")) continue;
        std::string_view list = field.value;
        while (const auto element = take_list_element(list)) {
            const std::size_t end = std::min(element->find(';'), element->size());
            if (!equal_ignoring_case(trim(element->substr(0, end)), media_type)) continue;
            if (!is_unwanted(element->substr(end))) return true;
        }
    }
    return false;
}

}  // namespace freshet::http
