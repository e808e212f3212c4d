#include "http/routes/table_route.h"

#include <string>
#include <string_view>

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
    return json_answer(json + "}\n");
}

}  // namespace freshet::http
