#include "bench/peers/nats_protocol.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <vector>

#include "bench/harness/failure.h"

namespace freshet::bench {
namespace {

constexpr std::string_view line_end = "\r\n";

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const std::string_view word = line.substr(0, line.find(' '));
        if (!word.empty()) words.push_back(word);
        line.remove_prefix(std::min(line.size(), word.size() + 1));
    }
    return words;
}

}  // namespace

void begin_nats(LocalSocket& socket) {
    socket.send("CONNECT {\"verbose\":false,\"pedantic\":false}\r\nPING\r\n");
    while (true) {
        std::string_view text = socket.received();
        const std::size_t bytes = text.size();
        const auto frame = take_nats_frame(text);
        if (!frame) {
            socket.await_more();
            continue;
        }
        const bool is_heard = frame->verb == "PONG";
        socket.drop(bytes - text.size());
        if (is_heard) return;
    }
}

void append_publication(std::string& out, std::string_view subject, std::string_view answer_to,
                        std::string_view payload) {
    out.append("PUB ").append(subject).append(" ").append(answer_to).append(" ");
    out.append(std::to_string(payload.size())).append(line_end);
    out.append(payload).append(line_end);
}

void append_subscription(std::string& out, std::string_view subject) {
    out.append("SUB ").append(subject).append(" 1").append(line_end);
}

std::optional<NatsFrame> take_nats_frame(std::string_view& text) {
    const std::size_t end = text.find(line_end);
    if (end == text.npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    std::size_t taken = end + line_end.size();
    NatsFrame frame{.verb = line.substr(0, line.find(' ')), .subject = {}, .payload = {}};
    if (frame.verb == "-ERR") throw Failure("NATS says " + std::string(line));
    if (frame.verb == "MSG") {  // subject, number of the subscription, answer to?, size
        const auto words = words_of(line);
        std::size_t bytes = 0;
        if (words.size() < 4) throw Failure("NATS says " + std::string(line));
        std::from_chars(words.back().data(), words.back().data() + words.back().size(), bytes);
        if (text.size() < taken + bytes + line_end.size()) return std::nullopt;
        frame.subject = words[1];
        frame.payload = text.substr(taken, bytes);
        taken += bytes + line_end.size();
    }
    text.remove_prefix(taken);
    return frame;
}

std::optional<NatsFrame> take_nats_message(std::string_view& text) {
    std::string_view rest = text;
    while (const auto frame = take_nats_frame(rest)) {
        if (frame->verb != "MSG") continue;
        text = rest;
        return frame;
    }
    return std::nullopt;
}

void check_jetstream(std::string_view answer) {
    if (answer.find("\"error\":") != answer.npos) {
        throw Failure("JetStream says " + std::string(answer));
    }
}

std::string ask_jetstream(std::uint16_t port, std::string_view subject, std::string_view question) {
    LocalSocket socket(port);
    begin_nats(socket);
    std::string request;
    append_subscription(request, "answers");
    append_publication(request, subject, "answers", question);
    socket.send(request);
    while (true) {
        std::string_view text = socket.received();
        if (const auto message = take_nats_message(text)) {
            check_jetstream(message->payload);
            return std::string(message->payload);
        }
        socket.await_more();
    }
}

}  // namespace freshet::bench
