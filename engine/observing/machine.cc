#include "engine/observing/machine.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <vector>

namespace freshet::engine {
namespace {

constexpr std::string_view groups_folder = "/sys/fs/cgroup";

std::vector<std::string> words_of(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> words;
    std::string word;
    while (file >> word) words.push_back(word);
    return words;
}

std::optional<std::uint64_t> number_of(const std::string& word) {
    std::uint64_t value = 0;
    const char* const end = word.data() + word.size();
    const auto [at, error] = std::from_chars(word.data(), end, value);
    if (error != std::errc() || at != end) return std::nullopt;  // such as `max`
    return value;
}

std::optional<std::uint64_t> number_in(const std::string& path) {
    const auto words = words_of(path);
    return words.empty() ? std::nullopt : number_of(words.front());
}

bool has_element(std::string_view list, std::string_view element) {
    std::istringstream rest{std::string(list)};
    std::string name;
    while (std::getline(rest, name, ',')) {
        if (name == element) return true;
    }
    return false;
}

// The folder of the group and of those above it. In a container, only those that it sees are there.
void append_folders(std::vector<std::string>& folders, const std::string& mount,
                    const std::string& group) {
    auto path = std::filesystem::path("/" + group).lexically_normal();
    while (path.has_relative_path()) {
        folders.push_back(mount + path.string());
        path = path.parent_path();
    }
    folders.push_back(mount);
}

// The folders that may say something of that controller.
std::vector<std::string> folders_of(const std::string& root, const std::string& controller) {
    std::vector<std::string> folders;
    const std::string mounts = root + std::string(groups_folder);
    std::ifstream file(root + "/proc/self/cgroup");
    std::string line;  // id:controllers:path
    while (std::getline(file, line)) {
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const std::string group = line.substr(second + 1);
        if (controllers.empty()) {
            append_folders(folders, mounts, group);
            append_folders(folders, mounts + "/unified", group);
        } else if (has_element(controllers, controller)) {
            append_folders(folders, mounts + "/" + controller, group);
            append_folders(folders, mounts + "/" + controllers, group);
        }
    }
    return folders;
}

void look_at_memory(const std::string& root, Machine& machine) {
    const auto words = words_of(root + "/proc/meminfo");
    const auto total = std::find(words.begin(), words.end(), "MemTotal:");
    if (total != words.end() && total + 1 != words.end()) {
        if (const auto kilobytes = number_of(*(total + 1))) {
            machine.memory_bytes = *kilobytes * 1'024;
            machine.memory_from = "the machine";
        }
    }
    for (const std::string& folder : folders_of(root, "memory")) {
        // Above memory.high the system slows the process down until it hardly moves.
        for (const char* name : {"/memory.max", "/memory.high", "/memory.limit_in_bytes"}) {
            const std::string path = folder + name;
            const auto bytes = number_in(path);
            if (!bytes || (machine.memory_bytes && *bytes >= *machine.memory_bytes)) continue;
            machine.memory_bytes = bytes;
            machine.memory_from = path.substr(root.size());
        }
    }
}

void look_at_threads(const std::string& root, Machine& machine) {
    for (const std::string& folder : folders_of(root, "pids")) {
        const std::string path = folder + "/pids.max";
        const auto most = number_in(path);
        if (!most) continue;
        const std::uint64_t left =
            *most - std::min(*most, number_in(folder + "/pids.current").value_or(0));
        if (machine.threads_left && left >= *machine.threads_left) continue;
        machine.threads_left = left;
        machine.threads_from = path.substr(root.size());
    }
}

// How many the process may run on, by its affinity.
unsigned allowed_processors() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    // Fails where there are more processors than the set has room for.
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return CPU_SETSIZE;
    return static_cast<unsigned>(std::max(CPU_COUNT(&allowed), 1));
}

// A quota of time in each period; a part of a processor counts as one.
unsigned processors_of(std::uint64_t quota, std::uint64_t period) {
    constexpr std::uint64_t most = CPU_SETSIZE;
    if (period == 0) return CPU_SETSIZE;
    const std::uint64_t whole = quota / period + (quota % period == 0 ? 0 : 1);
    return static_cast<unsigned>(std::clamp<std::uint64_t>(whole, 1, most));
}

void look_at_processors(const std::string& root, Machine& machine) {
    machine.processors = allowed_processors();
    for (const std::string& folder : folders_of(root, "cpu")) {
        const auto words = words_of(folder + "/cpu.max");
        auto quota = words.size() == 2 ? number_of(words[0]) : std::nullopt;
        auto period = words.size() == 2 ? number_of(words[1]) : std::nullopt;
        if (!quota) {
            quota = number_in(folder + "/cpu.cfs_quota_us");  // -1: there is none
            period = number_in(folder + "/cpu.cfs_period_us");
        }
        if (!quota || !period) continue;
        machine.processors = std::min(machine.processors, processors_of(*quota, *period));
    }
}

}  // namespace

Machine look_at_machine(const std::string& root) {
    Machine machine;
    look_at_memory(root, machine);
    look_at_threads(root, machine);
    look_at_processors(root, machine);
    return machine;
}

}  // namespace freshet::engine
