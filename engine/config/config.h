// The configuration file: TOML to a catalog and the server's settings.
//
// One file says everything. A mistake in it is an error that names file, line, what was found and
// what was expected; unknown keys are errors with a hint at the nearest name that is known.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/access/caller.h"
#include "engine/catalog/catalog.h"
#include "engine/catalog/function.h"
#include "engine/text/ip_address.h"
#include "storage/compression.h"
#include "storage/result.h"

namespace freshet::engine {

// Files of PEM, absolute or relative to the working folder.
struct TlsSettings {
    std::string certificate;  // and those that vouch for it
    std::string key;
};

struct ServerSettings {
    std::string address = "127.0.0.1";  // another than loopback needs [auth], and one of:
    std::uint16_t port = 8080;          // 0: any free one
    bool behind_proxy = false;          // that ends TLS
    std::optional<TlsSettings> tls;     // nothing: http://
    unsigned threads = 2;               // if the file says so; else as many as it has processors
    bool has_threads = false;           // the file does
    // How long a connection may be idle. Longer than the minute of most load balancers, so that it
    // is they who close: a request on a connection that the server is just closing would be lost.
    std::chrono::seconds idle{75};
    std::string prefix;                // of the paths under which a proxy serves ours; empty: none
    std::vector<std::string> origins;  // of pages that may read answers: `https://shop.example`
    // Of files that are served to everybody; empty: none are.
    std::string web_folder;
    std::vector<std::string> secrets;  // files and folders that nobody shall see there
    // Whose X-Forwarded-For is believed, besides this machine's own. Empty: a proxy on another one
    // is not, so that its clients cannot be told apart and no limit is put to their addresses.
    std::vector<AddressBlock> trusted_proxies;
    // In no file: for tests, all of whose clients come from loopback, which else is never limited.
    bool counts_loopback = false;
};

// How tokens are signed: by a secret that both sides have (HMAC with SHA-256), or by the private
// half of a pair of keys.
enum class TokenAlgorithm : std::uint8_t { hs256, ed25519 };

// A key whose tokens are believed. It is read from the file or the environment variable, whichever
// is named.
struct KeySettings {
    std::string id;
    TokenAlgorithm algorithm = TokenAlgorithm::ed25519;
    std::string file;      // absolute, or relative to the working folder
    std::string variable;  // of the environment
};

// A program that shows a static key: an admin narrowed to these rights.
struct MachineSettings {
    std::string name;
    std::string digest;  // SHA-256 of the key, 32 bytes
    std::vector<Grant> rights;
};

struct AuthSettings {
    std::vector<KeySettings> keys;
    std::vector<MachineSettings> machines;
    std::string issuer;                  // that tokens must name; empty: any
    std::string audience;                // likewise
    bool query_token = false;            // whether ?token= is believed, too
    std::chrono::seconds token_life{0};  // the longest that a token may have; 0: any
    std::string sign_with;  // the id of the key that signs vended tokens; empty: none are made
};

// How often one client may ask: so many requests at once, and from then on so many a second.
struct RateSettings {
    std::size_t requests_per_s = 0;
    std::size_t burst = 0;

    [[nodiscard]] bool limits() const { return requests_per_s > 0 && burst > 0; }
};

struct LimitSettings {
    std::size_t body_bytes = 8U << 20U;          // of one JSON body
    std::size_t queue_bytes = 64U << 20U;        // of memory for what waits for the sequencer
    std::size_t all_bodies_bytes = 128U << 20U;  // of all bodies that are being received
    std::size_t connections = 10'000;            // of all clients, if so many files may be open
    // Of what clients have not taken yet: answers, and what streams have sent.
    std::size_t all_answers_bytes = 128U << 20U;
    std::size_t all_streams_bytes = 256U << 20U;
    std::size_t live_bytes = 64U << 20U;  // of what live views show, and what led there
    // That the process may have. 0: as much as the machine lets it have.
    std::size_t memory_bytes = 0;
    // In no file: what all may come to take together, as these limits are; 0: nobody has counted.
    std::size_t planned_bytes = 0;
    // The keys of these that the file has.
    std::set<std::string, std::less<>> by_hand;

    // What the queue has to have room for: the memory of the largest batch that a body can hold.
    [[nodiscard]] std::size_t largest_batch_bytes() const;
    // Of those of one address, and of one subject: a quarter, and no less than a body.
    [[nodiscard]] std::size_t client_bodies_bytes() const;
    // The same of answers: a quarter, and no less than one answer with the longest item.
    [[nodiscard]] std::size_t client_answers_bytes() const;
    [[nodiscard]] std::size_t answer_bytes_max() const { return 2 * body_bytes + (1U << 20U); }

    // Of one address, and of one subject of tokens. 0: no limit.
    std::size_t address_connections = 64;  // at a time
    RateSettings address_rate{.requests_per_s = 100, .burst = 1'000};
    std::size_t subject_streams = 32;  // likewise
    RateSettings subject_rate;
};

struct Config {
    ServerSettings server;
    std::string storage_path;  // absolute, or relative to the configuration file's folder
    std::uint64_t ballast_bytes = 64U << 20U;  // kept on its disk, to be given back; 0: none
    storage::Compression compression = storage::Compression::lz4;  // of files written from now on
    LimitSettings limits;
    std::optional<AuthSettings> auth;  // nothing: whoever reaches the server may do everything
    std::shared_ptr<const Catalog> catalog;
    Functions functions;  // which point at its tables
};

// `file` is the name that errors show; relative paths are taken from its folder.
// Fails with refused  and a message of one line for each mistake: `file:line: found, expected`.
Result<Config> parse_config(std::string_view text, std::string_view file);

// Fails with io  if the file cannot be read, and as parse_config() does.
Result<Config> read_config(const std::string& path);

}  // namespace freshet::engine
