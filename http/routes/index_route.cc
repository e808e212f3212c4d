#include "http/routes/index_route.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/access/grants.h"
#include "engine/text/json.h"
#include "engine/text/shown_text.h"
#include "http/messages/query.h"
#include "http/messages/target.h"
#include "http/routes/index_examples.h"
#include "http/routes/read_point_choice.h"

namespace freshet::http {

namespace {

using Parts = std::vector<std::string>;

// Where something is: a path of fixed segments, and the names of the parts that follow them.
class Place {
public:
    explicit Place(Parts segments) : fixed_{.segments = std::move(segments), .query = {}} {}
    void add_part(std::string_view name) { names_.emplace_back(name); }

    // With a `{name}` for each part, as in URI templates.
    [[nodiscard]] std::string as_template() const {
        std::string text = format_target(fixed_);
        for (const std::string& name : names_) text += "/{" + name + '}';
        return text;
    }

    [[nodiscard]] std::string with(const Parts& parts) const {
        Target target = fixed_;
        add_key(target, parts);
        return format_target(target);
    }

    // What comes before the parts.
    [[nodiscard]] std::string fixed() const { return format_target(fixed_); }

    [[nodiscard]] bool has_parts() const { return !names_.empty(); }

private:
    Target fixed_;
    Parts names_;
};

// Where the commands of this program look for a token, too.
constexpr std::string_view credential_option = "-H \"Authorization: Bearer $FRESHET_TOKEN\" ";

// What curl needs to write an item.
constexpr std::string_view put_options = "-X PUT -H 'Content-Type: application/json' -d '{}' ";

// The answer under construction.
class Index {
public:
    explicit Index(const Request& request)
        : server_(request.server_url()),
          prefix_(request.prefix),
          credential_(request.identity.caller == engine::everybody() ? "" : credential_option) {}

    void begin_array(std::string_view name) {
        body_ += body_.empty() ? "{\n  " : ",\n  ";
        append_name(name);
        body_ += '[';
    }
    void end_array() { body_ += ']'; }

    // An element that says where the items of a table are, and what may be asked of them. Without a
    // key, the line shows the template.
    void add_table(std::string_view name, const Place& place, const Parts& key, bool may_read,
                   bool may_write) {
        begin_element();
        append_member("name", name);
        append_place(place, key, may_read ? "" : put_options);
        if (may_write) {
            body_ += may_read ? R"(,"methods":["GET","PUT","PATCH","DELETE"])"
                              : R"(,"methods":["PUT","PATCH","DELETE"])";
            append_next_member("post", prefix_ + place.fixed());
            append_next_member("update", prefix_ + place.as_template() + "/update");
        }
        body_ += '}';
    }

    // Such an element of a view, which `live` names if it is the first that is known.
    void add_view(std::string_view name, std::string_view kind, const Place& place,
                  const Parts& parts) {
        begin_element();
        append_member("name", name);
        append_next_member("kind", kind);
        append_place(place, parts, "");
        body_ += '}';
        const bool is_known = !place.has_parts() || !parts.empty();
        if (is_known && live_query_.empty()) live_query_ = "?view=" + view_parameter(place, parts);
    }

    // A member that says where something is.
    void add_path(std::string_view name, std::string_view path, std::string_view query = "") {
        begin_path(name, path, "curl ", query);
        body_ += '}';
    }

    // Where several items are written at once.
    void add_transactions() {
        begin_path("transactions", "/transactions",
                   "curl -H 'Content-Type: application/json' -d '{\"writes\":[]}' ", "");
        body_ += '}';
    }

    void add_live() {
        begin_path("live", "/live", live_query_.empty() ? "curl -gN " : "curl -N ",
                   live_query_.empty() ? "?view={view}" : live_query_);
        body_ += '}';
    }

    // The same of the events, with the types and topics that are declared.
    void add_events(const std::vector<std::unique_ptr<engine::Table>>& tables,
                    const engine::Caller& caller) {
        begin_path("events", "/events", "curl -N ", "");
        body_ += ",\"types\":[";
        for (const auto& table : tables) {
            for (const engine::EventRule& rule : table->events) {
                const bool is_shown = may_watch(caller, rule) != engine::Clearance::never;
                if (is_shown) add_event(table->name, rule);
            }
        }
        body_ += "]}";
    }

    [[nodiscard]] std::string finish() && { return std::move(body_) + "\n}\n"; }

private:
    // `order/7c9e`, as a value of a query: of what a path escapes, only the escapes themselves have
    // a meaning there.
    static std::string view_parameter(const Place& place, const Parts& parts) {
        constexpr std::string_view before = "/views/";
        std::string value;
        for (const char c : place.with(parts).substr(before.size())) {
            if (c == '%') {
                value += "%25";
            } else if (c == '&') {
                value += "%26";
            } else {
                value += c;
            }
        }
        return value;
    }
    void begin_path(std::string_view name, std::string_view path, std::string_view command,
                    std::string_view query) {
        body_ += ",\n  ";
        append_name(name);
        body_ += '{';
        append_member("path", prefix_ + std::string(path));
        append_next_member("curl", line(command, std::string(path) + std::string(query)));
    }
    void add_event(std::string_view table, const engine::EventRule& rule) {
        begin_element();
        append_member("table", table);
        append_next_member("type", rule.type);
        append_next_member("topic", rule.topic.text.empty() ? rule.type : rule.topic.text);
        body_ += '}';
    }

