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
    std::string members = member_of(refused.index);
    if (refused.refusal.newest != storage::Position{}) {
        members += R"(,"etag":)";
        engine::append_json_string(members, item_tag(refused.refusal.newest, write.fingerprint));
    }
    return refused_answer(refused.refusal, engine::document_pointer(refused.index, write.kind),
                          name_of(write, refused.index), std::move(members));
}

bool may_write(const Request& request, const engine::Table& table) {
    return engine::may_write(request.caller(), table) != engine::Clearance::never;
}

Answer forbidden(const engine::Transaction::Forbidden& write) {
    return problem(403,
                   "these credentials do not admit to writing items of table " + write.table->name,
                   {}, member_of(write.index));
}

// Where the table demands to be told which state of the item is meant.
std::optional<Answer> refuse_write(const Command& command, std::size_t index) {
    const engine::Table& table = *command.table;
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
    const auto is_written = [&](const auto& table) {
        return table->is_direct && may_write(call.request, *table);
    };
    if (std::none_of(tables.begin(), tables.end(), is_written)) {
        return problem(403, "these credentials do not admit to writing items of any table");
    }
    if (form_of(call.request)) return std::nullopt;
    return wrong_type(call.request, "/transactions",
                      R"({"writes":[{"put":{"table":"TABLE","item":{}}}]})");
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
        .take_tags = take_tags,
        .make_key = [&] { return call.context.engine.unique_key(); },
        .may_write = [&](const engine::Table& table) { return may_write(request, table); }};
    const ItemForm form = form_of(request).value_or(ItemForm::plain);
    const std::size_t body_bytes = request.body.size();
    auto read = engine::read_transaction(call.context.engine.catalog(),
                                         std::exchange(request.body, {}), form, helpers);
    if (!read) return problem_of(read.error());
    if (!*read) return invalid_body(read->error());
    engine::Transaction& transaction = **read;
    if (transaction.forbidden) return forbidden(*transaction.forbidden);
    auto name = command_name(request, '\n' + transaction.text);
    if (!name) return std::move(name.error());

    std::vector<AskedWrite> asked;
    engine::ChangeBatch batch;
    batch.bytes = body_bytes;  // with its conditions
    for (Command& command : transaction.commands) {
        if (auto refusal = refuse_write(command, asked.size())) return *std::move(refusal);
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
