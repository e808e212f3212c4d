#include "bench/harness/measured_server.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "bench/harness/kept_load.h"
#include "bench/harness/load.h"
#include "bench/harness/machine.h"
#include "bench/harness/progress.h"
#include "bench/harness/version.h"

namespace freshet::bench {
namespace {

std::string new_folder(const Plan& plan) {
    static unsigned servers = 0;
    return plan.folder + "/server-" + std::to_string(++servers);
}

// By taking it from where it is kept, if it is to be and is.
void load(const Plan& plan, const LoadedServer& loaded, const WorkloadOptions& options,
          std::uint64_t records, Report& report) {
    const auto write = [&] {
        loaded.measured->fill(*loaded.workload);
        if (records > 0) loaded.measured->write(*loaded.workload, records);
        loaded.server().settle();
    };
    if (plan.log_folder.empty()) {
        write();
        return;
    }
    const std::string kept = kept_load(plan, loaded.subject.program, options, records);
    if (std::filesystem::exists(kept)) {
        take_kept_load(loaded.server(), kept, *loaded.workload, records);
    } else {
        write();
        keep_load(loaded.server(), kept,
                  version_of(plan, loaded.subject.program) + " (" + loaded.subject.program + "), " +
                      time_text());
    }
    report.say("load of " + loaded.subject.name, std::filesystem::path(kept).filename().string() +
                                                     ", written by " + writer_of_load(kept));
}

}  // namespace

MeasuredServer::MeasuredServer(const Plan& plan, const Subject& subject,
                               const std::vector<unsigned>& cores,
                               const std::vector<std::string>& limits, const TableOptions& table)
    : folder_(new_folder(plan)),
      server_({.program = subject.program,
               .folder = folder_,
               .cores = cores.empty() ? std::vector{plan.server_core} : cores,
               .storage = plan.storage,
               .limits = limits,
               .table = table}) {
    server_.start();
}

MeasuredServer::~MeasuredServer() {
    server_.kill();
    std::error_code ignored;
    std::filesystem::remove_all(folder_ + "/data", ignored);
}

void MeasuredServer::fill(Workload& workload) {
    if (workload.is_of_lives()) return;
    send_bulk(server_.port(), [&](std::string& out) { return workload.fill(out); });
}

Round MeasuredServer::write(Workload& workload, std::uint64_t records) {
    const double server_before = server_.cpu_seconds();
    const double own_before = own_cpu_seconds();
    std::uint64_t left = records;
    const BulkDone done = send_bulk(server_.port(), [&](std::string& out) {
        if (left == 0) return false;
        --left;
        workload.next(out);
        return true;
    });
    return {.count = static_cast<double>(done.records),
            .seconds = done.seconds,
            .server_cpu = server_.cpu_seconds() - server_before,
            .client_cpu = own_cpu_seconds() - own_before};
}

std::vector<LoadedServer> load_servers(const Plan& plan, const WorkloadOptions& options,
                                       std::uint64_t records, Report& report,
                                       const std::vector<unsigned>& cores) {
    std::vector<LoadedServer> servers;
    servers.reserve(plan.subjects.size());
    for (const Subject& subject : plan.subjects) {
        LoadedServer loaded{.subject = subject,
                            .measured = std::make_unique<MeasuredServer>(plan, subject, cores),
                            .workload = std::make_unique<Workload>(options)};
        load(plan, loaded, options, records, report);
        loaded.server().settle();
        servers.push_back(std::move(loaded));
    }
    return servers;
}

void say_round(std::string_view scenario, unsigned round, const std::string& work,
               const std::string& subject) {
    say_progress(std::string(scenario) + ": round " + std::to_string(round) + ", " + work + ", " +
                 subject);
}

More sizes_of(const Server& server, double records) {
    constexpr double mega = 1e6;
    return {{"RSS MB", static_cast<double>(resident_bytes_max_of(server.pid())) / mega},
            {"log B each", static_cast<double>(server.bytes_on_disk("log")) / records},
            {"state B each", static_cast<double>(server.bytes_on_disk("state")) / records}};
}

}  // namespace freshet::bench
