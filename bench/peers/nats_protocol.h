// What a NATS server and its clients say to each other: what the harness needs of it.
//
// Threads: pure, but for the socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bench/harness/local_socket.h"

namespace freshet::bench {

// Says what kind of client this is, and waits until the server has heard it.
void begin_nats(LocalSocket& socket);

// Appends words to the server: to publish, with the subject to which an answer shall go, and to
// hear what is published to a subject.
void append_publication(std::string& out, std::string_view subject, std::string_view answer_to,
                        std::string_view payload);
void append_subscription(std::string& out, std::string_view subject);

struct NatsFrame {
    std::string_view verb;  // "MSG", "PING", "INFO" and so on
    std::string_view subject;
    std::string_view payload;
};

// Reads the first frame of the text, and takes it away from there. Nothing if it is not whole yet;
// the text is then as it was. Throws a Failure if it is an error.
std::optional<NatsFrame> take_nats_frame(std::string_view& text);

// The same up to the first message.
std::optional<NatsFrame> take_nats_message(std::string_view& text);

// Throws a Failure if JetStream's answer says so.
void check_jetstream(std::string_view answer);

// Asks JetStream's API, and returns what it says. On a connection of its own.
std::string ask_jetstream(std::uint16_t port, std::string_view subject, std::string_view question);

}  // namespace freshet::bench
