#include "engine/config/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "engine/config/auth.h"
#include "engine/config/function.h"
#include "engine/config/limits.h"
#include "engine/config/reach.h"
#include "engine/config/section.h"
#include "engine/config/syntax.h"
#include "engine/config/table.h"
#include "engine/config/tls.h"
#include "engine/text/enum_words.h"
#include "engine/text/loopback.h"
#include "engine/text/nearest_name.h"
#include "engine/text/path_prefix.h"
#include "engine/text/text_file.h"

namespace freshet::engine {

namespace {

constexpr std::int64_t threads_max = 256;
constexpr std::int64_t idle_s_max = 3'600;

constexpr std::string_view default_storage_path = "data";
constexpr std::int64_t ballast_bytes_max = std::int64_t{1} << 40U;

template <class Integer>
std::optional<Integer> parse_integer(std::string_view text) {
    Integer value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// The address that `host` stands for; nothing if it is not this machine's own.
std::optional<std::string> loopback_address(std::string_view host) {
    if (host == "localhost") return "127.0.0.1";
    if (host == "[::1]") return "::1";
    return is_loopback_ipv4(host) ? std::optional(std::string(host)) : std::nullopt;
}

// The address that `host` names, of this machine or another, without the brackets of IPv6; nothing
// if it is no address: a name may mean another tomorrow.
std::optional<std::string> any_address(std::string_view host) {
    if (auto address = loopback_address(host)) return address;
    const bool v6 = host.starts_with('[') && host.ends_with(']');
    if (v6) host = host.substr(1, host.size() - 2);
    const bool has_colon = host.find(':') != std::string_view::npos;
    if (has_colon != v6 || !IpAddress::parse(host)) return std::nullopt;
    return std::string(host);
}

// `has_auth` is whether callers show credentials.
void read_listen(const Word& listen, bool has_auth, ServerSettings& server, Mistakes& mistakes) {
    const std::string_view text = listen.text;
    const std::size_t colon = text.rfind(':');
    const auto port = colon == std::string_view::npos
                          ? std::nullopt
                          : parse_integer<std::uint16_t>(text.substr(colon + 1));
    if (!port || colon == 0) {
        mistakes.add(listen.line, "found " + in_quotes(text) +
                                      " for listen, expected an address and a port, such as "
                                      "127.0.0.1:8080");
        return;
    }
    const std::string_view host = text.substr(0, colon);
    const bool is_private = server.tls || server.behind_proxy;
    if (!loopback_address(host) && !(has_auth && is_private)) {
        mistakes.add(listen.line, "found " + in_quotes(text) +
                                      " for listen, expected an address of this machine only "
                                      "(127.0.0.1, [::1] or localhost): another one needs [auth], "
                                      "and [server.tls], or behind_proxy = true where a proxy "
                                      "ends TLS");
        return;
    }
    auto address = any_address(host);
    if (!address) {
        mistakes.add(listen.line, "found " + in_quotes(text) +
                                      " for listen, expected an address and a port, such as "
                                      "0.0.0.0:8080 or [::]:8080");
        return;
    }
    server.address = *std::move(address);
    server.port = *port;
}

// As a browser sends it: a scheme, a host and perhaps a port other than the scheme's own, in lower
// case.
bool is_origin(std::string_view text) {
    const bool secure = text.starts_with("https://");
    if (!secure && !text.starts_with("http://")) return false;
    std::string_view host = text.substr(secure ? 8 : 7);
    const std::size_t bracket = host.rfind(']');
    const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon != std::string_view::npos) {
        const auto port = parse_integer<std::uint16_t>(host.substr(colon + 1));
        if (!port || *port == (secure ? 443 : 80)) return false;
        host = host.substr(0, colon);
    }
    return !host.empty() && host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-:[]") ==
                                std::string_view::npos;
}

void read_origin(const Word& origin, ServerSettings& server, Mistakes& mistakes) {
    if (is_origin(origin.text)) {
        server.origins.push_back(origin.text);
        return;
    }
    mistakes.add(origin.line, "found the origin " + in_quotes(origin.text) +
                                  ", expected one as browsers send it, without a path: "
                                  "\"https://shop.example\"");
}

void read_prefix(const Word& prefix, ServerSettings& server, Mistakes& mistakes) {
    if (is_path_prefix(prefix.text)) {
        server.prefix = prefix.text;
        return;
    }
    mistakes.add(prefix.line, "found the prefix " + in_quotes(prefix.text) +
                                  ", expected the path that a proxy serves Freshet under, such as "
                                  "\"/freshet\": one slash before each segment, and none behind");
}

// The path as it is from the file's folder.
std::string beside(std::string_view file, std::string_view path) {
    return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

void read_server(const toml::table& table, std::string_view file, bool has_auth,
                 ServerSettings& server, Mistakes& mistakes) {
    const Section section(table, "server",
                          {"listen", "threads", "behind_proxy", "trusted_proxies", "origins",
                           "idle_s", "prefix", "static", "tls"},
                          mistakes);
    for (const Word& origin : section.words("origins")) read_origin(origin, server, mistakes);
    server.behind_proxy = section.flag("behind_proxy");
    if (const auto* tls = section.table("tls")) server.tls = read_tls(*tls, file, mistakes);
    read_trusted_proxies(section, server);
    if (const auto listen = section.word("listen")) {
        read_listen(*listen, has_auth, server, mistakes);
    }
    if (const auto threads = section.integer("threads", 1, threads_max)) {
        server.threads = static_cast<unsigned>(*threads);
        server.has_threads = true;
    }
    if (const auto folder = section.word("static")) {
        server.web_folder = beside(file, folder->text);
        if (folder->text.empty()) {
            mistakes.add(folder->line, "found \"\" for static, expected the folder of the pages");
        }
    }
    if (const auto prefix = section.word("prefix")) read_prefix(*prefix, server, mistakes);
    if (const auto idle_s = section.integer("idle_s", 1, idle_s_max)) {
        server.idle = std::chrono::seconds(*idle_s);
    }
}

void read_compression(const Word& word, Config& config, Mistakes& mistakes) {
    constexpr auto& words = enum_words<storage::Compression>;
    const auto* const found = std::find(words.begin(), words.end(), word.text);
    if (found == words.end()) {
        mistakes.add(word.line,
                     "found " + in_quotes(word.text) + ", " + expected_name(word.text, words));
        return;
    }
    config.compression = static_cast<storage::Compression>(found - words.begin());
}

void read_storage(const toml::table* table, std::string_view file, Config& config,
                  Mistakes& mistakes) {
    std::string path(default_storage_path);
    if (table != nullptr) {
        const Section section(*table, "storage", {"path", "ballast_bytes", "compression"},
                              mistakes);
        if (const auto word = section.word("path")) path = word->text;
        if (const auto bytes = section.integer("ballast_bytes", 0, ballast_bytes_max)) {
            config.ballast_bytes = static_cast<std::uint64_t>(*bytes);
        }
        if (const auto word = section.word("compression")) {
            read_compression(*word, config, mistakes);
        }
    }
    config.storage_path = beside(file, path);
}

// What pages must not be mixed with.
std::vector<std::string> secrets_of(const Config& config, std::string_view file) {
    std::vector<std::string> secrets = {config.storage_path, std::string(file)};
    if (config.server.tls) {
        secrets.push_back(config.server.tls->certificate);
        secrets.push_back(config.server.tls->key);
    }
    for (const auto& function : config.functions) {
        if (function->secret && !function->secret->file.empty()) {
            secrets.push_back(function->secret->file);
        }
    }
    if (!config.auth) return secrets;
    for (const KeySettings& key : config.auth->keys) {
        if (!key.file.empty()) secrets.push_back(key.file);
    }
    return secrets;
}

using Tables = std::vector<std::unique_ptr<Table>>;

Tables read_tables(const Section& file, Mistakes& mistakes) {
    Tables tables;
    Names table_names;
    Names view_names;
    TableReach reach;
    for (const toml::table* source : file.tables("table")) {
        tables.push_back(read_table(*source, table_names, view_names, reach, mistakes));
    }
    if (file.find("table") == nullptr) {
        mistakes.add(1, "found no [[table]], expected at least one");
    }
    return tables;
}

Functions read_functions(const Section& root, std::string_view file, const Tables& tables,
                         Mistakes& mistakes) {
    Functions functions;
    Names names;
    for (const toml::table* source : root.tables("function")) {
        functions.push_back(std::make_shared<const Function>(
            read_function(*source, file, tables, names, mistakes)));
    }
    return functions;
}

std::shared_ptr<const Catalog> parse_catalog(std::string_view text) {
    const auto config = parse_config(text, "");
    return config ? config->catalog : nullptr;
}

// The one place where toml++ throws.
Result<toml::table> parse_toml(std::string_view text, std::string_view file) {
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        Mistakes mistakes(text);
        mistakes.add(error.source().begin.line, syntax_mistake(error.description()));
        return fail(Errc::refused, mistakes.text(file));
    }
}

}  // namespace

Result<Config> parse_config(std::string_view text, std::string_view file) {
    const auto root = parse_toml(text, file);
    if (!root) return fail(root.error());

    Mistakes mistakes(text);
    const Section section(*root, "", {"server", "storage", "auth", "limits", "table", "function"},
                          mistakes);
    Config config;
    const auto* auth = section.table("auth");
    if (const auto* server = section.table("server")) {
        read_server(*server, file, auth != nullptr, config.server, mistakes);
    }
    if (const auto* limits = section.table("limits")) read_limits(*limits, config.limits, mistakes);
    read_storage(section.table("storage"), file, config, mistakes);
    Tables tables = read_tables(section, mistakes);
    if (auth != nullptr) config.auth = read_auth(*auth, file, tables, mistakes);
    config.functions = read_functions(section, file, tables, mistakes);
    if (!mistakes.none()) return fail(Errc::refused, mistakes.text(file));

    config.server.secrets = secrets_of(config, file);
    config.catalog = std::make_shared<Catalog>(std::move(tables), std::string(text), parse_catalog);
    return config;
}

Result<Config> read_config(const std::string& path) {
    const auto text = read_text_file(path);
    if (!text) return fail(text.error());
    return parse_config(*text, path);
}

}  // namespace freshet::engine
