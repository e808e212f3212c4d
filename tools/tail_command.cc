#include "tools/tail_command.h"

#include <poll.h>
#include <unistd.h>

#include <iostream>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/text/json.h"
#include "http/messages/target.h"
#include "tools/client/event_source.h"
#include "tools/exit_code.h"
#include "tools/json_members.h"

namespace freshet::tools {

namespace {

using engine::JsonDocument;
using engine::JsonNode;
using http::ReceivedFrame;

constexpr const char* command = "tail";

std::string target_of(const TailOptions& options) {
    http::Target target{.segments = {options.records ? "records" : "events"}, .query = {}};
    const auto add = [&](const char* name, const std::vector<std::string>& values) {
        for (const std::string& value : values) target.query.push_back({name, value});
    };
    add("type", options.types);
    add("topic", options.topics);
    add("table", options.tables);
    add("key", options.keys);
    // The header that a reconnect sends wins over this.
    if (options.from != "latest") target.query.push_back({"last_event_id", options.from});
    return http::format_target(target);
}

// As JSON on one line; what is no JSON as a string.
void append_compact(std::string& out, const std::string& text) {
    if (const auto document = JsonDocument::parse(text)) {
        engine::append_json(out, document->root());
    } else {
        engine::append_json_string(out, text);
    }
}

std::string event_json(const ReceivedFrame& frame) {
    std::string line = "{\"id\":";
    engine::append_json_string(line, frame.id);
    line += ",\"type\":";
    engine::append_json_string(line, frame.type);
    line += ",\"data\":";
    append_compact(line, frame.text);
    return line + "}";
}

std::string record_line(const std::string& text) {
    const auto document = JsonDocument::parse(text);
    if (!document) return text;
    const JsonNode& record = document->root();
    const auto position = number_member(record, "position");
    std::string line = position ? std::to_string(*position) : "-";
    for (const char* name : {"table", "eventName"}) {
        line += ' ';
        line += text_member(record, name).value_or("-");
    }
    if (const JsonNode* change = object_member(record, "dynamodb")) {
        if (const JsonNode* keys = change->find("Keys")) {
            line += ' ';
            engine::append_json(line, *keys);
        }
    }
    for (const char* mark : {"expired", "imported"}) {
        if (truth_member(record, mark).value_or(false)) line += " (" + std::string(mark) + ")";
    }
    return line;
}

std::string record_json(const std::string& text) {
    std::string line;
    append_compact(line, text);
    return line;
}

// Whether nobody can read what is printed any more.
bool output_is_closed() {
    pollfd output{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
    return poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLNVAL)) != 0;
}

class Tail {
public:
    Tail(const TailOptions& options, http::Client& client)
        : options_(options),
          source_(client,
                  {.target = target_of(options), .on_interruption = [](std::string_view why) {
                       say_fault(command, std::string(why) + "; reconnecting");
                   }}) {}

    int run();

private:
    void take(const ReceivedFrame& frame);
    void take_reset(const ReceivedFrame& frame) const;
    [[nodiscard]] std::string line_of(const ReceivedFrame& frame) const;
    static void print(const std::string& line) { std::cout << line << '\n' << std::flush; }

    const TailOptions& options_;
    http::EventSource source_;
    std::uint64_t printed_ = 0;
};

int Tail::run() {
    while (options_.count == 0 || printed_ < options_.count) {
        const auto frame = source_.next();
        if (!frame) return say_fault(command, frame.error().message);
        if (!*frame) return exit_done;
        take(**frame);
        if (!std::cout || output_is_closed()) return exit_done;
    }
    return exit_done;
}

void Tail::take(const ReceivedFrame& frame) {
    if (frame.bookmark || frame.type == "hello") return;
    if (frame.type == "reset") return take_reset(frame);
    if (frame.type == "error" || frame.type == "expiring") {
        say_fault(command, frame.type + ": " + frame.text);
        return;
    }
    print(line_of(frame));
    ++printed_;
}

void Tail::take_reset(const ReceivedFrame& frame) const {
    std::string why = "reset";
    if (const auto document = JsonDocument::parse(frame.text)) {
        const JsonNode& reset = document->root();
        why += " (" + std::string(text_member(reset, "reason").value_or("unknown")) +
               "): cannot go on from " +
               std::string(text_member(reset, "requested").value_or("the place asked for"));
        if (const auto head = number_member(reset, "head")) {
            why += ", going on from the head, " + std::to_string(*head);
        }
    }
    say_fault(command, why);
    if (!options_.json) return;
    std::string line = "{\"reset\":";
    append_compact(line, frame.text);
    print(line + "}");
}

std::string Tail::line_of(const ReceivedFrame& frame) const {
    if (options_.records) return options_.json ? record_json(frame.text) : record_line(frame.text);
    return options_.json ? event_json(frame) : frame.id + "  " + frame.type + "  " + frame.text;
}

}  // namespace

int tail(const TailOptions& options) {
    auto client = make_client(options.server);
    if (!client) {
        say_fault(command, client.error().message);
        return exit_usage;
    }
    return Tail(options, *client).run();
}

}  // namespace freshet::tools
