#include "engine/views/list_cursor.h"

#include <xxhash.h>

#include <cstdint>

#include "engine/text/base64.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

constexpr std::size_t hash_bytes = 8;

std::string bytes_of(std::uint64_t hash) {
    std::string bytes;
    for (std::size_t i = 0; i < hash_bytes; ++i) {
        bytes.push_back(static_cast<char>((hash >> (8 * i)) & 0xFFU));
    }
    return bytes;
}

std::string hash_of(std::string_view bytes) {
    return bytes_of(XXH3_64bits(bytes.data(), bytes.size()));
}

}  // namespace

std::string write_cursor(const CursorScope& scope, std::string_view last_place) {
    invariant(!last_place.empty() && last_place.starts_with(scope.prefix),
              "a cursor stays within its partition");
    std::string bytes = bytes_of(scope.fingerprint) + hash_of(scope.reading);
    bytes.append(last_place);
    bytes.append(hash_of(bytes));
    std::string cursor;
    append_base64url(cursor, bytes);
    return cursor;
}

Result<std::string> read_cursor(const CursorScope& scope, std::string_view cursor) {
    const auto bytes = decode_base64url(cursor);
    if (!bytes || bytes->size() <= 3 * hash_bytes) {
        return fail(Errc::malformed,
                    "this is not a cursor of ours: take `next` from the page before, as it is");
    }
    const std::string_view whole(*bytes);
    const std::string_view hashed = whole.substr(0, whole.size() - hash_bytes);
    if (whole.substr(hashed.size()) != hash_of(hashed)) {
        return fail(Errc::malformed, "the cursor is damaged: pass it on as it came");
    }
    if (hashed.substr(0, hash_bytes) != bytes_of(scope.fingerprint)) {
        return fail(Errc::gone, "the cursor is of another view, or " + scope.name +
                                    " has been defined anew since it was given: begin again "
                                    "without it");
    }
    const std::string_view place = hashed.substr(2 * hash_bytes);
    if (place.substr(0, scope.prefix.size()) != scope.prefix) {
        return fail(Errc::malformed, "the cursor is of another partition of " + scope.name);
    }
    if (hashed.substr(hash_bytes, hash_bytes) != hash_of(scope.reading)) {
        return fail(Errc::malformed,
                    "the cursor is of a page in another order or between other bounds: say the "
                    "order, since and until of the page before again, or begin without a cursor");
    }
    return std::string(place);
}

}  // namespace freshet::engine
