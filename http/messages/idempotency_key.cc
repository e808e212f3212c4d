#include "http/messages/idempotency_key.h"

#include <algorithm>
#include <string_view>

namespace freshet::http {
namespace {

constexpr std::string_view name = "Idempotency-Key";

bool is_printable(char c) {
    return c >= ' ' && c <= '~';
}

// What stands between the quotes; nothing if that is no string of a structured field.
std::optional<std::string> unquoted(std::string_view text) {
    std::string key;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') return i + 1 == text.size() ? std::optional(key) : std::nullopt;
        if (text[i] == '\\') {
            ++i;
            if (i == text.size() || (text[i] != '"' && text[i] != '\\')) return std::nullopt;
        }
        key += text[i];
    }
    return std::nullopt;
}

// Without quotes, a comma or a semicolon would be a list's or a parameter's.
std::optional<std::string> bare(std::string_view text) {
    constexpr std::string_view special = "\",; ";
    if (text.find_first_of(special) != std::string_view::npos) return std::nullopt;
    return std::string(text);
}

}  // namespace

OrAnswer<std::optional<std::string>> idempotency_key_of(const Request& request) {
    const auto value = request.header(name);
    if (!value) return std::optional<std::string>();
    const auto wrong = [](const std::string& what) {
        return tl::unexpected(problem(400, std::string(name) + ' ' + what));
    };
    if (request.count(name) > 1) return wrong("is there twice");
    const std::string_view text = trim(*value);
    auto key = text.starts_with('"') ? unquoted(text) : bare(text);
    if (!key || !std::all_of(key->begin(), key->end(), is_printable)) {
        return wrong("is one string of printable ASCII characters, such as \"8e03978e-40d5\"");
    }
    if (key->empty()) return wrong("is empty");
    if (key->size() > idempotency_key_max) {
        return wrong("has more than " + std::to_string(idempotency_key_max) + " characters");
    }
    return key;
}

}  // namespace freshet::http
