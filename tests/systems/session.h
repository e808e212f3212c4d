// A session in a document: what is typed, in fenced blocks, and what is answered to it.
//
//     $ command            the command goes on in the next lines as long as a shell would wait for
//     answer               more of it; the answer ends with the next command or the block
//
// Blocks without a `$ ` are no session. An `…` in an answer stands for anything.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace freshet::systems {

struct SessionCommand {
    std::string text;
    std::string answer;  // without the line break at its end

    // Whether it goes on until somebody ends it.
    [[nodiscard]] bool streams() const;
};

// All commands of a document, in their order.
std::vector<SessionCommand> session_in(std::string_view document);

enum class Extent { whole, beginning };

// Whether `output` is what the document shows; of what streams, begins with it.
bool is_as_shown(std::string_view output, std::string_view answer, Extent extent);

}  // namespace freshet::systems
