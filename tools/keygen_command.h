// freshet keygen: makes a key for [auth], in a file that nobody else can read.
#pragma once

#include <cstdint>
#include <string>

namespace freshet::tools {

enum class KeyKind : std::uint8_t {
    ed25519,  // a pair: FILE signs tokens, FILE.pub verifies them
    secret,   // HS256: FILE does both
    machine   // FILE is what a program shows; the configuration has its SHA-256
};

struct KeygenOptions {
    KeyKind kind = KeyKind::ed25519;
    std::string file;  // must not be there yet
};

// Prints what belongs into the configuration.
int keygen(const KeygenOptions& options);

}  // namespace freshet::tools
