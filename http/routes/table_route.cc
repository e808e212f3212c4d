#include "http/routes/table_route.h"

#include <string>
#include <string_view>
#include <vector>

#include "engine/access/grants.h"
#include "engine/text/json.h"
#include "http/messages/query.h"
#include "http/routes/schema_json.h"

namespace freshet::http {
namespace {

std::string_view type_word(storage::ValueType type) {
    switch (type) {
        case storage::ValueType::number:
            return "number";
        case storage::ValueType::binary:
            return "binary";
        default:
            return "string";
    }
}

void append_texts(std::string& json, std::string_view member,
                  const std::vector<std::string>& texts) {
    json += ",\"";
    json.append(member).append("\":[");
    for (const std::string& text : texts) {
        if (&text != texts.data()) json += ',';
        engine::append_json_string(json, text);
    }
    json += ']';
}

// One member, of an array with an object for each, which begins with its field. Left out if there
// are none.
template <class One, class Append>
void append_each(std::string& json, std::string_view member, const std::vector<One>& all,
                 Append append) {
    if (all.empty()) return;
    json += ",\"";
    json.append(member).append("\":[");
    for (const One& one : all) {
        if (&one != all.data()) json += ',';
        json += R"({"field":)";
        engine::append_json_string(json, one.field);
        append(one);
        json += '}';
    }
    json += ']';
}

// What a status decides, as it is declared; who may do it is left out.
void append_life(std::string& json, const engine::Table& table) {
    append_each(json, "transitions", table.transitions, [&](const engine::Transition& step) {
        append_texts(json, "from", step.from);
        json += R"(,"to":)";
        engine::append_json_string(json, step.to);
        if (step.touches) json += R"(,"touch":true)";
    });
    append_each(json, "editable", table.editable, [&](const engine::Editable& editable) {
        append_texts(json, "in", editable.in);
        append_texts(json, "attributes", editable.attributes);
    });
    append_each(json, "removable", table.removable, [&](const engine::Removable& removable) {
        append_texts(json, "in", removable.in);
    });
}

}  // namespace

NextStep get_table(const Call& call) {
    const Request& request = call.request;
    if (auto refusal = refuse_unknown_parameters(request.target, {})) return *std::move(refusal);
    const std::string& name = request.target.segments[1];
    const engine::Table* table = call.context.engine.catalog().table(name);
    if (table == nullptr) return problem(404, "there is no table '" + name + "'");
    const bool may_write =
        table->is_direct && engine::may_write(request.caller(), *table) != engine::Clearance::never;
    if (!may_write && !engine::may_administer(request.caller(), name)) {
        return problem(403, "these credentials do not admit to table " + name);
    }
    std::string json = R"({"name":)";
    engine::append_json_string(json, name);
    json += R"(,"key":[)";
    for (const engine::KeyPart& part : table->key) {
        if (&part != table->key.data()) json += ',';
        json += R"({"name":)";
        engine::append_json_string(json, part.name);
        json += R"(,"type":")" + std::string(type_word(part.type)) + "\"}";
    }
    json += R"(],"source":")";
    json += table->is_direct ? "direct" : "stream";
    json += '"';
    if (table->schema) {
        json += R"(,"schema":)";
        append_schema_json(json, *table);
    }
    append_life(json, *table);
    if (table->expires) {
        json += R"(,"expires":)";
        engine::append_json_string(json, *table->expires);
    }
    return json_answer(json + "}\n");
}

}  // namespace freshet::http
