#include "tools/serve_command.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "engine/config/config.h"
#include "engine/engine.h"
#include "engine/observing/machine.h"
#include "engine/text/quantity.h"
#include "engine/text/shown_text.h"
#include "engine/version.h"
#include "http/credentials/credentials.h"
#include "http/functions/function_runner.h"
#include "http/limits/descriptors.h"
#include "http/limits/memory_shares.h"
#include "http/limits/thread_room.h"
#include "http/observing/server_log.h"
#include "http/serving/server.h"
#include "tools/exit_code.h"

namespace freshet::tools {

namespace {

using Log = std::shared_ptr<spdlog::logger>;

struct ServeOptions {
    std::string config_path;
    bool accept_loss = false;
};

Log make_log() {
    auto log = spdlog::stderr_color_mt("freshet");
    log->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
    return log;
}

sigset_t held_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    return signals;
}

// Keeps them for wait_for_stop(). Before any thread begins, since each inherits it.
void hold_signals() {
    const sigset_t signals = held_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    // A client that leaves is told by the write's error.
    std::signal(SIGPIPE, SIG_IGN);
    // What is ignored, as by nohup, is never waited for.
    std::signal(SIGHUP, SIG_DFL);
    // A limit on the size of files likewise: it is then a fault of the disk like any other.
    std::signal(SIGXFSZ, SIG_IGN);
}

// Takes in what may be changed while the server runs: whom it believes, and its certificate. What
// is wrong with the new is said, and the old stays. Somebody who changed anything else hears that
// this does not do it.
void reload(http::Server& server, const std::string& config_path, const Log& log) {
    const auto config = engine::read_config(config_path);
    if (!config) {
        log->error("audit failed: nothing is read again: {}", config.error().message);
        return;
    }
    const auto report = [&log](std::string_view what, const Result<void>& done) {
        if (done) log->info("audit done=\"read {} again\"", what);
        if (!done) log->error("audit failed: {} as before: {}", what, done.error().message);
    };
    const auto credentials = server.reload_credentials(config->auth);
    if (config->auth || !credentials) report("[auth]", credentials);
    const auto certificate = server.reload_certificate(config->server.tls);
    if (config->server.tls || !certificate) report("the certificate", certificate);
    log->info(
        "audit done=\"heard SIGHUP, which is for [auth] and the certificate: what else has changed "
        "in the configuration begins with a restart\"");
}

// Returns at the first signal to stop. The next one then ends the process at once, which loses
// nothing that was acknowledged.
void wait_for_stop(http::Server& server, const std::string& config_path, const Log& log) {
    const sigset_t signals = held_signals();
    int signal = SIGHUP;
    while (signal == SIGHUP) {
        sigwait(&signals, &signal);
        if (signal == SIGHUP) reload(server, config_path, log);
    }
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

// What whoever runs the server can do about it.
std::string_view advice(Errc code) {
    switch (code) {
        case Errc::locked:
            return "stop the other process, or name another folder as storage.path";
        case Errc::newer_format:
            return "run the release that wrote it, or a later one";
        case Errc::log_shortened:
            return "bring back what is missing; or go on without it, and from any copy that is "
                   "older than what was acknowledged: freshet serve --config FILE --accept-loss, "
                   "once, which begins a new epoch, so that whoever follows the log is told";
        case Errc::corrupt:
            return "bring back the folder from a copy, and check the disk";
        default:
            return "check that the folder's disk works, has room, and may be written by this user";
    }
}

int report_open_failure(const Log& log, const std::string& path, const Error& error) {
    log->error("the data folder {} cannot be opened: {}", path, engine::shown_text(error.message));
    log->error("what to do: {}", advice(error.code));
    return error.code == Errc::log_shortened ? exit_log_shortened : exit_fault;
}

// Says what is wrong with the data while the server runs. Faults of the disk mend themselves or
// wait for somebody; a log that does not fit the configuration ends the process.
class FaultReporter {
public:
    explicit FaultReporter(http::ServerLog& log) : log_(log) {}

    void operator()(const Error& fault) {
        if (fault.code != Errc::refused) {
            const bool is_full = fault.code == Errc::disk_full;
            log_.error("writes are refused until this is mended: ",
                       fault.message + (is_full ? "; make room there, and they are taken again by "
                                                  "themselves"
                                                : ""));
            return;
        }
        log_.error("the log does not fit the configuration: ", fault.message);
        unfit_ = true;
        ::kill(::getpid(), SIGTERM);
    }

    [[nodiscard]] bool unfit() const { return unfit_; }

private:
    http::ServerLog& log_;
    std::atomic<bool> unfit_ = false;
};

void tell_suspicious(http::ServerLog& log, const std::string& table,
                     const engine::SuspiciousDuplicates& last) {
    const std::string count = engine::quantity(last.count, "duplicate looks", "duplicates look");
    log.warn("table " + table + ": " + count + " newer than what won; the last is number " +
             last.sequence + " of " + last.stream + ", of the item " +
             engine::quoted_text(last.key) + ", where position " +
             std::to_string(last.winner.value) +
             " won. Two sources write, one began its numbers again, or its records came before it "
             "was adopted: then send them again, or import a new export (docs/from-dynamodb.md)");
}

void tell_refused(http::ServerLog& log, const std::string& table,
                  const engine::RefusedStream& last) {
    const std::string adopt = "freshet adopt --table " + (table.empty() ? "TABLE" : table) +
                              " --stream " + engine::shell_word(last.stream);
    if (table.empty()) {
        log.warn("records of " + last.stream +
                 " are refused: no table takes from its source. If it continues a table: " + adopt);
        return;
    }
    log.warn("records of " + last.stream + " are refused by table " + table +
             ". If it continues where the table's others end: " + adopt);
}

void tell_clock_moved(http::ServerLog& log, const engine::ExpiryStatus& expiry) {
    if (!expiry.is_halted) {
        log.info("the clock of this machine is back: items expire again");
        return;
    }
    const bool is_ahead = expiry.clock_moved.count() > 0;
    log.warn("the clock of this machine was set " +
             std::to_string(std::abs(expiry.clock_moved.count())) +
             (is_ahead ? " s forward" : " s back") +
             " at once: nothing expires until it is back, or, if it is right now, until the server "
             "is started again");
}

engine::EngineOptions engine_options(const engine::Config& config, const ServeOptions& serve,
                                     const http::DescriptorShares& shares, http::ServerLog& log,
                                     FaultReporter& faults) {
    engine::EngineOptions options;
    options.path = config.storage_path;
    options.sequencer.queue_bytes = config.limits.queue_bytes;
    options.sequencer.live.bytes = config.limits.live_bytes;
    options.sequencer.on_fault = [&faults](const Error& fault) { faults(fault); };
    options.sequencer.on_suspicious = [&log](const auto& duplicates) {
        for (const auto& [table, last] : duplicates) tell_suspicious(log, table, last);
    };
    options.sequencer.on_refused = [&log](const auto& streams) {
        for (const auto& [table, last] : streams) tell_refused(log, table, last);
    };
    options.sequencer.on_mended = [&log] { log.info("writes are taken again"); };
    options.functions = config.functions;
    options.on_clock_moved = [&log](const auto& expiry) { tell_clock_moved(log, expiry); };
    options.storage.ballast_bytes = config.ballast_bytes;
    options.storage.compression = config.compression;
    options.storage.accept_loss = serve.accept_loss;
    options.storage.open_files = shares.files_per_database;
    options.storage.log_line = [&log](std::string_view line) { log.warn("storage: ", line); };
    return options;
}

std::string url_of(const engine::ServerSettings& server, std::uint16_t port) {
    const std::string& address = server.address;
    const bool v6 = address.find(':') != std::string::npos;
    return (server.tls ? "https://" : "http://") + (v6 ? "[" + address + "]" : address) + ":" +
           std::to_string(port);
}

// Gives storage and connections their shares of what the process may open, and lowers the number of
// connections to what is left.
Result<http::DescriptorShares> share_descriptors(engine::Config& config, const Log& log) {
    auto shares = http::share_descriptors(http::raise_descriptor_limit(), config.server.threads,
                                          config.limits.connections,
                                          engine::calls_at_a_time(config.functions));
    if (!shares) return shares;
    const std::string shortage = http::shortage(*shares, config.limits.connections);
    if (!shortage.empty()) log->warn("{}", shortage);
    config.limits.connections = shares->connections;
    return shares;
}

// Finds out how many threads there may be, and makes the limits so that all fits into memory. What
// it costs to make the threads is known before anything is opened.
Result<http::MemoryShares> share_machine(engine::Config& config, const Log& log) {
    const engine::Machine machine = engine::look_at_machine();
    engine::ServerSettings& server = config.server;
    if (!server.has_threads) server.threads = http::default_threads(machine);
    const auto threads =
        http::try_threads(http::threads_needed(server.threads, !config.functions.empty()), machine);
    if (!threads) return fail(threads.error());
    auto shares = http::share_memory(machine, config);
    if (!shares.warning.empty()) log->warn("{}", shares.warning);
    if (!shares.smaller.empty()) {
        log->info("limits are smaller than elsewhere (docs/limits.md): {}; {}", shares.text(),
                  shares.smaller);
    }
    config.limits = shares.limits;
    return shares;
}

int serve(const ServeOptions& options) {
    auto config = engine::read_config(options.config_path);
    if (!config) {
        std::cerr << config.error().message << "\n";
        return exit_usage;
    }
    hold_signals();
    ::umask(S_IRWXG | S_IRWXO);  // what is in the data folder is for nobody else
    const Log log = make_log();

    auto credentials = http::Credentials::load(config->auth);
    if (!credentials) {
        log->error("{}", credentials.error().message);
        return exit_usage;
    }
    const bool are_asked_for = (*credentials)->are_asked_for();
    const auto memory = share_machine(*config, log);
    if (!memory) {
        log->error("{}", memory.error().message);
        return exit_fault;
    }
    const auto shares = share_descriptors(*config, log);
    if (!shares) {
        log->error("{}", shares.error().message);
        return exit_fault;
    }
    http::ServerLog bounded_log(log);
    FaultReporter faults(bounded_log);
    engine::EngineOptions parts = engine_options(*config, options, *shares, bounded_log, faults);
    parts.storage.log_cache_bytes = memory->log_cache_bytes;
    parts.storage.state_cache_bytes = memory->state_cache_bytes;
    parts.storage.state_write_bytes = memory->state_write_bytes;
    parts.storage.full_disk_bytes = memory->full_disk_bytes;
    auto engine = engine::Engine::open(config->catalog, std::move(parts));
    if (!engine) return report_open_failure(log, config->storage_path, engine.error());

    if (options.accept_loss) {
        log->warn(
            "--accept-loss: positions go on far above the last, under a new epoch; start "
            "without it from now on");
    }
    const auto functions = http::FunctionRunner::load(**engine, bounded_log);
    if (!functions) {
        log->error("{}", functions.error().message);
        return exit_usage;
    }
    http::Server server(**engine, config->server, config->limits, log, *std::move(credentials));
    if (auto started = server.start(); !started) {
        log->error("{}", started.error().message);
        return exit_fault;
    }
    if (!are_asked_for) {
        log->warn(
            "there is no [auth] in the configuration: every program on this machine may read and "
            "write");
    }
    log->info("freshet {}: configuration {}, data in {}", engine::version(), options.config_path,
              config->storage_path);
    log->info("listening on {}", url_of(config->server, server.port()));
    (*engine)->when_reached({}, [&log] { log->info("the log is folded"); });
    try {
        (*engine)->start();
        (*functions)->start();
    } catch (const std::system_error& error) {
        log->error("the log's thread cannot be made: {}", error.what());
        return exit_fault;
    }

    wait_for_stop(server, options.config_path, log);
    log->info("stopping; a second signal ends at once");
    // First, while those that are under way can still write back.
    (*functions)->stop();
    server.stop();
    (*engine)->stop();
    log->info("stopped");
    return faults.unfit() ? exit_fault : exit_done;
}

constexpr const char* footer = R"(
Listens where the configuration says (server.listen) and stops on SIGTERM or SIGINT: requests that
are under way are finished first. A second signal ends the process at once; nothing that was
acknowledged is lost. SIGHUP has it read [auth] and its certificate again, and nothing else of the
configuration; so a terminal that is closed does not end it.

Example:
  freshet serve --config freshet.toml)";

}  // namespace

Run serve_command(CLI::App& app) {
    const auto options = std::make_shared<ServeOptions>();
    app.add_option("--config", options->config_path, "The configuration file")
        ->required()
        ->type_name("FILE");
    app.add_flag("--accept-loss", options->accept_loss,
                 "Go on with a log that lacks records that were acknowledged");
    app.footer(footer);
    return [options] { return serve(*options); };
}

}  // namespace freshet::tools
