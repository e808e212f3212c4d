// A request's target, taken apart: path segments and query parameters. Pure.
//
// The path is split on '/' first and each segment is then decoded once, so `%2F` in a segment is
// data, and so is `%00`: a key may hold any character. What could be read in two ways is refused:
// dot segments, broken percent or UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/result.h"

namespace freshet::http {

struct Parameter {
    std::string name;
    std::string value;
};

struct Target {
    std::vector<std::string> segments;  // none for `/`; a slash at the end adds none
    std::vector<Parameter> query;       // in their order; a name may be there more than once
    bool is_server = false;             // `*`: what the request asks for is no path
    bool ends_in_slash = false;         // behind a segment
};

// A target in absolute form, `http://localhost:8080/livez`, taken apart.
struct AbsoluteTarget {
    std::string_view host;  // with its port
    std::string_view rest;  // path and query; empty or only a query if there is no path
};

// Nothing if `text` is in another form.
std::optional<AbsoluteTarget> split_absolute(std::string_view text);

// `text` is in origin form, which begins with '/', in absolute form, or `*`.
// Fails with refused  and a message that says what is wrong with it.
Result<Target> parse_target(std::string_view text);

// Writes `text` so that it is one segment, or one parameter's name or value.
void append_percent_encoded(std::string& out, std::string_view text);

// Adds the parts of a key: a segment each, or, where a segment cannot have one of them, a ?key=
// each. URL parsers fold such segments away, and proxies refuse them.
void add_key(Target& target, const std::vector<std::string>& parts);

// The target as text again.
std::string format_target(const Target& target);

}  // namespace freshet::http
