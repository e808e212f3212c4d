#include "bench/harness/kept_load.h"

#include <filesystem>
#include <system_error>

#include "bench/harness/progress.h"

namespace freshet::bench {
namespace {

namespace fs = std::filesystem;

// Links where that is the same as a copy and both are on one disk.
void copy_or_link(const fs::path& from, const fs::path& to) {
    std::error_code no_link;
    if (from.extension() == ".sst") fs::create_hard_link(from, to, no_link);
    if (from.extension() != ".sst" || no_link) fs::copy_file(from, to);
}

void copy_folder(const fs::path& from, const fs::path& to) {
    fs::create_directories(to);
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(from)) {
        const fs::path there = to / fs::relative(entry.path(), from);
        if (entry.is_directory()) {
            fs::create_directories(there);
        } else {
            copy_or_link(entry.path(), there);
        }
    }
}

}  // namespace

std::string kept_load(const Plan& plan, const WorkloadOptions& options, std::uint64_t records) {
    const bool is_of_lives = options.skew == Skew::life;
    return plan.log_folder + "/seed-" + std::to_string(options.seed) + "-orders-" +
           std::to_string(options.orders) + (is_of_lives ? "-in-the-making" : "-placed") +
           (records > 0
                ? "-then-" + std::to_string(records) + "-" + std::string(name_of(options.skew))
                : "");
}

void keep_load(Server& server, const std::string& path) {
    say_progress("keeping " + path);
    server.stop();
    fs::remove_all(path + ".part");  // of a run that was stopped
    copy_folder(server.data_path(""), path + ".part");
    fs::rename(path + ".part", path);
    server.start();
}

void take_kept_load(Server& server, const std::string& path, Workload& workload,
                    std::uint64_t records) {
    say_progress("taking " + path);
    server.stop();
    fs::remove_all(server.data_path(""));
    copy_folder(path, server.data_path(""));
    server.start();
    std::string unsent;
    while (!workload.is_of_lives() && workload.fill(unsent)) unsent.clear();
    for (std::uint64_t i = 0; i < records; ++i) {
        unsent.clear();
        workload.next(unsent);
    }
}

}  // namespace freshet::bench
