#include "http/routes/command_answers.h"

#include <utility>

#include "engine/text/json.h"
#include "http/messages/entity_tag.h"
#include "http/messages/target.h"
#include "http/routes/path_parts.h"

namespace freshet::http {
namespace {

using engine::Command;
using engine::CommandRefusal;
using engine::Fault;
using engine::RefusalKind;

constexpr const char* in_body = " in the body; nothing was written";

// Where the item stands, and where its client may take it.
std::string status_members(const CommandRefusal& refusal) {
    if (!refusal.status) return {};
    std::string json = R"("field":)";
    engine::append_json_string(json, refusal.status->field);
    json += R"(,"current":)";
    if (const auto& current = refusal.status->current) {
        engine::append_json_string(json, *current);
    } else {
        json += "null";
    }
    json += R"(,"reachable":[)";
    for (const std::string& status : refusal.status->reachable) {
        if (&status != refusal.status->reachable.data()) json += ',';
        engine::append_json_string(json, status);
    }
    return json + ']';
}

int status_of(RefusalKind kind) {
    switch (kind) {
        case RefusalKind::forbidden:
            return 403;
        case RefusalKind::absent:
            return 404;
        case RefusalKind::precondition:
            return 412;
        case RefusalKind::conflict:
            return 409;
        case RefusalKind::invalid:
        case RefusalKind::other_payload:
            return 422;
    }
    return 500;
}

}  // namespace

Answer invalid_body(const std::vector<Fault>& faults) {
    return problem(422, count_of(faults) + in_body, faults);
}

Answer refused_answer(const CommandRefusal& refusal, std::uint64_t fingerprint,
                      std::string_view pointer, std::string_view before, std::string members) {
    Answer answer;
    if (refusal.kind == RefusalKind::invalid) {
        std::vector<Fault> faults = refusal.faults;
        for (Fault& fault : faults) fault.pointer.insert(0, pointer);
        answer = problem(422, count_of(faults) + in_body, faults, members);
    } else {
        const std::string status = status_members(refusal);
        if (!members.empty() && !status.empty()) members += ',';
        answer = problem(status_of(refusal.kind), std::string(before) + refusal.detail, {},
                         members + status);
    }
    if (refusal.newest != storage::Position{}) {
        answer.set("ETag", item_tag(refusal.newest, fingerprint));
    }
    return answer;
}

std::string item_path(const std::string& prefix, const engine::Table& table,
                      const engine::ItemName& name) {
    Target target{.segments = {"tables", table.name, "items"}, .query = {}};
    add_key(target, name.texts(table));
    return prefix + format_target(target);
}

std::size_t documents_bytes(const Command& command) {
    std::size_t bytes = command.document ? command.document->bytes().size() : 0;
    if (!command.update) return bytes;
    for (const auto* part : {&command.update->set, &command.update->add, &command.update->taken}) {
        if (*part) bytes += (*part)->bytes().size();
    }
    return bytes;
}

}  // namespace freshet::http
