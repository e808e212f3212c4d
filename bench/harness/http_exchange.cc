#include "bench/harness/http_exchange.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <sstream>
#include <string_view>
#include <utility>

#include "bench/harness/failure.h"

namespace freshet::bench {
namespace {

constexpr std::size_t quoted_bytes_max = 500;

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
        return std::tolower(x) == std::tolower(y);
    });
}

}  // namespace

std::string get_request(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
}

std::string post_request(const std::string& record) {
    return "POST /records HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
           "Content-Length: " +
           std::to_string(record.size()) + "\r\n\r\n" + record;
}

std::optional<HttpAnswer> take_answer(LocalSocket& socket) {
    const std::string_view received = socket.received();
    const std::size_t end = received.find("\r\n\r\n");
    if (end == received.npos) return std::nullopt;
    const std::string_view head = received.substr(0, end + 2);
    const std::size_t code_at = std::min(head.find(' ') + 1, head.size());
    HttpAnswer answer;
    std::from_chars(head.data() + code_at, head.data() + head.size(), answer.status);
    constexpr int no_content = 204;  // which has no body, and says no length
    const auto length = answer.status == no_content ? std::size_t{0} : content_length_in(head);
    if (!length) throw Failure("an answer without a length: " + std::string(head));
    const std::size_t body_at = end + 4;
    if (received.size() < body_at + *length) return std::nullopt;
    answer.body = received.substr(body_at, *length);
    socket.drop(body_at + *length);
    return answer;
}

HttpAnswer await_answer(LocalSocket& socket) {
    while (true) {
        if (auto answer = take_answer(socket)) return *std::move(answer);
        socket.await_more();
    }
}

HttpAnswer http_get(std::uint16_t port, const std::string& target) {
    LocalSocket socket(port);
    socket.send(get_request(target));
    return await_answer(socket);
}

HttpAnswer http_post(std::uint16_t port, const std::string& target, const std::string& json) {
    LocalSocket socket(port);
    socket.send("POST " + target +
                " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                "Content-Length: " +
                std::to_string(json.size()) + "\r\n\r\n" + json);
    HttpAnswer answer = await_answer(socket);
    check_answer(answer, "POST " + target);
    return answer;
}

std::optional<std::size_t> content_length_in(std::string_view head) {
    constexpr std::string_view name = "\r\ncontent-length:";
    for (std::size_t at = head.find("\r\n"); at != head.npos; at = head.find("\r\n", at + 2)) {
        if (!equal_ignoring_case(head.substr(at, name.size()), name)) continue;
        std::string_view value = head.substr(at + name.size());
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        std::size_t length = 0;
        std::from_chars(value.data(), value.data() + value.size(), length);
        return length;
    }
    return std::nullopt;
}

std::uint64_t number_in(std::string_view json, const std::string& name) {
    const std::string mark = "\"" + name + "\":";
    const std::size_t at = json.find(mark);
    std::uint64_t number = 0;
    if (at != json.npos) {
        std::from_chars(json.data() + at + mark.size(), json.data() + json.size(), number);
    }
    return number;
}

std::uint64_t members_in(std::string_view json, const std::string& name) {
    const std::string mark = "\"" + name + "\":";
    std::uint64_t members = 0;
    for (std::size_t at = 0; (at = json.find(mark, at)) != json.npos; ++at) ++members;
    return members;
}

std::uint64_t metric_in(const std::string& metrics, const std::string& name) {
    std::istringstream lines(metrics);
    std::string line;
    double sum = 0;
    while (std::getline(lines, line)) {
        if (line.starts_with(name + "{")) sum += std::stod(line.substr(line.rfind(' ') + 1));
    }
    return static_cast<std::uint64_t>(sum);
}

void check_answer(const HttpAnswer& answer, const std::string& request) {
    if (answer.status == 200) return;
    throw Failure(request + " was answered " + std::to_string(answer.status) + ": " +
                  answer.body.substr(0, quoted_bytes_max));
}

}  // namespace freshet::bench
