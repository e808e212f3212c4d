#include "http/routes/item_write_routes.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/access/grants.h"
#include "engine/commands/command.h"
#include "engine/records/item_body.h"
#include "engine/text/enum_words.h"
#include "engine/text/json.h"
#include "engine/values/item_form.h"
#include "http/messages/entity_tag.h"
#include "http/messages/media_types.h"
#include "http/messages/query.h"
#include "http/messages/target.h"
#include "http/routes/command_answers.h"
#include "http/routes/command_name.h"
#include "http/routes/path_parts.h"
#include "http/routes/preconditions.h"
#include "http/routes/write_routes.h"

namespace freshet::http {

namespace {

using engine::Command;
using engine::CommandDone;
using engine::CommandEffect;
using engine::CommandKind;
using engine::CommandRefusal;
using engine::Fault;
using engine::ItemForm;
using engine::ItemName;
using engine::Table;
using storage::Idempotency;
using storage::Image;

std::string items_path(const Request& request) {
    return "/tables/" + request.target.segments[1] + "/items";
}

Answer wrong_type(const Request& request) {
    const std::string_view key = request.method == "POST" ? "" : "/KEY";
    return wrong_type(request, items_path(request) + std::string(key), R"({"status":"NEW"})");
}

Answer wrong_type_of_update(const Request& request) {
    return wrong_type(request, items_path(request) + "/KEY/update", R"({"add":{"count":1}})");
}

OrAnswer<const Table*> written_table(const Call& call) {
    const std::string& name = call.request.target.segments[1];
    const Table* table = call.context.engine.catalog().table(name);
    if (table == nullptr) return tl::unexpected(problem(404, "there is no table '" + name + "'"));
    if (!table->is_direct) {
        return tl::unexpected(
            problem(409, "table " + name +
                             " takes the records of a stream, by POST /records, and is not written "
                             "directly: that needs source = \"direct\" in its declaration"));
    }
    if (engine::may_write(call.request.caller(), *table) == engine::Clearance::never) {
        return tl::unexpected(
            problem(403, "these credentials do not admit to writing items of table " + name));
    }
    return table;
}

// The command's parts that are known without a body: of an item that the path names, before the
// last `behind` segments.
OrAnswer<Command> command_of(const Call& call, const Table& table, CommandKind kind,
                             std::size_t behind = 0) {
    const Request& request = call.request;
    if (auto refusal = refuse_unknown_parameters(request.target, {"if"}, {"key"})) {
        return tl::unexpected(*std::move(refusal));
    }
    auto precondition = precondition_of(request);
    if (!precondition) return tl::unexpected(std::move(precondition.error()));
    const auto texts = key_of(request.target, table, item_key_begin, behind);
    if (!texts) return tl::unexpected(texts.error());
    auto name = engine::ItemName::from_texts(table, *texts);
    if (!name) return tl::unexpected(problem_of(name.error()));
    Command command{.table = &table,
                    .item = *std::move(name),
                    .kind = kind,
                    .precondition = *std::move(precondition),
                    .caller = request.identity.caller};
    if (table.demands_precondition && !command.precondition.names_state()) {
        return tl::unexpected(
            problem(428, "table " + table.name +
                             " takes a write only with the state that it is meant for: send "
                             "If-Match with the ETag of the item, or If-None-Match: * for one that "
                             "is new"));
    }
    return command;
}

// Of PUT, PATCH and POST.
OrAnswer<Image> read_body(Request& request) {
    const auto form = form_of(request);
    if (!form) return tl::unexpected(wrong_type(request));
    auto document = engine::read_document(std::exchange(request.body, {}), *form);
    if (!document) return tl::unexpected(problem_of(document.error()));
    if (!*document) return tl::unexpected(invalid_body(document->error()));
    return **std::move(document);
}

// What is needed of a command once it was handed in.
struct Asked {
    const Table* table = nullptr;
    std::string prefix;  // as Request::prefix
    std::string path;
    std::string key;  // as JSON
    std::uint64_t fingerprint = 0;
    bool is_delete = false;
};

Answer item_done_answer(const CommandDone& done, const Asked& asked) {
    std::string json = R"({"position":)" + std::to_string(done.newest.value) + R"(,"status":")";
    json += engine::word_of(done.effect);
    json += R"(","key":)" + (done.replayed ? done.replayed->json() : asked.key);
    const std::string tag = item_tag(done.newest, asked.fingerprint);
    json += R"(,"etag":)";
    engine::append_json_string(json, tag);
    Answer answer = json_answer(std::move(json) + "}\n");
    if (done.effect == CommandEffect::created) {
        answer.status = 201;
        answer.set("Location", done.replayed ? item_path(asked.prefix, *asked.table, *done.replayed)
                                             : asked.path);
    }
    answer.set("ETag", tag);
    return answer;
}

Answer done_answer(const CommandDone& done, const Asked& asked) {
    Answer answer = asked.is_delete ? Answer(204) : item_done_answer(done, asked);
    if (done.replayed) answer.set("Idempotent-Replayed", "true");
    return answer;
}

Answer item_refused_answer(const CommandRefusal& refusal, const Asked& asked) {
    Answer answer = refused_answer(refusal);
    if (refusal.newest != storage::Position{}) {
        answer.set("ETag", item_tag(refusal.newest, asked.fingerprint));
    }
    return answer;
}

// What a body was read as, before a key was made for it. Null: a part that it does not have.
using SentImages = std::vector<const Image*>;

