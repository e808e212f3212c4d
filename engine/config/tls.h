// The certificate that the server shows: `[server.tls]` in the configuration.
#pragma once

#include <string_view>

#include "engine/config/config.h"
#include "engine/config/section.h"

namespace freshet::engine {

// `file` is the configuration's own name: both paths are relative to its folder. Neither is read
// here, so that a configuration means the same wherever it is read.
TlsSettings read_tls(const toml::table& source, std::string_view file, Mistakes& mistakes);

}  // namespace freshet::engine
