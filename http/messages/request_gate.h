// The gate: what a request must look like before anything of it is believed. Pure.
//
// The parser underneath is lenient where proxies and servers have been played off against each
// other: two lengths, strange transfer codings, folded headers. Whatever could be read in two ways
// is refused here, and the connection closed, so that no byte is taken for another request's.
//
// Without credentials, everything is allowed from this machine. A web page that a browser
// shows may point a name of its own at 127.0.0.1 (DNS rebinding); it cannot make the browser send
// another Host than that name, so Host must name loopback.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "http/messages/answer.h"
#include "http/messages/request.h"

namespace freshet::http {

inline constexpr std::size_t head_bytes_max = 16U << 10U;  // request line and headers
// A target may name a key of 2,048 and 1,024 bytes, DynamoDB's longest, with each byte
// percent-encoded as three, or bring back a cursor: the base64 of a place, which has sort values of
// up to 1 KiB each besides such a key.
inline constexpr std::size_t target_bytes_max = 12U << 10U;
inline constexpr std::size_t fields_max = 64;  // a field costs more memory than bytes on the wire
inline constexpr std::size_t chunk_extension_bytes_max = 256;

// Why the bytes of a request's head are refused before they are parsed; nothing if they are not.
// `head` may be incomplete: it then holds what has come so far.
std::optional<Answer> refuse_head_bytes(std::string_view head);

// Which hosts a request may name.
enum class HostRule {
    loopback,  // this machine: there are no credentials
    any        // whatever it is called from outside
};

// Why the request is refused by what its head says; nothing if it is not. A health check by
// HTTP/1.0 may name no host.
std::optional<Answer> refuse_head(const Request& request, HostRule hosts = HostRule::loopback);

// Whether the value of a Host header names this machine's loopback, with or without a port.
bool names_loopback(std::string_view host);

}  // namespace freshet::http