SentImages images_of(const engine::ItemUpdate& update) {
    SentImages images;
    for (const auto* part : {&update.set, &update.add, &update.taken}) {
        images.push_back(*part ? &**part : nullptr);
    }
    return images;
}

// What the request asks for: the same of a request that is sent again.
std::string text_of(const SentImages& body) {
    std::string text;
    for (const Image* image : body) {
        text += '\n';
        if (image != nullptr) engine::append_item_json(text, image->view(), ItemForm::typed);
    }
    return text;
}

NextStep submit(const Request& request, Command command, std::optional<Idempotency> idempotency) {
    Asked asked{.table = command.table,
                .prefix = request.prefix,
                .path = item_path(request.prefix, *command.table, command.item),
                .key = command.item.json(),
                .fingerprint = table_fingerprint(command.table->name),
                .is_delete = command.kind == CommandKind::remove};
    engine::ChangeBatch batch;
    batch.bytes = documents_bytes(command);
    batch.client = client_of(request);
    batch.commands.push_back(std::move(command));
    batch.idempotency = std::move(idempotency);
    auto answer = [asked = std::move(asked)](const Result<engine::Receipt>& receipt) {
        if (!receipt) return problem_of(receipt.error());
        Answer made = receipt->refused_command
                          ? item_refused_answer(receipt->refused_command->refusal, asked)
                          : done_answer(receipt->done.front(), asked);
        made.set("Freshet-Position", std::to_string(receipt->position.value));
        return made;
    };
    return RecordsToAppend{
        .batch = std::move(batch), .answer = std::move(answer), .is_plain = true};
}

// Makes of what the body says the document that the command asks for.
using ReadDocument = engine::DocumentOr (*)(const Table& table, storage::ImageView keys,
                                            storage::ImageView document);

NextStep write_item(const Call& call, CommandKind kind, ReadDocument read) {
    const auto table = written_table(call);
    if (!table) return table.error();
    auto command = command_of(call, **table, kind);
    if (!command) return command.error();
    const auto body = read_body(call.request);
    if (!body) return body.error();
    auto idempotency = command_name(call.request, text_of({&*body}));
    if (!idempotency) return idempotency.error();
    auto document = read(**table, command->item.keys.view(), body->view());
    if (!document) return invalid_body(document.error());
    command->document = *std::move(document);
    return submit(call.request, *std::move(command), *std::move(idempotency));
}

}  // namespace

std::optional<Answer> check_item_write(const Call& call) {
    const auto table = written_table(call);
    if (!table) return table.error();
    const Request& request = call.request;
    if (request.method == "POST" && request.target.segments.size() > item_key_begin) {
        Answer refusal = problem(405, "POST makes the key of a new item, and is sent to /tables/" +
                                          (*table)->name +
                                          "/items: PUT writes the item of a key, and POST …/update "
                                          "changes it");
        refusal.set("Allow", "GET, HEAD, PUT, PATCH, DELETE");
        return refusal;
    }
    if (!form_of(request)) return wrong_type(request);
    return std::nullopt;
}

std::optional<Answer> check_item_update(const Call& call) {
    const auto table = written_table(call);
    if (!table) return table.error();
    if (!form_of(call.request)) return wrong_type_of_update(call.request);
    return std::nullopt;
}

NextStep put_item(const Call& call) {
    return write_item(call, CommandKind::put, engine::document_of);
}

NextStep patch_item(const Call& call) {
    return write_item(call, CommandKind::merge, engine::patch_of);
}

NextStep post_item(const Call& call) {
    const auto table = written_table(call);
    if (!table) return table.error();
    Request& request = call.request;
    if (names_state(request)) {
        return problem(400,
                       "POST makes a new item, which has no state that If-Match or "
                       "If-None-Match could name");
    }
    if (auto refusal = refuse_unknown_parameters(request.target, {})) return *std::move(refusal);
    const auto body = read_body(request);
    if (!body) return body.error();
    auto idempotency = command_name(request, text_of({&*body}));
    if (!idempotency) return idempotency.error();
    const storage::ImageView sent = body->view();
    auto name = engine::item_made(**table, sent, [&] { return call.context.engine.unique_key(); });
    if (!name) return invalid_body(name.error());
    auto document = engine::document_of(**table, name->keys.view(), sent);
    if (!document) return invalid_body(document.error());
    Command command{.table = *table,
                    .item = *std::move(name),
                    .kind = CommandKind::put,
                    .document = *std::move(document),
                    .precondition = {.must_be_absent = true},
                    .caller = request.identity.caller};
    return submit(request, std::move(command), *std::move(idempotency));
}

NextStep update_item(const Call& call) {
    const auto table = written_table(call);
    if (!table) return table.error();
    auto command = command_of(call, **table, CommandKind::update, 1);
    if (!command) return command.error();
    Request& request = call.request;
    const auto form = form_of(request);
    if (!form) return wrong_type_of_update(request);
    auto update = engine::read_update(**table, std::exchange(request.body, {}), *form);
    if (!update) return problem_of(update.error());
    if (!*update) return invalid_body(update->error());
    command->update = **std::move(update);
    auto idempotency = command_name(request, text_of(images_of(*command->update)));
    if (!idempotency) return idempotency.error();
    return submit(request, *std::move(command), *std::move(idempotency));
}

NextStep delete_item(const Call& call) {
    const auto table = written_table(call);
    if (!table) return table.error();
    auto command = command_of(call, **table, CommandKind::remove);
    if (!command) return command.error();
    auto idempotency = command_name(call.request, {});
    if (!idempotency) return idempotency.error();
    return submit(call.request, *std::move(command), *std::move(idempotency));
}

}  // namespace freshet::http
