// A client that speaks HTTP/1.1 over a plain socket, so that tests see exactly what is on the wire.
//
// Every wait has a deadline; what does not come in time throws, and so fails the test.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::support {

struct HttpAnswer {
    int status = 0;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;

    // The header's value; empty if it is not there.
    [[nodiscard]] std::string header(const std::string& name) const;
};

// More header lines, such as {"Content-Type: application/json"}.
using HttpHeaders = std::vector<std::string>;

// One connection to this machine.
class HttpClient {
public:
    explicit HttpClient(std::uint16_t port,
                        std::chrono::milliseconds deadline = std::chrono::seconds(60));
    // From that address of this machine, to loopback of the same family.
    HttpClient(std::uint16_t port, const std::string& source,
               std::chrono::milliseconds deadline = std::chrono::seconds(60));
    ~HttpClient();
    HttpClient(HttpClient&& other) noexcept;
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    // Sends one request and reads its answer. Host and, for a body, Content-Length are added.
    HttpAnswer request(std::string_view method, std::string_view target,
                       const HttpHeaders& headers = {}, std::string_view body = {});
    HttpAnswer get(std::string_view target, const HttpHeaders& headers = {}) {
        return request("GET", target, headers);
    }

    // Sends these bytes. Returns false if the server has closed the connection.
    bool send(std::string_view bytes);

    // Reads one answer; `head` says that it has no body whatever its Content-Length. Nothing if the
    // server closed the connection before the first byte.
    std::optional<HttpAnswer> read_answer(bool head = false);

    // Everything until the server closes the connection.
    std::string read_to_end();

private:
    HttpClient() = default;
    bool receive();

    int socket_ = -1;
    std::string received_;  // and not yet used
};

}  // namespace freshet::support
