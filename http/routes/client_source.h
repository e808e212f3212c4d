// The client for browsers, clients/js/freshet.js, which the build puts into the program. Any
// thread.
#pragma once

#include <string_view>

namespace freshet::http {

std::string_view client_source();

}  // namespace freshet::http
