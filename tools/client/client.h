// A small HTTP/1.1 client, for the commands that talk to a running server.
//
// By https:// it talks to nobody but whom a certificate names as the host that was asked for, and
// whom those vouch for that are believed. TLS is Asio's here: nothing is written in place, as the
// server does (http/serving/channel.h).
//
// One connection, kept from request to request and opened again when the server has closed it. It
// blocks, and no wait is without a deadline: each counts anew whenever a byte has gone or come. An
// answer is read while the request is still being written, so that a server that refuses a long
// body half-way is heard.
//
// Every request must be one that may be sent twice: a kept connection that turns out to be closed
// is opened anew, without a word.
//
// Threads: a client belongs to one thread. Asio stays in the source.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/result.h"

namespace freshet::http {

// Where a server is.
struct ServerUrl {
    std::string host;  // a name or an address, without brackets
    std::string port;
    bool secure = false;  // https

    // As in `Host`: 127.0.0.1:8080, [::1]:8080.
    [[nodiscard]] std::string authority() const;
    [[nodiscard]] std::string text() const {
        return (secure ? "https://" : "http://") + authority();
    }
};

// Reads http://HOST[:PORT] or https://HOST[:PORT], with 80 or 443 as the port that is left out.
// Fails with refused  if it is anything else.
Result<ServerUrl> parse_server_url(std::string_view text);

struct ClientDeadlines {
    std::chrono::milliseconds connect{5'000};
    std::chrono::milliseconds answer{60'000};   // without a byte of it, or of the request
    std::chrono::milliseconds silence{60'000};  // of a stream
};

struct ClientRequest {
    std::string_view method = "GET";
    std::string target = "/";                                  // percent-encoded
    std::vector<std::pair<std::string, std::string>> headers;  // beside Host and Authorization
    std::string_view body;                                     // lives until the answer is there
};

struct ClientAnswer {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    // The value of the first header of that name; empty if there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const;

    // How long the server asks to be left alone; nothing unless it is said in seconds.
    [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const;

    // 200 and text/event-stream: all that a subscriber can go on with.
    [[nodiscard]] bool is_event_stream() const;

    // What went wrong, for people: the detail of a problem, or else the status in words.
    [[nodiscard]] std::string fault() const;
};

class Client {
public:
    static constexpr std::size_t body_bytes_max = 64U << 20U;

    // Opens nothing yet. A token that is not empty goes along as `Authorization: Bearer`. By https,
    // `authorities` is the file (PEM) of the certificates that are believed; empty: the system's.
    explicit Client(ServerUrl server, std::string token = {}, ClientDeadlines deadlines = {},
                    std::string authorities = {});
    ~Client();
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;

    [[nodiscard]] const ServerUrl& server() const;

    // Sends the request and returns the whole answer, whatever its status.
    // Fails with refused      if there is no machine of that name, or it cannot be believed to be
    //                         the one that was asked for;
    //            unavailable  if nobody listens, the connection is cut, or a deadline passes;
    //            malformed    if what answers does not speak HTTP, or TLS by https;
    //            too_large    beyond body_bytes_max.
    Result<ClientAnswer> exchange(const ClientRequest& request);

    // The same, but of an event stream only the head: read_some() reads on.
    Result<ClientAnswer> open_stream(const ClientRequest& request);

    // Waits for more of the stream's body and appends it to `out`. False at its end.
    // Fails with unavailable  if the connection is cut, or silent for the deadline.
    Result<bool> read_some(std::string& out);

    void close();

private:
    class Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace freshet::http
