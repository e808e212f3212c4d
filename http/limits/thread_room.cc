#include "http/limits/thread_room.h"

#include <algorithm>
#include <latch>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace freshet::http {

namespace {

constexpr unsigned serving_least = 2;
constexpr unsigned serving_most = 32;

// The sequencer, the sweep of what expires, a reconciliation, what takes long, and RocksDB's for
// flushes, compactions and timers.
constexpr unsigned others = 7;
// The one that feeds them, and the one that looks up their addresses.
constexpr unsigned of_functions = 2;

std::string refusal_of(unsigned made, unsigned count, const engine::Machine& machine) {
    std::string text = "the system lets this process have " + std::to_string(made) +
                       " more threads, and it needs " + std::to_string(count) + ": raise ";
    const bool is_of_group = machine.threads_left && *machine.threads_left <= made;
    if (is_of_group) {
        text += machine.threads_from + " (TasksMax= in a unit of systemd)";
    } else {
        text += "what the user may have (LimitNPROC= in a unit of systemd, ulimit -u in a shell)";
    }
    return text + ", or lower server.threads";
}

}  // namespace

unsigned default_threads(const engine::Machine& machine) {
    return std::clamp(machine.processors, serving_least, serving_most);
}

unsigned threads_needed(unsigned serving, bool has_functions) {
    return serving + others + (has_functions ? of_functions : 0);
}

Result<void> try_threads(unsigned count, const engine::Machine& machine) {
    std::latch all_made(1);
    std::vector<std::thread> threads;
    threads.reserve(count);
    bool is_refused = false;
    for (unsigned i = 0; i < count && !is_refused; ++i) {
        try {
            threads.emplace_back([&all_made] { all_made.wait(); });
        } catch (const std::system_error&) {
            is_refused = true;
        }
    }
    all_made.count_down();
    for (std::thread& thread : threads) thread.join();
    if (!is_refused) return {};
    const auto made = static_cast<unsigned>(threads.size());
    return fail(Errc::refused, refusal_of(made, count, machine));
}

}  // namespace freshet::http
