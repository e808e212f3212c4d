#include "http/routes/status_route.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/observing/process_usage.h"
#include "engine/reconciling/reconciliation.h"
#include "engine/text/enum_words.h"
#include "engine/text/json.h"
#include "engine/text/shown_text.h"
#include "engine/version.h"
#include "http/messages/query.h"
#include "http/routes/admin_refusal.h"
#include "http/routes/sources_route.h"
#include "http/streams/event_id.h"

namespace freshet::http {

namespace {

void append_queue(std::string& json, const engine::SequencerStatus& status) {
    json += R"(,"queue":{"bytes":)" + std::to_string(status.queued_bytes);
    json += R"(,"bytes_max":)" + std::to_string(status.queue_bytes_max) + '}';
}

void append_subscribers(std::string& json, const Subscribers::Summary& subscribers,
                        storage::Position head) {
    json += R"(,"subscribers":{"count":)" + std::to_string(subscribers.count);
    json += R"(,"slowest":)";
    if (subscribers.slowest) {
        const storage::Position slowest = std::min(*subscribers.slowest, head);
        json += R"({"position":)" + std::to_string(slowest.value);
        json += R"(,"behind":)" + std::to_string(head.value - slowest.value) + '}';
    } else {
        json += "null";
    }
    json += '}';
}

void append_live(std::string& json, const engine::LiveBoard::Load& live) {
    json += R"(,"live":{"views":)" + std::to_string(live.views);
    json += R"(,"watches":)" + std::to_string(live.watches);
    json += R"(,"refused":)" + std::to_string(live.refused) + '}';
}

// How many are in force, by what they name tokens by.
void append_revocations(std::string& json, const Revocations::Counts& revocations) {
    json += R"(,"revocations":{)";
    for (std::size_t i = 0; i < revocations.size(); ++i) {
        json += i == 0 ? "\"" : ",\"";
        json += engine::enum_words<storage::RevokedBy>[i];
        json += "\":" + std::to_string(revocations[i]);
    }
    json += '}';
}

std::string number_or_null(const std::optional<std::uint64_t>& number) {
    return number ? std::to_string(*number) : "null";
}

void append_disk(std::string& json, const storage::FolderUsage& folder, bool is_full) {
    json += R"(,"disk":{"full":)" + std::string(is_full ? "true" : "false");
    json += R"(,"free_bytes":)" + number_or_null(folder.disk_free_bytes);
    json += R"(,"ballast_bytes":)" + std::to_string(folder.ballast_bytes);
    json += R"(,"log_bytes":)" + number_or_null(folder.log_bytes);
    json += R"(,"state_bytes":)" + number_or_null(folder.state_bytes) + '}';
}

// What the process may have, has, and may come to have; 0 is what nobody knows.
void append_memory(std::string& json, const MemoryUse& memory) {
    const auto known = [](std::uint64_t bytes) {
        return bytes == 0 ? std::nullopt : std::optional(bytes);
    };
    const auto process = engine::process_usage();
    json += R"(,"threads":)" + number_or_null(known(process ? process->threads : 0));
    json += R"(,"memory":{"limit_bytes":)" + number_or_null(known(memory.limit_bytes));
    json += R"(,"planned_bytes":)" + number_or_null(known(memory.planned_bytes));
    json += R"(,"resident_bytes":)" + number_or_null(known(process ? process->resident_bytes : 0));
    for (const MemoryBudget& budget : memory.budgets) {
        json += ",\"" + std::string(budget.name) + R"(":{"bytes":)" + std::to_string(budget.bytes);
        json += R"(,"bytes_max":)" + std::to_string(budget.bytes_max) + '}';
    }
    json += '}';
}

bool is_write_stopped(const storage::FolderUsage& folder) {
    return (folder.log && folder.log->write_stopped) ||
           (folder.state && folder.state->write_stopped);
}

// Whether items expire as they should; nothing where no table has such.
void append_expiry(std::string& json, const engine::ExpiryStatus& expiry) {
    if (!expiry.is_on) return;
    json += R"(,"expiry":{"halted":)" + std::string(expiry.is_halted ? "true" : "false");
    json += R"(,"clock_moved_s":)" + std::to_string(expiry.clock_moved.count());
    json += R"(,"behind_s":)" + std::to_string(expiry.behind.count());
    json += R"(,"waiting":[)";
    for (const std::string& table : expiry.waiting) {
        if (&table != expiry.waiting.data()) json += ',';
        engine::append_json_string(json, table);
    }
    json += "]}";
}

// Nothing of a text that is empty.
void append_text(std::string& json, std::string_view name, std::string_view text) {
    if (text.empty()) return;
    json.append(",\"").append(name).append("\":");
    engine::append_quoted(json, text);
}

// Whether functions keep up; nothing where there are none.
void append_functions(std::string& json, const std::vector<engine::FunctionStatus>& functions) {
    if (functions.empty()) return;
    json += R"(,"functions":[)";
    for (const engine::FunctionStatus& function : functions) {
        if (&function != functions.data()) json += ',';
        json += R"({"name":)";
        engine::append_json_string(json, function.name);
        json += R"(,"state":")" + std::string(engine::word_of(function.state));
        json += R"(","behind":)" + std::to_string(function.behind);
        json += R"(,"age_s":)" + std::to_string(function.age.count());
        json += R"(,"parked":)" + std::to_string(function.feed.parked);
        append_text(json, "stopped", function.feed.stopped);
        append_text(json, "error", function.feed.error);
        json += '}';
    }
    json += ']';
}

