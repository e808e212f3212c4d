#include "bench/peers/wrk.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <fstream>

#include "bench/harness/child_process.h"
#include "bench/harness/failure.h"
#include "bench/harness/http_exchange.h"
#include "bench/harness/machine.h"
#include "bench/harness/version.h"
#include "bench/peers/peer_process.h"

namespace freshet::bench {
namespace {

constexpr const char* program = "wrk";
constexpr int wait_ms = 10;  // until it is asked whether it has ended

void write_file(const std::string& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary);
    out << text;
    if (!out.flush()) throw Failure("cannot write " + path);
}

// A script by which it sends the body.
void write_script(const std::string& path, const std::string& body) {
    const std::string body_path = path + ".body";
    write_file(body_path, body);
    write_file(path,
               "wrk.method = \"POST\"\n"
               "wrk.headers[\"Content-Type\"] = \"application/json\"\n"
               "local file = io.open(\"" +
                   body_path + "\", \"rb\")\nwrk.body = file:read(\"*a\")\nfile:close()\n");
}

}  // namespace

bool wrk_is_installed(const Plan& /*plan*/) {
    return is_in_path(program);
}

std::string wrk_version(const Plan& plan) {
    return version_of(plan, program);
}

Round call_by_wrk(const Plan& plan, const FunctionCalls& calls) {
    const std::string script = plan.folder + "/wrk.lua";
    write_script(script, calls.body);
    const auto seconds = static_cast<unsigned>(std::max(1.0, std::round(plan.seconds)));
    Endpoint& endpoint = calls.endpoint;
    endpoint.forget();
    const double own_before = own_cpu_seconds();
    ChildProcess wrk(
        {.command = {program, "--threads", "1", "--connections", std::to_string(calls.connections),
                     "--duration", std::to_string(seconds) + "s", "--script", script,
                     "http://127.0.0.1:" + std::to_string(endpoint.port()) + "/"},
         .cores = {plan.server_core},
         .output_path = plan.folder + "/wrk.log"});
    while (wrk.running()) endpoint.serve(wait_ms);
    const double client_cpu = own_cpu_seconds() - own_before;
    if (!wrk.succeeded()) throw Failure("wrk failed: " + wrk.printed());
    const Endpoint::Heard heard = endpoint.heard();
    if (heard.calls == 0) throw Failure("wrk has called nobody: " + wrk.printed());
    const auto records = static_cast<double>(heard.calls * members_in(calls.body, "eventName"));
    const double passed = static_cast<double>(heard.last_at_ns - heard.first_at_ns) / ns_per_second;
    return {.count = records,
            .seconds = passed,
            .server_cpu = wrk.end(SIGTERM),
            .client_cpu = client_cpu,
            .more = {{"records a call", records / static_cast<double>(heard.calls)},
                     {"MB/s", static_cast<double>(heard.bytes) / 1e6 / passed}}};
}

}  // namespace freshet::bench