    void append_place(const Place& place, const Parts& parts, std::string_view options) {
        append_next_member("path", prefix_ + place.as_template());
        const bool known = !place.has_parts() || !parts.empty();
        // -g: curl takes braces for a choice of several addresses.
        append_next_member("curl",
                           known ? line("curl " + std::string(options), place.with(parts))
                                 : line("curl -g " + std::string(options), place.as_template()));
    }

    void begin_element() { body_ += body_.back() == '[' ? "\n    {" : ",\n    {"; }
    void append_name(std::string_view name) {
        engine::append_json_string(body_, name);
        body_ += ':';
    }
    void append_member(std::string_view name, std::string_view value) {
        append_name(name);
        engine::append_json_string(body_, value);
    }
    void append_next_member(std::string_view name, std::string_view value) {
        body_ += ',';
        append_member(name, value);
    }
    [[nodiscard]] std::string line(std::string_view command, const std::string& target) const {
        return std::string(command) + std::string(credential_) +
               engine::shell_word(server_ + target);
    }

    std::string server_;  // its URL, with the prefix
    std::string prefix_;
    std::string_view credential_;
    std::string live_query_;
    std::string body_;
};

bool may_write_in(const engine::Table& table, const engine::Caller& caller) {
    return table.is_direct && engine::may_write(caller, table) != engine::Clearance::never;
}

// What the caller may do with its items, if anything.
void add_table(Index& index, const engine::Table& table, const Parts& key,
               const engine::Caller& caller) {
    const bool may_read = engine::may_administer(caller, table.name);
    const bool may_write = may_write_in(table, caller);
    if (!may_read && !may_write) return;
    Place place({"tables", table.name, "items"});
    for (const engine::KeyPart& part : table.key) place.add_part(part.name);
    index.add_table(table.name, place, key, may_read, may_write);
}

// Those of which the caller may read something.
void add_views(Index& index, const engine::Table& table, const Parts& key,
               const IndexExamples& examples, const engine::Caller& caller) {
    const auto is_shown = [&caller](const auto& view) {
        return may_read(caller, view) != engine::Clearance::never;
    };
    for (const engine::ItemView& view : table.views) {
        if (!is_shown(view)) continue;
        Place place({"views", view.name});
        for (const engine::KeyPart& part : table.key) place.add_part(part.name);
        index.add_view(view.name, "item", place, key);
    }
    for (const engine::ListView& list : table.lists) {
        if (!is_shown(list)) continue;
        Place place({"views", list.name});
        for (const engine::AttributePath& by : list.by) place.add_part(by.text());
        index.add_view(list.name, "list", place, examples.partition(list));
    }
    for (const engine::TotalView& total : table.totals) {
        if (!is_shown(total)) continue;
        Place place({"views", total.name});
        for (const engine::AttributePath& by : total.by) place.add_part(by.text());
        index.add_view(total.name, "total", place, examples.group(total));
    }
}

}  // namespace

Answer index_answer(const engine::Engine& engine, const Request& request) {
    if (auto refusal = refuse_unknown_parameters(request.target, {})) return *refusal;
    const auto& tables = engine.catalog().tables();
    const auto newest = engine.read_point();
    // Examples are keys of items, which are not everybody's to see.
    const bool sees_all = engine::may_administer_all(request.caller());
    IndexExamples examples(engine, newest && sees_all ? *newest : nullptr);
    std::vector<Parts> keys;
    keys.reserve(tables.size());
    for (const auto& table : tables) keys.push_back(examples.key(*table));

    Index index(request);
    index.begin_array("tables");
    for (std::size_t i = 0; i < tables.size(); ++i) {
        add_table(index, *tables[i], keys[i], request.caller());
    }
    index.end_array();
    index.begin_array("views");
    for (std::size_t i = 0; i < tables.size(); ++i) {
        add_views(index, *tables[i], keys[i], examples, request.caller());
    }
    index.end_array();
    const bool may_write = std::any_of(tables.begin(), tables.end(), [&](const auto& table) {
        return may_write_in(*table, request.caller());
    });
    if (may_write) index.add_transactions();
    index.add_live();
    index.add_events(tables, request.caller());
    index.add_path("records", "/records", "?limit=10");
    index.add_path("metrics", "/metrics");
    index.add_path("status", "/status");

    Answer answer = json_answer(std::move(index).finish());
    if (newest) set_state_headers(answer, **newest);
    return answer;
}

NextStep get_index(const Call& call) {
    return index_answer(call.context.engine, call.request);
}

}  // namespace freshet::http
