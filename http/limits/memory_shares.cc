#include "http/limits/memory_shares.h"

#include <algorithm>

namespace freshet::http {

namespace {

constexpr std::uint64_t kibibyte = 1U << 10U;
constexpr std::uint64_t mebibyte = 1U << 20U;

// For the system's own memory of this process, and for what the allocator cannot use.
constexpr std::uint64_t kept_share = 8;

// The program, the newest records, and the tables of whom it serves and whom it believes.
constexpr std::uint64_t program_bytes = 64 * mebibyte;
// What the log and the shelf of a reconciliation write together before it is on disk, and the
// shelf's cache (storage/internal/rocks.cc).
constexpr std::uint64_t memtable_bytes = (2 * 32 + 2 * 8 + 8) * mebibyte;
// Of a body that a thread decodes: itself, what the parser makes of it, and its records.
constexpr std::uint64_t decoding_factor = 4;
// Longer ones are decoded by one thread for all (http/serving/long_work.h).
constexpr std::uint64_t short_body_bytes = 256 * kibibyte;

// A connection that receives a body and has kept the room for its answers; and what TLS adds.
constexpr std::uint64_t connection_bytes = 96 * kibibyte;
constexpr std::uint64_t tls_bytes = 34 * kibibyte;
constexpr std::uint64_t connections_least = 256;

// What waits in a lane of a function, its batches, the call that is made of one, and the answer:
// each as long as a batch may be.
constexpr std::uint64_t call_bytes = 4 * engine::function_batch_bytes_max;

// What a budget is by itself, and how small it may become.
struct Wanted {
    std::string_view name;
    std::uint64_t bytes = 0;
    std::uint64_t least = 0;  // as large as `bytes` where it is fixed
    bool is_by_hand = false;
    std::string_view prefix{};  // of its name, in texts
    std::uint64_t unit = 0;     // the bytes of one of them, where they are counted
};

Wanted fixed(std::string_view name, std::uint64_t bytes) {
    return {.name = name, .bytes = bytes, .least = bytes};
}

std::uint64_t bytes_of_connection(const engine::ServerSettings& server) {
    return connection_bytes + (server.tls ? tls_bytes : 0);
}

std::uint64_t beyond(std::uint64_t there, std::uint64_t wanted) {
    return wanted - std::min(there, wanted);
}

// In the order in which freshet::http::MemoryShares has them.
enum Place : std::size_t {
    program,
    memtables,
    decoding,
    log_cache,
    state_cache,
    state_memtables,
    full_disk,
    queue,
    bodies,
    answers,
    streams,
    live,
    connections
};

std::vector<Wanted> wanted(const engine::Config& config) {
    const engine::LimitSettings& limits = config.limits;
    const auto budget = [&](std::string_view key, std::uint64_t bytes, std::uint64_t least) {
        const bool is_by_hand = limits.by_hand.contains(key);
        return Wanted{.name = key,
                      .bytes = bytes,
                      .least = is_by_hand ? bytes : std::min(bytes, least),
                      .is_by_hand = is_by_hand,
                      .prefix = "limits."};
    };
    const std::uint64_t body = limits.body_bytes;
    const Wanted waiting = budget("queue_bytes", limits.queue_bytes, limits.largest_batch_bytes());
    const std::uint64_t of_connection = bytes_of_connection(config.server);
    const std::uint64_t decoded =
        decoding_factor * (body + config.server.threads * short_body_bytes);
    Wanted of_connections = budget("connections", limits.connections * of_connection,
                                   connections_least * of_connection);
    of_connections.unit = of_connection;
    std::vector<Wanted> all = {
        fixed("the program", program_bytes),
        fixed("what the log writes", memtable_bytes),
        budget("body_bytes", decoded, decoded),
        {.name = "the cache of the log", .bytes = 32 * mebibyte, .least = 8 * mebibyte},
        {.name = "the cache of the state", .bytes = 256 * mebibyte, .least = 16 * mebibyte},
        {.name = "what the state writes", .bytes = 128 * mebibyte, .least = 32 * mebibyte},
        {.name = "a full disk",
         .bytes = beyond(waiting.bytes, 256 * mebibyte),
         .least = beyond(waiting.least, 16 * mebibyte),
         .prefix = "for "},
        waiting,
        budget("all_bodies_bytes", limits.all_bodies_bytes, std::max(16 * mebibyte, 2 * body)),
        budget("all_answers_bytes", limits.all_answers_bytes,
               std::max<std::uint64_t>(16 * mebibyte, limits.answer_bytes_max())),
        budget("all_streams_bytes", limits.all_streams_bytes, 16 * mebibyte),
        budget("live_bytes", limits.live_bytes, 8 * mebibyte),
        of_connections,
    };
    const std::size_t calls = engine::calls_at_a_time(config.functions);
    if (calls > 0) all.push_back(fixed("functions", calls * call_bytes));
    return all;
}

std::uint64_t least_of(const std::vector<Wanted>& budgets) {
    std::uint64_t least = 0;
    for (const Wanted& budget : budgets) least += budget.least;
    return least;
}

// Makes what may become smaller so small that all fits into `room`, each by the same part of what
// it can do without. Returns whether it does fit.
bool fit(std::vector<Wanted>& budgets, std::uint64_t room) {
    std::uint64_t most = 0;
    for (const Wanted& budget : budgets) most += budget.bytes;
    if (most <= room) return true;
    const std::uint64_t least = least_of(budgets);
    const double kept =
        least >= room ? 0 : static_cast<double>(room - least) / static_cast<double>(most - least);
    for (Wanted& budget : budgets) {
        const auto spare = static_cast<double>(budget.bytes - budget.least);
        budget.bytes = budget.least + static_cast<std::uint64_t>(spare * kept);
    }
    return least <= room;
}

std::uint64_t room_in(std::uint64_t limit) {
    return limit - limit / kept_share;
}

// Whole MiB, of which all but the kept share has room for `bytes`.
std::uint64_t limit_for(std::uint64_t bytes) {
    constexpr std::uint64_t used_of_mebibyte = mebibyte - mebibyte / kept_share;
    return (bytes + used_of_mebibyte - 1) / used_of_mebibyte * mebibyte;
}

std::string mebibytes(std::uint64_t bytes) {
    return std::to_string(bytes / mebibyte) + " MiB";
}

// As many as it is counted by.
std::string amount(const Wanted& budget, std::uint64_t bytes) {
    return budget.unit == 0 ? mebibytes(bytes) : std::to_string(bytes / budget.unit);
}

void append_item(std::string& list, const Wanted& budget, const std::string& text) {
    if (!list.empty()) list += ", ";
    list.append(budget.prefix).append(budget.name).append(" ").append(text);
}

std::string smaller_ones(const std::vector<Wanted>& asked, const std::vector<Wanted>& made) {
    std::string list;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        if (made[i].bytes == asked[i].bytes) continue;
        const std::string before = amount(asked[i], asked[i].bytes);
        append_item(list, asked[i], amount(made[i], made[i].bytes) + " (of " + before + ")");
    }
    return list;
}

// What the file sets, if all would fit without it; else empty.
std::string lower_by_hand(const std::vector<Wanted>& budgets, engine::Config config,
                          std::uint64_t room) {
    const std::size_t body_bytes = config.limits.body_bytes;
    config.limits = {};
    config.limits.body_bytes = std::min(config.limits.body_bytes, body_bytes);
    const std::vector<Wanted> lowered = wanted(config);
    if (least_of(lowered) > room) return "";
    std::string list;
    for (std::size_t i = 0; i < budgets.size(); ++i) {
        const bool is_high = budgets[i].is_by_hand && budgets[i].bytes > lowered[i].least;
        if (is_high) append_item(list, budgets[i], "(" + mebibytes(budgets[i].bytes) + ")");
    }
    return list;
}

// The most threads with which all would fit; 0: with none.
std::uint64_t threads_that_fit(const std::vector<Wanted>& budgets, const engine::Config& config,
                               std::uint64_t room) {
    constexpr std::uint64_t bytes_of_thread = decoding_factor * short_body_bytes;
    const std::uint64_t missing = least_of(budgets) - room;
    const std::uint64_t fewer = (missing + bytes_of_thread - 1) / bytes_of_thread;
    return config.server.threads - std::min<std::uint64_t>(fewer, config.server.threads);
}

// What a person can do where all does not fit though it is as small as it may be. Nothing is named
// that would not do by itself.
std::string remedy(const std::vector<Wanted>& budgets, const MemoryShares& made,
                   const engine::Machine& machine, const engine::Config& config) {
    const std::uint64_t room = room_in(made.limit);
    const std::uint64_t by_hand = config.limits.memory_bytes;
    const bool has_memory = machine.memory_bytes.value_or(made.needed) >= made.needed;
    std::string text = "With this configuration it needs at least " + mebibytes(made.needed) + ": ";
    if (has_memory) {
        text += "raise limits.memory_bytes to " + std::to_string(made.needed);
    } else {
        text += "give the process as much";
        const bool is_bound = by_hand != 0 && by_hand < made.needed;
        if (is_bound) text += ", and raise limits.memory_bytes to " + std::to_string(made.needed);
    }
    const std::string lower = lower_by_hand(budgets, config, room);
    if (!lower.empty()) text += ", or lower " + lower;
    const std::uint64_t threads = threads_that_fit(budgets, config, room);
    if (threads > 0) text += ", or set server.threads to " + std::to_string(threads);
    return text + " (docs/limits.md)";
}

}  // namespace

