#include "http/index_route.h"

#include <string>

#include "engine/json.h"
#include "http/query.h"
#include "http/target.h"

namespace freshet::http {

namespace {

// The path of something with a `{part}` for each part of its key, as in URI templates.
class PathTemplate {
public:
    explicit PathTemplate(std::string_view folder) : text_(folder) {}

    PathTemplate& name(std::string_view name) {
        text_ += '/';
        append_percent_encoded(text_, name);
        return *this;
    }
    PathTemplate& fixed(std::string_view segment) {
        text_ += '/';
        text_ += segment;
        return *this;
    }
    PathTemplate& part(std::string_view part) {
        text_ += "/{";
        text_ += part;
        text_ += '}';
        return *this;
    }
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
};

void append_entry(std::string& out, std::string_view name, std::string_view kind,
                  const PathTemplate& path) {
    if (out.back() != '[') out += ',';
    out += "\n    {\"name\":";
    engine::append_json_string(out, name);
    if (!kind.empty()) {
        out += ",\"kind\":";
        engine::append_json_string(out, kind);
    }
    out += ",\"path\":";
    engine::append_json_string(out, path.text());
    out += '}';
}

}  // namespace

Answer index_answer(const engine::Catalog& catalog, const Request& request) {
    if (auto refusal = refuse_unknown_parameters(request.target, {})) return *refusal;
    std::string body = "{\n  \"tables\":[";
    for (const auto& table : catalog.tables()) {
        PathTemplate path("/tables");
        path.name(table->name).fixed("items");
        for (const engine::KeyPart& part : table->key) path.part(part.name);
        append_entry(body, table->name, "", path);
    }
    body += "],\n  \"views\":[";
    for (const auto& table : catalog.tables()) {
        for (const engine::ItemView& view : table->views) {
            PathTemplate path("/views");
            path.name(view.name);
            for (const engine::KeyPart& part : table->key) path.part(part.name);
            append_entry(body, view.name, "item", path);
        }
        for (const engine::ListView& list : table->lists) {
            PathTemplate path("/views");
            path.name(list.name);
            for (const engine::AttributePath& by : list.by) path.part(by.text());
            append_entry(body, list.name, "list", path);
        }
    }
    body += "],\n  \"records\":\"/records\"\n}\n";
    return json_answer(std::move(body));
}

}  // namespace freshet::http
