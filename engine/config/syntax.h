// What is wrong with a text that is no TOML, in the words of all other mistakes.
#pragma once

#include <string>
#include <string_view>

namespace freshet::engine {

// `found …, expected …` of what toml++ says: `Error while parsing array: expected value, saw ','`.
std::string syntax_mistake(std::string_view description);

}  // namespace freshet::engine
