// One request, as the gate and the routes see it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/target.h"

namespace freshet::http {

struct HeaderField {
    std::string_view name;  // as it was sent
    std::string_view value;
};

// Method and headers are views into the bytes that came; whoever read them keeps those.
struct Request {
    std::string_view method;
    std::string_view raw_target;
    int version = 11;  // 10 or 11: HTTP/1.0 or HTTP/1.1
    bool keep_alive = true;
    std::vector<HeaderField> headers;
    Target target;
    std::string body;

    // The value of the first header of that name; nothing if there is none.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
};

bool equal_ignoring_case(std::string_view a, std::string_view b);

// Without the spaces and tabs at both ends.
std::string_view trim(std::string_view text);

// Takes the text up to the next comma off `list` and returns it trimmed; nothing at the end.
// Commas inside of double quotes do not count.
std::optional<std::string_view> take_list_element(std::string_view& list);

}  // namespace freshet::http
