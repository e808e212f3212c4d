#include "bench/peers/resp.h"

#include <charconv>
#include <utility>

namespace freshet::bench {
namespace {

constexpr std::string_view line_end = "\r\n";

std::optional<std::string_view> take_line(std::string_view& text) {
    const std::size_t end = text.find(line_end);
    if (end == text.npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + line_end.size());
    return line;
}

long number_in(std::string_view text) {
    long number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::optional<RespReply> read_reply(std::string_view& text) {
    const auto line = take_line(text);
    if (!line || line->empty()) return std::nullopt;
    RespReply reply{.text = line->substr(1), .elements = {}, .is_error = line->front() == '-'};
    if (line->front() == '$') {
        const long size = number_in(reply.text);
        reply.text = {};
        if (size < 0) return reply;
        const auto bytes = static_cast<std::size_t>(size);
        if (text.size() < bytes + line_end.size()) return std::nullopt;
        reply.text = text.substr(0, bytes);
        text.remove_prefix(bytes + line_end.size());
    } else if (line->front() == '*') {
        const long count = number_in(reply.text);
        reply.text = {};
        for (long i = 0; i < count; ++i) {
            auto element = read_reply(text);
            if (!element) return std::nullopt;
            reply.elements.push_back(*std::move(element));
        }
    }
    return reply;
}

}  // namespace

void append_command(std::string& out, const std::vector<std::string_view>& words) {
    out.append("*").append(std::to_string(words.size())).append(line_end);
    for (const std::string_view word : words) {
        out.append("$").append(std::to_string(word.size())).append(line_end);
        out.append(word).append(line_end);
    }
}

std::optional<RespReply> take_reply(std::string_view& text) {
    std::string_view rest = text;
    auto reply = read_reply(rest);
    if (reply) text = rest;
    return reply;
}

}  // namespace freshet::bench
