#include "http/routes/order_body.h"

#include <charconv>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>

namespace freshet::http {

using engine::JsonDocument;
using engine::JsonNode;
using engine::JsonType;

tl::expected<JsonDocument, Answer> json_in(Request& request) {
    if (!equal_ignoring_case(content_type(request), "application/json")) {
        return tl::unexpected(problem(415, "the body must be of the type application/json"));
    }
    auto document = JsonDocument::parse(std::exchange(request.body, {}));
    if (!document) return tl::unexpected(problem_of(document.error()));
    return *std::move(document);
}

tl::expected<JsonDocument, Answer> object_in(Request& request,
                                             std::initializer_list<std::string_view> known,
                                             std::string_view form) {
    auto document = json_in(request);
    if (!document) return document;
    bool is_known = document->root().is(JsonType::object);
    std::size_t found = 0;
    for (const std::string_view name : known) {
        found += document->root().find(name) != nullptr ? 1 : 0;
    }
    is_known = is_known && found == document->root().size();
    if (!is_known) return tl::unexpected(problem(422, std::string(form)));
    return document;
}

std::optional<std::uint64_t> whole_number(std::string_view digits) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

std::optional<std::uint64_t> whole_number(const JsonNode& node) {
    return node.is(JsonType::number) ? whole_number(node.text()) : std::nullopt;
}

}  // namespace freshet::http
