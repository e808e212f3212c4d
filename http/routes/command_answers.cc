#include "http/routes/command_answers.h"

#include <utility>

#include "engine/text/json.h"
#include "http/messages/media_types.h"
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

std::optional<engine::ItemForm> form_of(const Request& request) {
    const std::string_view type = content_type(request);
    if (equal_ignoring_case(type, typed_json_type)) return engine::ItemForm::typed;
    if (equal_ignoring_case(type, json_type)) return engine::ItemForm::plain;
    const bool is_patch = request.method == "PATCH" && equal_ignoring_case(type, merge_patch_type);
    return is_patch ? std::optional(engine::ItemForm::plain) : std::nullopt;
}

Answer wrong_type(const Request& request, std::string_view path, std::string_view example) {
    return problem(415,
                   "the body must be of the type application/json, or for what plain JSON cannot "
                   "say " +
                       std::string(typed_json_type) + ": curl -X " + std::string(request.method) +
                       " -H 'Content-Type: application/json' -d '" + std::string(example) + "' " +
                       request.server_url() + std::string(path));
}

Answer invalid_body(const std::vector<Fault>& faults) {
    return problem(422, count_of(faults) + in_body, faults);
}

Answer refused_answer(const CommandRefusal& refusal, std::string_view pointer,
                      std::string_view before, std::string members) {
    if (refusal.kind == RefusalKind::invalid) {
        std::vector<Fault> faults = refusal.faults;
        for (Fault& fault : faults) fault.pointer.insert(0, pointer);
        return problem(422, std::string(before) + count_of(faults) + in_body, faults, members);
    }
    const std::string status = status_members(refusal);
    if (!members.empty() && !status.empty()) members += ',';
    return problem(status_of(refusal.kind), std::string(before) + refusal.detail, {},
                   members + status);
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