std::string MemoryShares::text() const {
    const std::string most = "at most " + mebibytes(planned);
    if (limit == 0) return most + "; how much there is is not known";
    const std::string of = planned > limit ? ", which is more than the " : " of the ";
    return most + of + mebibytes(limit) + " that " + limit_from + " lets it have";
}

MemoryShares share_memory(const engine::Machine& machine, const engine::Config& config) {
    MemoryShares made;
    made.limits = config.limits;
    const std::uint64_t by_hand = config.limits.memory_bytes;
    const bool is_own_limit = by_hand != 0 && by_hand <= machine.memory_bytes.value_or(by_hand);
    made.limit = is_own_limit ? by_hand : machine.memory_bytes.value_or(0);
    made.limit_from = is_own_limit ? "limits.memory_bytes" : machine.memory_from;

    const std::vector<Wanted> asked = wanted(config);
    std::vector<Wanted> budgets = asked;
    const std::uint64_t of_connection = bytes_of_connection(config.server);
    const std::uint64_t room = room_in(made.limit);
    const bool fits = made.limit == 0 || fit(budgets, room);
    for (const Wanted& budget : budgets) {
        made.shares.push_back({.name = budget.name, .bytes = budget.bytes});
        made.planned += budget.bytes;
    }
    const auto bytes = [&](Place place) { return static_cast<std::size_t>(budgets[place].bytes); };
    made.log_cache_bytes = bytes(log_cache);
    made.state_cache_bytes = bytes(state_cache);
    made.state_write_bytes = bytes(state_memtables);
    // On a full disk nothing waits to be written, so the room for that is there for the state.
    made.full_disk_bytes = bytes(full_disk) + bytes(queue);
    made.limits.queue_bytes = bytes(queue);
    made.limits.all_bodies_bytes = bytes(bodies);
    made.limits.all_answers_bytes = bytes(answers);
    made.limits.all_streams_bytes = bytes(streams);
    made.limits.live_bytes = bytes(live);
    made.limits.connections = bytes(connections) / of_connection;
    made.limits.memory_bytes = made.limit;
    made.limits.planned_bytes = made.planned;
    made.needed = limit_for(least_of(budgets));
    made.smaller = smaller_ones(asked, budgets);
    if (!fits) {
        made.warning = "clients can have this server hold " + mebibytes(made.planned) +
                       ", and of the " + mebibytes(made.limit) + " that " + made.limit_from +
                       " lets it have " + mebibytes(room) + " are for that: the system may end " +
                       "it. " + remedy(budgets, made, machine, config);
    }
    return made;
}

}  // namespace freshet::http
