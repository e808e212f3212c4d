// A page of the documents, taken apart into what is done with it: sessions that are run, and
// configurations that are checked.
//
// HTML comments, each on a line of its own, say where the commands of a session run:
//
//     <!-- session: examples/pizza -->   a session begins, on a new server of that example
//     <!-- session: configuration -->    a session begins, on a server of the next `toml` block
//     <!-- server: started -->           the server is started
//     <!-- server: stopped -->           the server is stopped
//
// The server of an example is started at once. That of a configuration waits for its marker, so
// that the commands before it can make the files which the configuration names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/systems/session.h"

namespace freshet::systems {

enum class ServerStep { none, start, stop };

// Commands that run one after the other, once the server has done its step.
struct SessionPart {
    ServerStep server = ServerStep::none;
    std::vector<SessionCommand> commands;
};

// Exactly one of `example` and `configuration` is not empty.
struct PageSession {
    std::string example;        // a folder in examples/
    std::string configuration;  // the text of its file
    std::vector<SessionPart> parts;
};

struct Page {
    std::vector<PageSession> sessions;
    std::vector<std::string> configurations;  // every `toml` block
    std::string mistakes;                     // a line for each, empty if there are none
};

Page page_of(std::string_view document);

}  // namespace freshet::systems
