#include "http/routes/item_write_routes.h"

#include <xxhash.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/access/grants.h"
#include "engine/commands/command.h"
#include "engine/records/item_body.h"
#include "engine/records/pattern_json.h"
#include "engine/text/enum_words.h"
#include "engine/text/hexadecimal.h"
#include "engine/text/json.h"
#include "engine/values/item_form.h"
#include "http/messages/entity_tag.h"
#include "http/messages/idempotency_key.h"
#include "http/messages/media_types.h"
#include "http/messages/query.h"
#include "http/messages/target.h"
#include "http/routes/path_parts.h"
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
using engine::RefusalKind;
using engine::Table;
using storage::Idempotency;
using storage::Image;

// The form of the body; nothing if it is of another type.
std::optional<ItemForm> form_of(const Request& request) {
    const std::string_view type = content_type(request);
    if (equal_ignoring_case(type, typed_json_type)) return ItemForm::typed;
    if (equal_ignoring_case(type, json_type)) return ItemForm::plain;
    const bool is_patch = request.method == "PATCH" && equal_ignoring_case(type, merge_patch_type);
    return is_patch ? std::optional(ItemForm::plain) : std::nullopt;
}

// `behind` is what follows /tables/TABLE/items, and `example` a body.
Answer wrong_type(const Request& request, std::string_view behind, std::string_view example) {
    return problem(415,
                   "the body must be of the type application/json, or for what plain JSON cannot "
                   "say " +
                       std::string(typed_json_type) + ": curl -X " + std::string(request.method) +
                       " -H 'Content-Type: application/json' -d '" + std::string(example) + "' " +
                       request.server_url() + "/tables/" + request.target.segments[1] + "/items" +
                       std::string(behind));
}

Answer wrong_type(const Request& request) {
    return wrong_type(request, request.method == "POST" ? "" : "/KEY", R"({"status":"NEW"})");
}

Answer wrong_type_of_update(const Request& request) {
    return wrong_type(request, "/KEY/update", R"({"add":{"count":1}})");
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

// Which state of the item the client expects (RFC 9110, section 13.1).
engine::Precondition precondition_of(const Request& request) {
    engine::Precondition expected;
    for (const HeaderField& field : request.headers) {
        const bool is_match = equal_ignoring_case(field.name, "If-Match");
        if (!is_match && !equal_ignoring_case(field.name, "If-None-Match")) continue;
        if (is_match && !expected.match) expected.match.emplace();
        std::string_view list = field.value;
        while (const auto element = take_list_element(list)) {
            if (*element == "*") {
                (is_match ? expected.must_exist : expected.must_be_absent) = true;
                continue;
            }
            // A tag that is none of ours names no state.
            const auto state = state_named_by(*element);
            if (state) (is_match ? *expected.match : expected.none_match).push_back(*state);
        }
    }
    if (expected.must_exist) expected.match.reset();
    return expected;
}

// What the client asks the item to be like: `?if=`.
OrAnswer<std::optional<engine::Pattern>> condition_of(const Request& request) {
    const auto text = find_parameter(request.target, "if");
    if (!text) return std::optional<engine::Pattern>();
    auto pattern = engine::read_pattern_json(std::string(*text), "if");
    if (!pattern) return tl::unexpected(problem_of(pattern.error()));
    if (!*pattern) {
        return tl::unexpected(
            problem(400, count_of(pattern->error()) + " in `if`", pattern->error()));
    }
    return std::optional(**std::move(pattern));
}

// The command's parts that are known without a body: of an item that the path names, before the
// last `behind` segments.
OrAnswer<Command> command_of(const Call& call, const Table& table, CommandKind kind,
                             std::size_t behind = 0) {
    const Request& request = call.request;
    if (auto refusal = refuse_unknown_parameters(request.target, {"if"}, {"key"})) {
        return tl::unexpected(*std::move(refusal));
    }
    auto condition = condition_of(request);
    if (!condition) return tl::unexpected(std::move(condition.error()));
    const auto texts = key_of(request.target, table, item_key_begin, behind);
    if (!texts) return tl::unexpected(texts.error());
    auto name = engine::ItemName::from_texts(table, *texts);
    if (!name) return tl::unexpected(problem_of(name.error()));
    Command command{.table = &table,
                    .item = *std::move(name),
                    .kind = kind,
                    .precondition = precondition_of(request),
                    .caller = request.identity.caller};
    command.precondition.condition = *std::move(condition);
    if (table.demands_precondition && !command.precondition.names_state()) {
        return tl::unexpected(
            problem(428, "table " + table.name +
                             " takes a write only with the state that it is meant for: send "
                             "If-Match with the ETag of the item, or If-None-Match: * for one that "
                             "is new"));
    }
    return command;
}

Answer invalid(const std::vector<Fault>& faults) {
    return problem(422, count_of(faults) + " in the body; nothing was written", faults);
}

// Of PUT, PATCH and POST.
OrAnswer<Image> read_body(Request& request) {
    const auto form = form_of(request);
    if (!form) return tl::unexpected(wrong_type(request));
    auto document = engine::read_document(std::exchange(request.body, {}), *form);
    if (!document) return tl::unexpected(problem_of(document.error()));
    if (!*document) return tl::unexpected(invalid(document->error()));
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

std::string item_path(const std::string& prefix, const Table& table, const ItemName& name) {
    Target target{.segments = {"tables", table.name, "items"}, .query = {}};
    add_key(target, name.texts(table));
    return prefix + format_target(target);
}

Answer item_done_answer(const CommandDone& done, const Asked& asked) {
    std::string json = R"({"position":)" + std::to_string(done.newest.value) + R"(,"status":")";
    json += engine::word_of(done.effect);
    json += R"(","key":)" + (done.replayed ? done.replayed->json() : asked.key) + "}\n";
    Answer answer = json_answer(std::move(json));
    if (done.effect == CommandEffect::created) {
        answer.status = 201;
        answer.set("Location", done.replayed ? item_path(asked.prefix, *asked.table, *done.replayed)
                                             : asked.path);
    }
    answer.set("ETag", item_tag(done.newest, asked.fingerprint));
    return answer;
}

