#include "http/messages/entity_tag.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "engine/text/hexadecimal.h"

namespace freshet::http {

namespace {

constexpr unsigned tag_digits = 16;

// What stands behind our own tag, before the quote: `-gzip` of Apache and Caddy, `--gzip` of Jetty,
// and `;gzip` of others.
bool names_coding(std::string_view suffix) {
    constexpr std::array<std::string_view, 4> codings{"gzip", "br", "zstd", "deflate"};
    constexpr std::array<std::string_view, 3> separators{"--", "-", ";"};
    for (const std::string_view separator : separators) {
        if (!suffix.starts_with(separator)) continue;
        const auto* const end = codings.end();
        return std::find(codings.begin(), end, suffix.substr(separator.size())) != end;
    }
    return false;
}

// Whether the tag is `own`, or what a proxy made of it.
bool is_tag_of(std::string_view tag, std::string_view own) {
    if (tag == own) return true;
    const std::string_view beginning = own.substr(0, own.size() - 1);  // without the quote
    if (!tag.starts_with(beginning) || !tag.ends_with('"')) return false;
    tag.remove_prefix(beginning.size());
    tag.remove_suffix(1);
    return names_coding(tag);
}

}  // namespace

std::string item_tag(storage::Position changed, std::uint64_t fingerprint) {
    std::string tag = "\"" + std::to_string(changed.value) + "-";
    engine::append_hexadecimal(tag, fingerprint, tag_digits);
    tag += '"';
    return tag;
}

std::string content_tag(std::string_view body) {
    std::string tag = "\"";
    engine::append_hexadecimal(tag, XXH3_64bits(body.data(), body.size()), tag_digits);
    tag += '"';
    return tag;
}

std::optional<storage::Position> state_named_by(std::string_view tag) {
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (!tag.starts_with('"')) return std::nullopt;
    tag.remove_prefix(1);
    storage::Position state;
    const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), state.value);
    if (error != std::errc() || end == tag.data() + tag.size() || *end != '-') return std::nullopt;
    return state;
}

std::uint64_t table_fingerprint(std::string_view table, engine::ItemForm form) {
    return XXH3_64bits_withSeed(table.data(), table.size(), static_cast<XXH64_hash_t>(form));
}

bool none_match_fails(const Request& request, std::string_view tag) {
    for (const HeaderField& field : request.headers) {
        if (!equal_ignoring_case(field.name, "If-None-Match")) continue;
        std::string_view list = field.value;
        while (auto element = take_list_element(list)) {
            if (*element == "*") return true;
            if (element->starts_with("W/")) element->remove_prefix(2);
            if (is_tag_of(*element, tag)) return true;
        }
    }
    return false;
}

}  // namespace freshet::http
