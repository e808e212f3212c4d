#include "bench/harness/kept_load.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include "bench/harness/failure.h"
#include "bench/harness/machine.h"
#include "bench/harness/progress.h"
#include "bench/harness/server_config.h"

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

// The start, and what each next text makes of it (FNV-1a).
constexpr std::uint64_t hash_start = 0xcbf29ce484222325U;

std::uint64_t hash_of(std::string_view text, std::uint64_t before) {
    constexpr std::uint64_t prime = 0x100000001b3U;
    std::uint64_t hash = before;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * prime;
    return hash;
}

std::string text_in(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Of all of the server that the data depends on.
std::string hash_of_writer(const Plan& plan, const std::string& program) {
    constexpr int hex_digits = 16;
    const std::string bytes = text_in(path_of_program(program));
    if (bytes.empty()) throw Failure("--freshet " + program + ": there is no such program");
    std::uint64_t hash = hash_of(server_config(plan.storage), hash_of(bytes, hash_start));
    std::string text;
    for (int i = 0; i < hex_digits; ++i) {
        text.insert(text.begin(), "0123456789abcdef"[hash & 15U]);
        hash >>= 4U;
    }
    return text;
}

}  // namespace

std::string kept_load(const Plan& plan, const std::string& program, const WorkloadOptions& options,
                      std::uint64_t records) {
    const bool is_of_lives = options.skew == Skew::life;
    return plan.log_folder + "/seed-" + std::to_string(options.seed) + "-orders-" +
           std::to_string(options.orders) + (is_of_lives ? "-in-the-making" : "-placed") +
           (records > 0
                ? "-then-" + std::to_string(records) + "-" + std::string(name_of(options.skew))
                : "") +
           "-by-" + hash_of_writer(plan, program);
}

void keep_load(Server& server, const std::string& path, const std::string& writer) {
    say_progress("keeping " + path);
    server.stop();
    fs::remove_all(path + ".part");  // of a run that was stopped
    copy_folder(server.data_path(""), path + ".part");
    std::ofstream note(path + ".txt");
    note << writer;
    if (!note.flush()) throw Failure("cannot write " + path + ".txt");
    fs::rename(path + ".part", path);
    server.start();
}

std::string writer_of_load(const std::string& path) {
    return text_in(path + ".txt");
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
