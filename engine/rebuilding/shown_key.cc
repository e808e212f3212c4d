#include "engine/rebuilding/shown_key.h"

#include <optional>

#include "engine/text/base64.h"
#include "engine/text/excerpt.h"
#include "engine/text/shown_text.h"
#include "engine/values/ordered_bytes.h"

namespace freshet::engine {
namespace {

std::string quote(std::string_view text) {
    std::string out;
    append_quoted(out, excerpt(text));
    return out;
}

// Takes one part off the front; nothing if there is none that could be read.
std::optional<std::string> take_part(std::string_view& bytes) {
    if (const auto text = take_ordered_text(bytes)) return quote(*text);
    if (const auto number = take_ordered_number(bytes)) return excerpt(number->canonical());
    if (const auto binary = take_ordered_binary(bytes)) {
        std::string out;
        append_base64url(out, *binary);
        return excerpt(out);
    }
    return std::nullopt;
}

}  // namespace

std::string shown_key(std::string_view bytes) {
    std::string shown;
    do {
        if (!shown.empty()) shown += ' ';
        const auto part = take_part(bytes);
        if (!part) return shown + quote(bytes);
        shown += *part;
    } while (!bytes.empty());
    return shown;
}

}  // namespace freshet::engine
