// What was sent, as much of it as a message may hold.
#pragma once

#include <string>
#include <string_view>

namespace freshet::engine {

// The text, or its first 60 bytes and an ellipsis; not cut within a character.
std::string excerpt(std::string_view text);

}  // namespace freshet::engine
