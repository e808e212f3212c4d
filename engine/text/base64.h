// Base64 (RFC 4648): standard for B attributes, url-safe without padding for keys and cursors.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace freshet::engine {

void append_base64(std::string& out, std::string_view bytes);
void append_base64url(std::string& out, std::string_view bytes);

// Strict: padded, no foreign characters, unused bits zero, so that writing gives the text back.
std::optional<std::string> decode_base64(std::string_view text);
// The same, behind what `bytes` has. False if it is not base64; `bytes` then has more or less of
// it.
bool append_from_base64(std::string& bytes, std::string_view text);
// Of the url-safe form, unpadded.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace freshet::engine
