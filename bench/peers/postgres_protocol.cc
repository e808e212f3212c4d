#include "bench/peers/postgres_protocol.h"

#include <cstddef>
#include <cstdint>

#include "bench/harness/failure.h"

namespace freshet::bench {
namespace {

constexpr std::uint32_t protocol = 3U << 16U;
constexpr std::size_t header_bytes = 5;  // a letter, and the size of the rest with itself

void append_number(std::string& out, std::uint32_t number, unsigned bytes) {
    for (unsigned i = bytes; i > 0; --i) {
        out += static_cast<char>((number >> (8 * (i - 1))) & 0xffU);
    }
}

std::uint32_t number_at(std::string_view text, std::size_t at) {
    std::uint32_t number = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
        number = (number << 8U) | static_cast<unsigned char>(text[i]);
    }
    return number;
}

void append_text(std::string& out, std::string_view text) {
    out += text;
    out += '\0';
}

void append_message(std::string& out, char letter, std::string_view body) {
    out += letter;
    append_number(out, static_cast<std::uint32_t>(body.size() + 4), 4);
    out += body;
}

// Fields of an error, each a letter and a text. 'M' has the message.
std::string message_in(std::string_view fields) {
    while (!fields.empty() && fields.front() != '\0') {
        const std::size_t end = fields.find('\0');
        if (end == fields.npos) break;
        if (fields.front() == 'M') return std::string(fields.substr(1, end - 1));
        fields.remove_prefix(end + 1);
    }
    return "an error without a message";
}

}  // namespace

void begin_session(LocalSocket& socket, const std::string& user) {
    std::string body;
    append_number(body, protocol, 4);
    for (const std::string& text : {std::string("user"), user, std::string("database"), user}) {
        append_text(body, text);
    }
    body += '\0';
    std::string startup;
    append_number(startup, static_cast<std::uint32_t>(body.size() + 4), 4);
    socket.send(startup + body);
    await_result(socket);
}

void append_query(std::string& out, std::string_view sql) {
    std::string body;
    append_text(body, sql);
    append_message(out, 'Q', body);
}

void append_copy(std::string& out, std::string_view sql, std::string_view rows) {
    append_query(out, sql);
    append_message(out, 'd', rows);
    append_message(out, 'c', "");
}

void prepare(LocalSocket& socket, std::string_view name, std::string_view sql) {
    std::string body;
    append_text(body, name);
    append_text(body, sql);
    append_number(body, 0, 2);  // the types of the parameters are found out
    std::string messages;
    append_message(messages, 'P', body);
    append_message(messages, 'S', "");
    socket.send(messages);
    await_result(socket);
}

void append_execution(std::string& out, std::string_view name, std::string_view parameter) {
    std::string bind;
    append_text(bind, "");
    append_text(bind, name);
    append_number(bind, 0, 2);  // parameters are text
    append_number(bind, 1, 2);
    append_number(bind, static_cast<std::uint32_t>(parameter.size()), 4);
    bind += parameter;
    append_number(bind, 0, 2);  // results are text
    append_message(out, 'B', bind);
    std::string execute;
    append_text(execute, "");
    append_number(execute, 0, 4);  // all rows
    append_message(out, 'E', execute);
    append_message(out, 'S', "");
}

bool take_result(LocalSocket& socket) {
    const std::string_view received = socket.received();
    std::size_t at = 0;
    while (received.size() >= at + header_bytes) {
        const char letter = received[at];
        const std::size_t size = number_at(received, at + 1);
        if (received.size() < at + 1 + size) return false;
        if (letter == 'E') {
            throw Failure("PostgreSQL says " +
                          message_in(received.substr(at + header_bytes, size - 4)));
        }
        at += 1 + size;
        if (letter == 'Z') {  // ready for what comes next
            socket.drop(at);
            return true;
        }
    }
    return false;
}

void await_result(LocalSocket& socket) {
    while (!take_result(socket)) socket.await_more();
}

}  // namespace freshet::bench
