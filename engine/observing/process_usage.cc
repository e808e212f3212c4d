#include "engine/observing/process_usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace freshet::engine {
namespace {

// Which words of /proc/self/stat these are, counted from the one behind the program's name, which
// may itself hold spaces.
constexpr std::size_t user_ticks = 11;
constexpr std::size_t system_ticks = 12;
constexpr std::size_t thread_count = 17;
constexpr std::size_t start_ticks = 19;  // after the machine's start
constexpr std::size_t resident_pages = 21;

std::vector<std::string> stat_words() {
    std::ifstream file("/proc/self/stat");
    std::string text;
    std::getline(file, text);
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string::npos) return {};
    std::istringstream rest(text.substr(name_end + 1));
    return {std::istream_iterator<std::string>(rest), {}};
}

// In Unix time; 0 if it is not told.
double machine_start_s() {
    std::ifstream file("/proc/stat");
    std::string word;
    double seconds = 0;
    while (file >> word) {
        if (word == "btime" && file >> seconds) return seconds;
    }
    return 0;
}

std::uint64_t number(const std::string& word) {
    std::uint64_t value = 0;
    std::from_chars(word.data(), word.data() + word.size(), value);
    return value;
}

std::uint64_t open_files() {
    std::error_code error;
    std::uint64_t count = 0;
    std::filesystem::directory_iterator at("/proc/self/fd", error);
    for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) ++count;
    return count > 0 ? count - 1 : 0;  // without the one that lists them
}

std::uint64_t open_files_max() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

}  // namespace

std::optional<ProcessUsage> process_usage() {
    const std::vector<std::string> words = stat_words();
    if (words.size() <= resident_pages) return std::nullopt;
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    return ProcessUsage{
        .start_s = machine_start_s() + static_cast<double>(number(words[start_ticks])) / ticks,
        .cpu_s =
            static_cast<double>(number(words[user_ticks]) + number(words[system_ticks])) / ticks,
        .threads = number(words[thread_count]),
        .resident_bytes =
            number(words[resident_pages]) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)),
        .open_files = open_files(),
        .open_files_max = open_files_max()};
}

}  // namespace freshet::engine
