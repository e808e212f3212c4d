// Just enough HTTP/1.1 to load a server: a request is sent as it is given, and of an answer its
// status and body are found.
//
// Threads: pure, but for the socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bench/harness/local_socket.h"

namespace freshet::bench {

struct HttpAnswer {
    int status = 0;
    std::string body;
};

// A GET that can be sent again and again.
std::string get_request(const std::string& target);

// POST /records with one record.
std::string post_request(const std::string& record);

// The next answer, if it was received as a whole; its length must be said in its head.
std::optional<HttpAnswer> take_answer(LocalSocket& socket);

// Waits for it, up to a minute of silence.
HttpAnswer await_answer(LocalSocket& socket);

// One GET on a connection of its own.
HttpAnswer http_get(std::uint16_t port, const std::string& target);

// One POST of JSON, on a connection of its own. Throws a Failure unless it is answered 200.
HttpAnswer http_post(std::uint16_t port, const std::string& target, const std::string& json = "{}");

// The value of Content-Length in a head, which ends with the end of a line; nothing if it is not
// there.
std::optional<std::size_t> content_length_in(std::string_view head);

// The number after the first `"name":` in JSON; 0 if there is none.
std::uint64_t number_in(std::string_view json, const std::string& name);

// How many members of that name there are in JSON.
std::uint64_t members_in(std::string_view json, const std::string& name);

// The sum of all series of a metric that has labels, in the text of /metrics.
std::uint64_t metric_in(const std::string& metrics, const std::string& name);

// Throws a Failure that quotes the answer unless its status is 200.
void check_answer(const HttpAnswer& answer, const std::string& request);

}  // namespace freshet::bench