Answer done_answer(const CommandDone& done, const Asked& asked) {
    Answer answer = asked.is_delete ? Answer(204) : item_done_answer(done, asked);
    if (done.replayed) answer.set("Idempotent-Replayed", "true");
    return answer;
}

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

Answer refused_answer(const CommandRefusal& refusal, const Asked& asked) {
    const auto status = [&] {
        switch (refusal.kind) {
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
    };
    Answer answer = refusal.kind == RefusalKind::invalid
                        ? invalid(refusal.faults)
                        : problem(status(), refusal.detail, {}, status_members(refusal));
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

// What the request asks for, in few characters: the same of a request that is sent again.
std::string payload_of(const Request& request, const SentImages& body) {
    std::string text = std::string(request.method) + ' ' + format_target(request.target);
    for (const Image* image : body) {
        text += '\n';
        if (image != nullptr) engine::append_item_json(text, image->view(), ItemForm::typed);
    }
    const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
    std::string digits;
    engine::append_hexadecimal(digits, hash.high64, 16);
    engine::append_hexadecimal(digits, hash.low64, 16);
    return digits;
}

// The name of the write.
OrAnswer<std::optional<Idempotency>> idempotency_of(const Request& request,
                                                    const SentImages& body) {
    auto key = idempotency_key_of(request);
    if (!key) return tl::unexpected(std::move(key.error()));
    if (!*key) return std::optional<Idempotency>();
    const engine::Caller& caller = request.caller();
    if (caller.subject.empty() && request.identity.caller != engine::everybody()) {
        return tl::unexpected(
            problem(400,
                    "an Idempotency-Key is kept for its caller, and these credentials do not "
                    "name one: they need a `sub`"));
    }
    return Idempotency{
        .caller = caller.subject, .key = **std::move(key), .payload = payload_of(request, body)};
}

// What the command's documents take.
std::size_t bytes_of(const Command& command) {
    std::size_t bytes = command.document ? command.document->bytes().size() : 0;
    if (!command.update) return bytes;
    for (const Image* image : images_of(*command.update)) {
        if (image != nullptr) bytes += image->bytes().size();
    }
    return bytes;
}

NextStep submit(const Request& request, Command command, std::optional<Idempotency> idempotency) {
    Asked asked{.table = command.table,
                .prefix = request.prefix,
                .path = item_path(request.prefix, *command.table, command.item),
                .key = command.item.json(),
                .fingerprint = table_fingerprint(command.table->name),
                .is_delete = command.kind == CommandKind::remove};
    engine::ChangeBatch batch;
    batch.bytes = bytes_of(command);
    batch.client = client_of(request);
    batch.commands.push_back(std::move(command));
    batch.idempotency = std::move(idempotency);
    auto answer = [asked = std::move(asked)](const Result<engine::Receipt>& receipt) {
        if (!receipt) return problem_of(receipt.error());
        Answer made = receipt->refused_command
                          ? refused_answer(receipt->refused_command->refusal, asked)
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
    auto idempotency = idempotency_of(call.request, {&*body});
    if (!idempotency) return idempotency.error();
    auto document = read(**table, command->item.keys.view(), body->view());
    if (!document) return invalid(document.error());
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
    if (precondition_of(request).names_state()) {
        return problem(400,
                       "POST makes a new item, which has no state that If-Match or "
                       "If-None-Match could name");
    }
    if (auto refusal = refuse_unknown_parameters(request.target, {})) return *std::move(refusal);
    const auto body = read_body(request);
    if (!body) return body.error();
    auto idempotency = idempotency_of(request, {&*body});
    if (!idempotency) return idempotency.error();
    const storage::ImageView sent = body->view();
    auto name = engine::item_made(**table, sent, [&] { return call.context.engine.unique_key(); });
    if (!name) return invalid(name.error());
    auto document = engine::document_of(**table, name->keys.view(), sent);
    if (!document) return invalid(document.error());
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
    if (!*update) return invalid(update->error());
    command->update = **std::move(update);
    auto idempotency = idempotency_of(request, images_of(*command->update));
    if (!idempotency) return idempotency.error();
    return submit(request, *std::move(command), *std::move(idempotency));
}

NextStep delete_item(const Call& call) {
    const auto table = written_table(call);
    if (!table) return table.error();
    auto command = command_of(call, **table, CommandKind::remove);
    if (!command) return command.error();
    auto idempotency = idempotency_of(call.request, {});
    if (!idempotency) return idempotency.error();
    return submit(call.request, *std::move(command), *std::move(idempotency));
}

}  // namespace freshet::http
