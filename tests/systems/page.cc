#include "tests/systems/page.h"

#include <optional>
#include <sstream>
#include <utility>

namespace freshet::systems {

namespace {

constexpr std::string_view fence = "```";
constexpr std::string_view marker_begin = "<!-- ";
constexpr std::string_view marker_end = " -->";
constexpr std::string_view example_begin = "session: examples/";

// The text of a line that is a marker.
std::optional<std::string> marker_in(std::string_view line) {
    if (!line.starts_with(marker_begin) || !line.ends_with(marker_end)) return std::nullopt;
    line.remove_prefix(marker_begin.size());
    line.remove_suffix(marker_end.size());
    return std::string(line);
}

class PageReader {
public:
    Page read(std::string_view document) {
        std::istringstream lines{std::string(document)};
        for (std::string line; std::getline(lines, line);) take(line);
        end_part();
        for (const PageSession& session : page_.sessions) {
            if (session.example.empty() && session.configuration.empty()) {
                complain("a session has no toml block");
            }
        }
        return std::move(page_);
    }

private:
    void take(const std::string& line) {
        const auto marker = in_block_ ? std::nullopt : marker_in(line);
        if (marker) {
            end_part();
            obey(*marker);
            return;
        }
        text_ += line + "\n";
        if (line.starts_with(fence)) {
            if (in_toml_) end_configuration();
            in_block_ = !in_block_;
            in_toml_ = in_block_ && line == "```toml";
        } else if (in_toml_) {
            toml_ += line + "\n";
        }
    }

    void obey(const std::string& marker) {
        if (marker == "session: configuration") {
            page_.sessions.emplace_back();
        } else if (marker.starts_with(example_begin)) {
            page_.sessions.push_back({.example = marker.substr(example_begin.size())});
            server_ = ServerStep::start;
        } else if (marker == "server: started" && !page_.sessions.empty()) {
            server_ = ServerStep::start;
        } else if (marker == "server: stopped" && !page_.sessions.empty()) {
            server_ = ServerStep::stop;
        } else {
            complain("a marker that is not known here: " + marker);
        }
    }

    void end_part() {
        SessionPart part{.server = std::exchange(server_, ServerStep::none),
                         .commands = session_in(std::exchange(text_, {}))};
        if (!page_.sessions.empty()) {
            page_.sessions.back().parts.push_back(std::move(part));
        } else if (!part.commands.empty()) {
            complain("a command outside of any session: " + part.commands.front().text);
        }
    }

    void end_configuration() {
        page_.configurations.push_back(std::exchange(toml_, {}));
        if (page_.sessions.empty()) return;
        PageSession& session = page_.sessions.back();
        if (session.example.empty() && session.configuration.empty()) {
            session.configuration = page_.configurations.back();
        }
    }

    void complain(const std::string& mistake) { page_.mistakes += mistake + "\n"; }

    Page page_;
    std::string text_;                      // of the part that is being read
    ServerStep server_ = ServerStep::none;  // at its beginning
    bool in_block_ = false;
    bool in_toml_ = false;
    std::string toml_;
};

}  // namespace

Page page_of(std::string_view document) {
    return PageReader().read(document);
}

}  // namespace freshet::systems
