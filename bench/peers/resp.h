// RESP, in which Redis is asked and answers: what the harness needs of it.
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::bench {

// Appends a command: its words, of any bytes.
void append_command(std::string& out, const std::vector<std::string_view>& words);

struct RespReply {
    std::string_view text;            // of a string, a number, a status
    std::vector<RespReply> elements;  // of an array
    bool is_error = false;
};

// Reads the first reply of the text, and takes it away from there. Nothing if it is not whole yet;
// the text is then as it was. What comes back points into it.
std::optional<RespReply> take_reply(std::string_view& text);

}  // namespace freshet::bench
