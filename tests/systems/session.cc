#include "tests/systems/session.h"

#include <array>
#include <cstddef>
#include <sstream>

#include "tests/support/server_process.h"

namespace freshet::systems {

namespace {

constexpr std::string_view fence = "```";
constexpr std::string_view prompt = "$ ";
constexpr std::string_view anything = "…";

// The shell itself says whether the text is a command yet.
bool is_complete(const std::string& text) {
    if (text.ends_with('\\')) return false;
    return support::run_program({"/bin/bash", "-n", "-c", text}).exit_code == 0;
}

std::string without_end(std::string_view text) {
    while (text.ends_with('\n') || text.ends_with(' ')) text.remove_suffix(1);
    return std::string(text);
}

}  // namespace

bool SessionCommand::streams() const {
    constexpr std::array marks = {"/events", "text/event-stream", "freshet tail"};
    for (const char* mark : marks) {
        if (text.find(mark) != std::string::npos) return true;
    }
    return false;
}

std::vector<SessionCommand> session_in(std::string_view document) {
    std::vector<SessionCommand> commands;
    std::istringstream lines{std::string(document)};
    bool in_block = false;
    bool has_command = false;  // in this block
    bool complete = true;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(fence)) {
            in_block = !in_block;
            has_command = false;
            complete = true;
        } else if (!in_block) {
            continue;
        } else if (!complete) {
            commands.back().text += "\n" + line;
            complete = is_complete(commands.back().text);
        } else if (line.starts_with(prompt)) {
            commands.push_back({line.substr(prompt.size()), {}});
            has_command = true;
            complete = is_complete(commands.back().text);
        } else if (has_command) {
            commands.back().answer += line + "\n";
        }
    }
    for (SessionCommand& command : commands) command.answer = without_end(command.answer);
    return commands;
}

bool is_as_shown(std::string_view output, std::string_view answer, Extent extent) {
    std::string printed = without_end(output);
    // What ends in anything may also end in nothing, on a line of its own.
    if (answer.ends_with(anything)) printed += '\n';
    std::string_view rest = printed;
    std::string_view shown = answer;
    bool after_anything = false;
    while (true) {
        const std::size_t end = shown.find(anything);
        const std::string_view part = shown.substr(0, end);
        const bool last = end == std::string_view::npos;
        if (last && after_anything && extent == Extent::whole) return rest.ends_with(part);
        const std::size_t at = after_anything ? rest.find(part) : 0;
        if (at == std::string_view::npos || !rest.substr(at).starts_with(part)) return false;
        rest.remove_prefix(at + part.size());
        if (last) return rest.empty() || (extent == Extent::beginning && rest.starts_with('\n'));
        shown.remove_prefix(end + anything.size());
        after_anything = true;
    }
}

}  // namespace freshet::systems
