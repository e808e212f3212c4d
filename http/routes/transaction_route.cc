#include "http/routes/transaction_route.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/access/grants.h"
#include "engine/commands/command.h"
#include "engine/records/transaction_body.h"
#include "engine/text/enum_words.h"
#include "engine/text/json.h"
#include "http/messages/entity_tag.h"
#include "http/messages/media_types.h"
#include "http/messages/query.h"
#include "http/routes/command_answers.h"
#include "http/routes/command_name.h"
#include "http/routes/preconditions.h"
#include "http/routes/write_routes.h"

namespace freshet::http {
namespace {

using engine::Command;
using engine::CommandDone;
using engine::CommandEffect;
using engine::CommandKind;
using engine::ItemForm;

std::optional<ItemForm> form_of(const Request& request) {
    const std::string_view type = content_type(request);
    if (equal_ignoring_case(type, typed_json_type)) return ItemForm::typed;
    if (equal_ignoring_case(type, json_type)) return ItemForm::plain;
    return std::nullopt;
}

Answer wrong_type(const Request& request) {
    return problem(415,
                   "the body must be of the type application/json, or for what plain JSON "
                   "cannot say " +
                       std::string(typed_json_type) +
                       ": curl -X POST -H 'Content-Type: application/json' -d "
                       "'{\"writes\":[{\"put\":{\"table\":\"TABLE\",\"item\":{}}}]}' " +
                       request.server_url() + "/transactions");
}

std::string member_of(std::size_t write) {
    return R"("write":)" + std::to_string(write);
}

// What is needed of a write once it was handed in.
struct AskedWrite {
    const engine::Table* table = nullptr;
    CommandKind kind = CommandKind::put;
    std::string key;  // as JSON
    std::uint64_t fingerprint = 0;
};

std::string name_of(const AskedWrite& asked, std::size_t index) {
    return "write " + std::to_string(index) + ", of table " + asked.table->name + " and key " +
           asked.key + ": ";
}

std::string_view status_of(const AskedWrite& asked, CommandEffect effect) {
    return asked.kind == CommandKind::check ? "checked" : engine::word_of(effect);
}

void append_done(std::string& json, const AskedWrite& asked, const CommandDone& done) {
    json += R"({"table":)";
    engine::append_json_string(json, asked.table->name);
    json += R"(,"key":)" + (done.replayed ? done.replayed->json() : asked.key);
    json.append(R"(,"status":")").append(status_of(asked, done.effect));
    json += R"(","position":)" + std::to_string(done.newest.value);
    if (done.effect != CommandEffect::removed && done.newest != storage::Position{}) {
        json += R"(,"etag":)";
        engine::append_json_string(json, item_tag(done.newest, asked.fingerprint));
    }
    json += '}';
}

Answer done_answer(const engine::Receipt& receipt, const std::vector<AskedWrite>& asked) {
    std::string json = R"({"position":)" + std::to_string(receipt.position.value);
    json += R"(,"writes":[)";
    for (std::size_t i = 0; i < asked.size(); ++i) {
        if (i > 0) json += ',';
        append_done(json, asked[i], receipt.done[i]);
    }
    Answer answer = json_answer(json + "]}\n");
    if (receipt.done.front().replayed) answer.set("Idempotent-Replayed", "true");
    return answer;
}

Answer refusal_of(const engine::RefusedCommand& refused, const std::vector<AskedWrite>& asked) {
    const AskedWrite& write = asked[refused.index];
    return refused_answer(refused.refusal, write.fingerprint,
                          engine::document_pointer(refused.index, write.kind),
                          name_of(write, refused.index), member_of(refused.index));
}

// Whether the caller may ask that of its table at all.
std::optional<Answer> refuse_write(const Request& request, const Command& command,
                                   std::size_t index) {
    const engine::Table& table = *command.table;
    if (engine::may_write(request.caller(), table) == engine::Clearance::never) {
        return problem(403,
                       "these credentials do not admit to writing items of table " + table.name, {},
                       member_of(index));
    }
    if (!table.demands_precondition || command.precondition.names_state()) return std::nullopt;
    return problem(428,
                   "table " + table.name +
                       " takes a write only with the state that it is meant for: add ifMatch with "
                       "the ETag of the item, or \"ifNoneMatch\":\"*\" for one that is new",
                   {}, member_of(index));
}

}  // namespace

std::optional<Answer> check_transaction(const Call& call) {
    const auto& tables = call.context.engine.catalog().tables();
    const auto may_write = [&](const auto& table) {
        return table->is_direct &&
               engine::may_write(call.request.caller(), *table) != engine::Clearance::never;
    };
    if (std::none_of(tables.begin(), tables.end(), may_write)) {
        return problem(403, "these credentials do not admit to writing items of any table");
    }
    if (!form_of(call.request)) return wrong_type(call.request);
    return std::nullopt;
}

NextStep post_transactions(const Call& call) {
    Request& request = call.request;
    if (auto refusal = check_transaction(call)) return *std::move(refusal);
    if (auto refusal = refuse_unknown_parameters(request.target, {})) return *std::move(refusal);
    if (names_state(request)) {
        return problem(400,
                       "a transaction has no state of its own: its writes have ifMatch and "
                       "ifNoneMatch");
    }
    const engine::TransactionHelpers helpers{
        .take_tags = take_tags, .make_key = [&] { return call.context.engine.unique_key(); }};
    auto read = engine::read_transaction(
        call.context.engine.catalog(), std::exchange(request.body, {}), *form_of(request), helpers);
    if (!read) return problem_of(read.error());
    if (!*read) return invalid_body(read->error());
    engine::Transaction& transaction = **read;
    auto name = command_name(request, transaction.text);
    if (!name) return std::move(name.error());

    std::vector<AskedWrite> asked;
    engine::ChangeBatch batch;
    for (Command& command : transaction.commands) {
        if (auto refusal = refuse_write(request, command, asked.size())) return *std::move(refusal);
        command.caller = request.identity.caller;
        batch.bytes += documents_bytes(command);
        asked.push_back({.table = command.table,
                         .kind = command.kind,
                         .key = command.item.json(),
                         .fingerprint = table_fingerprint(command.table->name)});
    }
    batch.client = client_of(request);
    batch.commands = std::move(transaction.commands);
    batch.idempotency = *std::move(name);
    auto answer = [asked = std::move(asked)](const Result<engine::Receipt>& receipt) {
        if (!receipt) return problem_of(receipt.error());
        Answer made = receipt->refused_command ? refusal_of(*receipt->refused_command, asked)
                                               : done_answer(*receipt, asked);
        made.set("Freshet-Position", std::to_string(receipt->position.value));
        return made;
    };
    return RecordsToAppend{
        .batch = std::move(batch), .answer = std::move(answer), .is_plain = true};
}

}  // namespace freshet::http
