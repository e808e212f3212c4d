#include "engine/config/syntax.h"

namespace freshet::engine {

namespace {

constexpr std::string_view context_begin = "Error while parsing ";
constexpr std::string_view expected_begin = "expected ";
constexpr std::string_view found_begin = ", saw ";

}  // namespace

std::string syntax_mistake(std::string_view description) {
    std::string_view fault = description;
    std::string where;
    const std::size_t colon = description.find(": ");
    if (description.starts_with(context_begin) && colon != std::string_view::npos) {
        where = " in the " +
                std::string(description.substr(context_begin.size(), colon - context_begin.size()));
        fault.remove_prefix(colon + 2);
    }
    const std::size_t saw = fault.rfind(found_begin);
    if (fault.starts_with(expected_begin) && saw != std::string_view::npos) {
        return "found " + std::string(fault.substr(saw + found_begin.size())) + where + ", " +
               std::string(fault.substr(0, saw));
    }
    if (fault.find("end-of-file") != std::string_view::npos) {
        return "found the end of the file" + where + ", expected the rest of it";
    }
    if (fault.starts_with("cannot ")) {  // redefine, insert
        return "found a name that is taken" + where + ", expected each once: " + std::string(fault);
    }
    if (fault == "could not determine value type") {
        return "found no value, expected a text in quotes, a number, true, false, an array or a "
               "table";
    }
    return "found no TOML" + where + ", expected its form: " + std::string(fault);
}

}  // namespace freshet::engine