// What is kept of records that could not be understood; nothing where there is none.
void append_unread(std::string& json, const std::optional<engine::UnreadTotal>& unread) {
    if (!unread || unread->records == 0) return;
    json += R"(,"parked":{"records":)" + std::to_string(unread->records);
    json += R"(,"bytes":)" + std::to_string(unread->bytes) + '}';
}

// How many duplicates looked newer than what won, and the last of them.
void append_suspicious(std::string& json, const engine::SuspiciousByTable& duplicates,
                       const std::string& table) {
    const auto found = duplicates.find(table);
    const bool are_some = found != duplicates.end();
    json += R"(,"suspicious_duplicates":)" + std::to_string(are_some ? found->second.count : 0);
    json += R"(,"last_suspicious":)";
    if (!are_some) {
        json += "null";
        return;
    }
    json += R"({"key":)";
    engine::append_quoted(json, found->second.key);
    json += R"(,"stream":)";
    engine::append_quoted(json, found->second.stream);
    json += R"(,"sequenceNumber":)";
    engine::append_quoted(json, found->second.sequence);
    json += R"(,"winner":)" + std::to_string(found->second.winner.value) + '}';
}

// The last stream that the table does not take; of no table, one that none takes.
void append_refused(std::string& json, const engine::RefusedByTable& refused,
                    const std::string& table) {
    const auto found = refused.find(table);
    if (found == refused.end()) {
        json += "null";
        return;
    }
    json += R"({"stream":)";
    engine::append_quoted(json, found->second.stream);
    json += R"(,"records":)" + std::to_string(found->second.records) + '}';
}

// From which streams each table takes, and what looks wrong with them.
void append_tables(std::string& json, const engine::Engine& engine,
                   const engine::SequencerStatus& status) {
    const auto read_point = engine.read_point();
    json += R"(,"tables":[)";
    bool is_first = true;
    for (const auto& table : engine.catalog().tables()) {
        if (!is_first) json += ',';
        is_first = false;
        json += R"({"name":)";
        engine::append_json_string(json, table->name);
        const auto lineage = read_point ? (*read_point)->lineage(*table)
                                        : Result<engine::Lineage>(fail(read_point.error()));
        json += R"(,"sources":)";
        if (lineage) {
            append_sources_json(json, *lineage);
            append_reconciled_json(json, *lineage);
        } else {
            json += "null";  // while the log is folded or mended
        }
        append_suspicious(json, status.suspicious, table->name);
        json += R"(,"refused_stream":)";
        append_refused(json, status.refused, table->name);
        json += '}';
    }
    json += R"(],"unknown_stream":)";
    append_refused(json, status.refused, "");
}

// What is under way; nothing if nothing is.
void append_reconciliation(std::string& json, const engine::Engine& engine) {
    const auto reconciliation = engine.reconciliation();
    if (!reconciliation || !reconciliation->is_open()) return;
    const engine::ReconciliationStatus status = reconciliation->glance();
    json += R"(,"reconciliation":{"table":)";
    engine::append_json_string(json, reconciliation->order().table->name);
    json += R"(,"id":")" + reconciliation->id();
    json += R"(","phase":")" + std::string(engine::word_of(status.phase));
    json += R"(","percent":)" + std::to_string(static_cast<int>(status.share * 100)) + '}';
}

}  // namespace

Answer status_answer(const engine::Engine& engine, const Subscribers::Summary& subscribers,
                     const Revocations::Counts& revocations, const Request& request,
                     const std::optional<MemoryUse>& memory) {
    if (auto refusal = refuse_unknown_parameters(request.target, {})) return *refusal;
    const engine::SequencerStatus status = engine.status();
    const storage::FolderUsage folder = engine.usage();

    std::string json = R"({"version":")" + std::string(engine::version());
    json += R"(","mode":")" + std::string(name_of(status.mode)) + '"';
    if (!status.fault.empty()) {
        json += R"(,"fault":)";
        engine::append_quoted(json, status.fault);
    }
    json += R"(,"epoch":")" + epoch_text(folder.head.epoch) + '"';
    json += R"(,"head":)" + std::to_string(folder.head.position.value);
    json += R"(,"folded":)" + std::to_string(status.folded.value);
    append_queue(json, status);
    json += R"(,"stalls":)" + std::to_string(status.stalls);
    json += R"(,"write_stopped":)" + std::string(is_write_stopped(folder) ? "true" : "false");
    json += R"(,"gaps":)" + std::to_string(status.gaps);
    append_tables(json, engine, status);
    append_reconciliation(json, engine);
    append_expiry(json, engine.expiry());
    append_functions(json, engine.function_statuses());
    append_unread(json, engine.unread());
    append_subscribers(json, subscribers, folder.head.position);
    append_live(json, engine.live().load());
    append_revocations(json, revocations);
    append_disk(json, folder, status.mode == engine::SequencerMode::read_only);
    if (memory) append_memory(json, *memory);
    json += R"(,"uptime_s":)" + std::to_string(engine.uptime().count());
    json += "}\n";
    return json_answer(std::move(json));
}

NextStep get_status(const Call& call) {
    if (auto refusal = refuse_unless_admin(call.request, "/status")) return *std::move(refusal);
    std::optional<MemoryUse> memory;
    if (call.context.memory) memory = call.context.memory();
    return status_answer(call.context.engine, call.context.subscribers.summary(),
                         call.context.credentials.revocations().counts(call.now), call.request,
                         memory);
}

}  // namespace freshet::http
