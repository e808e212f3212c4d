// In which coding a body came: the header Content-Encoding. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/messages/answer.h"
#include "http/messages/request.h"
#include "storage/result.h"

namespace freshet::http {

// The names are labels of metrics, and those that clients write.
enum class ContentCoding : std::uint8_t {
    gzip,
    deflate,  // in the form of zlib, or without it, as many clients send it
    zstd
};

// What Accept-Encoding says where a body may come coded (RFC 7694).
inline constexpr std::string_view accepted_codings = "gzip, deflate, zstd";

// The coding of the request's body; nothing if it came as it is.
// Fails with refused  if it is not known here, or there are several.
Result<std::optional<ContentCoding>> content_coding(const Request& request);

// The answer, 415, to a body whose coding is not known here.
std::optional<Answer> refuse_coding(const Request& request);

// What to do about a text that should be JSON and begins with these bytes: it is packed, and the
// request does not say so, or it is packed twice. Empty if it does not begin so; no JSON does.
std::string packed_advice(std::string_view begin, bool is_decoded);
inline constexpr std::size_t packed_mark_bytes = 4;  // of the beginning, which are looked at

// The answer, 400, to such a body of the type application/json.
std::optional<Answer> refuse_packed(const Request& request);

}  // namespace freshet::http
