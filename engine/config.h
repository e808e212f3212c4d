// The configuration file: TOML to a catalog and the server's settings.
//
// One file says everything. A mistake in it is an error that names file, line, what was found and
// what was expected; unknown keys are errors with a hint at the nearest name that is known.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog.h"
#include "storage/result.h"

namespace freshet::engine {

struct ServerSettings {
    std::string address = "127.0.0.1";  // loopback, as long as there is no [auth]
    std::uint16_t port = 8080;          // 0: any free one
    unsigned threads = 2;
};

struct LimitSettings {
    std::size_t body_bytes = 8U << 20U;    // of one JSON body
    std::size_t queue_bytes = 64U << 20U;  // of bodies that wait for the sequencer
};

struct Config {
    ServerSettings server;
    std::string storage_path;  // absolute, or relative to the configuration file's folder
    LimitSettings limits;
    std::shared_ptr<const Catalog> catalog;
};

// `file` is the name that errors show; relative paths are taken from its folder.
// Fails with refused  and a message of one line for each mistake: `file:line: found, expected`.
Result<Config> parse_config(std::string_view text, std::string_view file);

// Fails with io  if the file cannot be read, and as parse_config() does.
Result<Config> read_config(const std::string& path);

}  // namespace freshet::engine
