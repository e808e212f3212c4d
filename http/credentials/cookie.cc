#include "http/credentials/cookie.h"

#include <algorithm>
#include <cstddef>

namespace freshet::http {

std::vector<std::string_view> cookie_tokens(const Request& request) {
    std::vector<std::string_view> found;
    for (const HeaderField& field : request.headers) {
        if (!equal_ignoring_case(field.name, "Cookie")) continue;
        std::string_view rest = field.value;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(';'), rest.size());
            const std::string_view pair = trim(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            const std::size_t equals = pair.find('=');
            if (equals == std::string_view::npos || pair.substr(0, equals) != cookie_name) continue;
            found.push_back(pair.substr(equals + 1));
        }
    }
    return found;
}

}  // namespace freshet::http
