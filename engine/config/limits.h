// What the server takes at most: `[limits]` in the configuration, and which proxies say for whom
// they ask.
#pragma once

#include "engine/config/config.h"
#include "engine/config/section.h"

namespace freshet::engine {

void read_limits(const toml::table& source, LimitSettings& limits, Mistakes& mistakes);

// `trusted_proxies` of `[server]`. Whether the server is behind one is read before.
void read_trusted_proxies(const Section& section, ServerSettings& server);

}  // namespace freshet::engine
