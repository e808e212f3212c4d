#include "bench/harness/server.h"

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "bench/harness/failure.h"
#include "bench/harness/http_exchange.h"
#include "bench/harness/machine.h"
#include "bench/harness/progress.h"

namespace freshet::bench {
namespace {

namespace fs = std::filesystem;

constexpr double start_seconds_max = 3'600;  // a log of millions of records is folded meanwhile
constexpr double long_start_seconds = 0.5;   // after which it is asked more rarely
constexpr double settle_seconds_max = 600;
constexpr double busy_share_max = 0.02;  // of a core, of a server that has nothing to do

}  // namespace

Server::Server(ServerOptions options) : options_(std::move(options)) {
    fs::create_directories(options_.folder);
    std::ofstream config(options_.folder + "/freshet.toml");
    config << server_config(options_.storage, options_.limits, options_.table);
    if (!config.flush()) throw Failure("cannot write to " + options_.folder);
}

double Server::start() {
    const std::string output = options_.folder + "/server-" + std::to_string(++starts_) + ".log";
    const std::uint64_t begin = now_ns();
    process_.emplace(ChildOptions{
        .command = {options_.program, "serve", "--config", options_.folder + "/freshet.toml"},
        .cores = options_.cores,
        .output_path = output});

    const auto check = [&] {
        check_stop();
        say_progress_at_times(static_cast<std::uint64_t>(seconds_since(begin)),
                              "s until the server is ready");
        if (!process_->running() || seconds_since(begin) > start_seconds_max) {
            throw Failure(options_.program + " does not serve: " + process_->printed() +
                          "\nname a freshet program with --freshet");
        }
    };
    std::optional<std::string> address;
    while (!(address = process_->printed_after("listening on http://"))) {
        check();
        usleep(200);
    }
    const char* const end = address->data() + address->size();
    std::from_chars(address->data() + address->rfind(':') + 1, end, port_);

    const std::string ask = get_request("/readyz");
    LocalSocket socket(port_);
    while (true) {
        check();
        socket.send(ask);
        if (await_answer(socket).status == 200) return seconds_since(begin);
        usleep(seconds_since(begin) < long_start_seconds ? 500 : 20'000);
    }
}

double Server::stop() {
    const double cpu = process_->end(SIGTERM);
    const bool has_stopped = process_->succeeded();
    process_.reset();
    if (!has_stopped) throw Failure("the server did not stop within a minute, or not in order");
    return cpu;
}

void Server::kill() {
    if (!process_) return;
    process_->end(SIGKILL);
    process_.reset();
}

double Server::cpu_seconds() const {
    return cpu_seconds_of(process_->pid());
}

std::string Server::data_path(const std::string& part) const {
    return options_.folder + "/data/" + part;
}

std::uint64_t Server::bytes_on_disk(const std::string& part) const {
    std::uint64_t bytes = 0;
    std::error_code code;
    for (auto at = fs::directory_iterator(data_path(part), code);
         !code && at != fs::directory_iterator(); at.increment(code)) {
        std::error_code gone;  // a file that a compaction has removed meanwhile
        const std::uint64_t size = at->file_size(gone);
        if (!gone) bytes += size;
    }
    return bytes;
}

std::uint64_t Server::running_jobs() const {
    const HttpAnswer answer = http_get(port_, "/metrics");
    check_answer(answer, "GET /metrics");
    return metric_in(answer.body, "freshet_rocksdb_running_compactions") +
           metric_in(answer.body, "freshet_rocksdb_running_flushes");
}

void Server::settle() const {
    constexpr unsigned look_ms = 250;
    constexpr unsigned quiet_looks = 4;
    const std::uint64_t begin = now_ns();
    unsigned quiet = 0;
    while (quiet < quiet_looks) {
        const double before = cpu_seconds();
        pause_ms(look_ms);
        say_progress_at_times(static_cast<std::uint64_t>(seconds_since(begin)),
                              "s until all is flushed and compacted");
        const bool is_idle = cpu_seconds() - before < busy_share_max * look_ms / 1e3;
        quiet = is_idle && running_jobs() == 0 ? quiet + 1 : 0;
        if (seconds_since(begin) > settle_seconds_max) {
            throw Failure(
                "flushes and compactions did not end within ten minutes; take fewer "
                "--records or --orders");
        }
    }
}

}  // namespace freshet::bench
