#include "bench/peers/postgres_protocol.h"

#include <charconv>
#include <cstddef>

#include "bench/harness/failure.h"

namespace freshet::bench {
namespace {

constexpr std::uint32_t protocol = 3U << 16U;
constexpr char ready = 'Z';              // for what comes next
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

struct Message {
    char letter;
    std::string_view body;
};

// The first one, if it is whole; it is taken away from the text.
std::optional<Message> take_message(std::string_view& text) {
    if (text.size() < header_bytes) return std::nullopt;
    const std::size_t size = number_at(text, 1);
    if (text.size() < 1 + size) return std::nullopt;
    const Message message{.letter = text.front(), .body = text.substr(header_bytes, size - 4)};
    text.remove_prefix(1 + size);
    return message;
}

Columns columns_in(std::string_view row) {
    constexpr std::uint32_t null = 0xffff'ffffU;
    Columns columns;
    std::size_t at = 2;  // behind how many there are
    while (at + 4 <= row.size()) {
        const std::uint32_t size = number_at(row, at);
        at += 4;
        columns.push_back(size == null ? std::string_view() : row.substr(at, size));
        if (size != null) at += size;
    }
    return columns;
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

void append_execution(std::string& out, std::string_view name,
                      const std::vector<std::string_view>& parameters) {
    std::string bind;
    append_text(bind, "");
    append_text(bind, name);
    append_number(bind, 0, 2);  // parameters are text
    append_number(bind, static_cast<std::uint32_t>(parameters.size()), 2);
    for (const std::string_view parameter : parameters) {
        append_number(bind, static_cast<std::uint32_t>(parameter.size()), 4);
        bind += parameter;
    }
    append_number(bind, 0, 2);  // results are text
    append_message(out, 'B', bind);
    std::string execute;
    append_text(execute, "");
    append_number(execute, 0, 4);  // all rows
    append_message(out, 'E', execute);
}

void append_end(std::string& out) {
    append_message(out, 'S', "");
}

bool take_result(LocalSocket& socket, const RowVisitor& visit) {
    std::string_view text = socket.received();
    const std::size_t bytes = text.size();
    char letter = 0;
    while (letter != ready) {
        const auto message = take_message(text);
        if (!message) return false;
        letter = message->letter;
        if (letter == 'E') throw Failure("PostgreSQL says " + message_in(message->body));
    }
    const std::size_t taken = bytes - text.size();
    text = socket.received().substr(0, taken);
    while (visit && !text.empty()) {
        const auto message = take_message(text);
        if (message->letter == 'D') visit(columns_in(message->body));
    }
    socket.drop(taken);
    return true;
}

void await_result(LocalSocket& socket, const RowVisitor& visit) {
    while (!take_result(socket, visit)) socket.await_more();
}

std::uint64_t ask_number(LocalSocket& socket, std::string_view sql) {
    std::string query;
    append_query(query, sql);
    socket.send(query);
    std::uint64_t number = 0;
    await_result(socket, [&](const Columns& columns) {
        const std::string_view text = columns.at(0);
        std::from_chars(text.data(), text.data() + text.size(), number);
    });
    return number;
}

std::optional<std::string> take_notification(LocalSocket& socket) {
    while (true) {
        std::string_view text = socket.received();
        const std::size_t bytes = text.size();
        const auto message = take_message(text);
        if (!message) return std::nullopt;
        std::optional<std::string> said;
        if (message->letter == 'A') {  // a process, a channel's name, and what is said
            const std::string_view rest = message->body.substr(4);
            const std::string_view after = rest.substr(rest.find('\0') + 1);
            said = after.substr(0, after.find('\0'));
        }
        socket.drop(bytes - text.size());
        if (said) return said;
    }
}

}  // namespace freshet::bench
