#include "bench/peers/postgres_server.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "bench/harness/failure.h"
#include "bench/harness/machine.h"
#include "bench/harness/version.h"
#include "bench/peers/postgres_protocol.h"

namespace freshet::bench {
namespace {

namespace fs = std::filesystem;

constexpr const char* user = "postgres";
constexpr double start_seconds_max = 60;

// Where Debian has the newest one's programs; empty if there is none.
std::string program_folder() {
    const fs::path all = "/usr/lib/postgresql";
    std::vector<std::string> names;
    std::error_code code;
    for (auto at = fs::directory_iterator(all, code); !code && at != fs::directory_iterator();
         at.increment(code)) {
        std::error_code missing;
        if (fs::exists(at->path() / "bin/postgres", missing)) {
            names.push_back(at->path().filename());
        }
    }
    const std::string newest = newest_postgres(names);
    return newest.empty() ? "" : (all / newest / "bin").string();
}

// It listens before it takes sessions, and says so with an error.
void await_session(std::uint16_t port) {
    const std::uint64_t begin = now_ns();
    while (true) {
        try {
            postgres_session(port);
            return;
        } catch (const Failure&) {
            if (seconds_since(begin) > start_seconds_max) throw;
        }
        pause_ms(100);
    }
}

}  // namespace

std::string newest_postgres(const std::vector<std::string>& names) {
    const auto release = [](const std::string& name) { return std::strtod(name.c_str(), nullptr); };
    const auto newest = std::max_element(names.begin(), names.end(),
                                         [&](const std::string& one, const std::string& other) {
                                             return release(one) < release(other);
                                         });
    return newest == names.end() ? "" : *newest;
}

std::string postgres_version(const Plan& plan) {
    return version_of(plan, program_folder() + "/postgres");
}

bool is_postgres_here() {
    return !program_folder().empty();
}

PeerProcess start_postgres(const Plan& plan) {
    PeerFolder folder = make_peer_folder(plan, "postgres", user);
    const std::string programs = program_folder();
    run_to_end(options_in(folder, {programs + "/initdb", "-D", "data", "-U", user, "-A", "trust",
                                   "-E", "UTF8", "--no-locale"}));
    const std::string port = std::to_string(folder.port);
    PeerProcess postgres(std::move(folder),
                         {programs + "/postgres",
                          "-D",
                          "data",
                          "-p",
                          port,
                          "-c",
                          "listen_addresses=127.0.0.1",
                          "-c",
                          "unix_socket_directories=",
                          "-c",
                          "synchronous_commit=on",
                          "-c",
                          "shared_buffers=1GB",
                          "-c",
                          "max_wal_size=8GB",
                          "-c",
                          "checkpoint_timeout=30min",
                          "-c",
                          "max_connections=200",
                          "-c",
                          "jit=off"},
                         SIGQUIT);
    await_session(postgres.port());
    return postgres;
}

LocalSocket postgres_session(std::uint16_t port) {
    LocalSocket socket(port);
    begin_postgres_session(socket);
    return socket;
}

void begin_postgres_session(LocalSocket& socket) {
    begin_session(socket, user);
}

void run_sql(LocalSocket& session, std::string_view sql) {
    std::string query;
    append_query(query, sql);
    session.send(query);
    await_result(session);
}

}  // namespace freshet::bench
