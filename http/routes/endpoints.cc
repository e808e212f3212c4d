#include "http/routes/endpoints.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "engine/access/grants.h"
#include "http/messages/query.h"
#include "http/routes/admin_refusal.h"
#include "http/routes/function_routes.h"
#include "http/routes/health_routes.h"
#include "http/routes/history_route.h"
#include "http/routes/index_route.h"
#include "http/routes/item_write_routes.h"
#include "http/routes/live_routes.h"
#include "http/routes/metrics_route.h"
#include "http/routes/parked_routes.h"
#include "http/routes/path_parts.h"
#include "http/routes/read_routes.h"
#include "http/routes/reconciliation_routes.h"
#include "http/routes/revocation_routes.h"
#include "http/routes/session_route.h"
#include "http/routes/sources_route.h"
#include "http/routes/status_route.h"
#include "http/routes/stream_routes.h"
#include "http/routes/subscribers_route.h"
#include "http/routes/table_route.h"
#include "http/routes/token_route.h"
#include "http/routes/transaction_route.h"
#include "http/routes/unread_routes.h"
#include "http/routes/web_routes.h"
#include "http/routes/write_routes.h"

namespace freshet::http {

namespace {

using engine::Catalog;

bool names_view(const Target& target, const Catalog& /*catalog*/) {
    return target.segments.size() >= 2 && target.segments.front() == "views";
}

bool is_below_items(const Target& target) {
    const auto& segments = target.segments;
    return segments.size() >= 3 && segments[0] == "tables" && segments[2] == "items";
}

bool ends_behind_item(const Target& target, const Catalog& catalog, std::string_view last) {
    if (!is_below_items(target)) return false;
    const engine::Table* table = catalog.table(target.segments[1]);
    return table != nullptr && ends_behind_item(target, *table, last);
}

bool names_item_history(const Target& target, const Catalog& catalog) {
    return ends_behind_item(target, catalog, "history");
}

bool names_item_update(const Target& target, const Catalog& catalog) {
    return ends_behind_item(target, catalog, "update");
}

bool names_item(const Target& target, const Catalog& catalog) {
    return is_below_items(target) && !names_item_history(target, catalog) &&
           !names_item_update(target, catalog);
}

bool names_table(const Target& target, const Catalog& /*catalog*/) {
    return target.segments.size() == 2 && target.segments[0] == "tables";
}

bool names_sources(const Target& target, const Catalog& /*catalog*/) {
    const auto& segments = target.segments;
    return segments.size() == 3 && segments[0] == "tables" && segments[2] == "sources";
}

bool names_reconciliations(const Target& target, const Catalog& /*catalog*/) {
    const auto& segments = target.segments;
    return segments.size() == 3 && segments[0] == "tables" && segments[2] == "reconciliations";
}

bool names_reconciliation(const Target& target, const Catalog& /*catalog*/) {
    const auto& segments = target.segments;
    return segments.size() == 4 && segments[0] == "tables" && segments[2] == "reconciliations";
}

bool names_subscriber(const Target& target, const Catalog& /*catalog*/) {
    const auto& segments = target.segments;
    return segments.size() == 3 && segments[0] == "admin" && segments[1] == "subscribers";
}

// /functions/NAME/…, with so many segments behind `functions`.
bool names_function(const Target& target, std::size_t behind) {
    return target.segments.size() == behind + 1 && target.segments[0] == "functions";
}

bool names_function(const Target& target, const Catalog& /*catalog*/) {
    return names_function(target, 1);
}

bool names_function_pause(const Target& target, const Catalog& /*catalog*/) {
    return names_function(target, 2) && target.segments[2] == "pause";
}

bool names_function_resume(const Target& target, const Catalog& /*catalog*/) {
    return names_function(target, 2) && target.segments[2] == "resume";
}

bool names_function_place(const Target& target, const Catalog& /*catalog*/) {
    return names_function(target, 2) && target.segments[2] == "place";
}

bool names_function_try(const Target& target, const Catalog& /*catalog*/) {
    return names_function(target, 2) && target.segments[2] == "try";
}

bool names_parked(const Target& target, const Catalog& /*catalog*/) {
    return names_function(target, 2) && target.segments[2] == "parked";
}

bool names_parked_record(const Target& target, const Catalog& /*catalog*/) {
    return names_function(target, 3) && target.segments[2] == "parked";
}

bool names_unread_record(const Target& target, const Catalog& /*catalog*/) {
    const auto& segments = target.segments;
    return segments.size() == 3 && segments[0] == "records" && segments[1] == "parked";
}

bool names_public_view(const Target& target, const Catalog& catalog) {
    const auto is_public = [](const auto& view) {
        if constexpr (std::is_pointer_v<std::decay_t<decltype(view)>>) {
            return engine::is_public(view->access);
        } else {
            return false;  // there is none of that name
        }
    };
    return std::visit(is_public, catalog.view(target.segments[1]));
}

bool has_public_event(const Target& /*target*/, const Catalog& catalog) {
    return std::any_of(catalog.tables().begin(), catalog.tables().end(), [](const auto& table) {
        return std::any_of(table->events.begin(), table->events.end(),
                           [](const auto& rule) { return engine::is_public(rule.access); });
    });
}

// One of those that are named, or of the events beside them; each is then decided by itself.
bool names_public_source(const Target& target, const Catalog& catalog) {
    const std::vector<std::string> views = find_parameters(target, "view");
    const auto is_public = [&](const std::string& view) {
        const auto named = parse_target("/views/" + view);
        return named && named->segments.size() >= 2 && names_public_view(*named, catalog);
    };
    return std::any_of(views.begin(), views.end(), is_public) ||
           (find_parameter(target, "events") && has_public_event(target, catalog));
}

bool is_delete(const Request& request) {
    return request.method == "DELETE";
}

bool is_options(const Request& request) {
    return request.method == "OPTIONS";
}

// Some load balancers ask by OPTIONS.
bool is_question(const Request& request) {
    return is_read(request) || is_options(request);
}

// Whether the server is ready is for everybody; what it is building is not.
bool is_brief_question(const Request& request) {
    return is_question(request) && !find_parameter(request.target, "verbose");
}

// Orders are about where a table's records come from, and for those who administer it.
std::optional<Answer> check_table_order(const Call& call) {
    const auto table = administered_table(call.request, call.context.engine.catalog());
    if (!table) return table.error();
    if (!(*table)->is_direct) return std::nullopt;
    return problem(409, "table " + (*table)->name +
                            " is written directly (source = \"direct\"), and takes no records of a "
                            "stream or an export");
}

constexpr std::array endpoints{
    Endpoint{.path = "/records",
             .on_get = get_records,
             .on_stream = follow_records,
             .on_post = post_records,
             .check_body = check_records,
             .body_bytes_max = std::numeric_limits<std::size_t>::max()},
    Endpoint{.path = "/records/parked",
             .on_get = get_unread,
             .on_post = post_unread,
             .check_body = check_unread},
    Endpoint{.path = "/records/parked/{position}",
             .named = "/records/parked/POSITION",
             .takes = names_unread_record,
             .on_get = get_unread_record,
             .on_delete = delete_unread_record},
    Endpoint{.path = "/events",
             .shows_public = has_public_event,
             .on_stream = get_events,
             .on_post = post_events},
    Endpoint{.path = "/views/{view}/{key}",
             .named = "/views/VIEW/KEY, /views/LIST",
             .takes = names_view,
             .shows_public = names_public_view,
             .on_get = get_view,
             .on_stream = follow_view},
    Endpoint{.path = "/live", .shows_public = names_public_source, .on_stream = follow_live},
    Endpoint{.path = "/tables/{table}",
             .named = "/tables/TABLE",
             .takes = names_table,
             .on_get = get_table},
    Endpoint{.path = "/tables/{table}/items/{key}",
             .named = "/tables/TABLE/items/KEY",
             .takes = names_item,
             .on_get = get_item,
             .on_post = post_item,
             .on_put = put_item,
             .on_patch = patch_item,
             .check_body = check_item_write,
             .body_bytes_max = item_body_bytes_max,
             .on_delete = delete_item},
    Endpoint{.path = "/tables/{table}/items/{key}/history",
             .named = "/tables/TABLE/items/KEY/history",
             .takes = names_item_history,
             .on_get = get_history},
    Endpoint{.path = "/tables/{table}/items/{key}/update",
             .named = "/tables/TABLE/items/KEY/update",
             .takes = names_item_update,
             .on_post = update_item,
             .check_body = check_item_update,
             .body_bytes_max = item_body_bytes_max},
    Endpoint{.path = "/tables/{table}/sources",
             .named = "/tables/TABLE/sources",
             .takes = names_sources,
             .on_get = get_sources,
             .on_post = post_sources,
             .check_body = check_table_order},
    Endpoint{.path = "/tables/{table}/reconciliations",
             .named = "/tables/TABLE/reconciliations",
             .takes = names_reconciliations,
             .on_post = post_reconciliations,
             .check_body = check_table_order},
    Endpoint{.path = "/tables/{table}/reconciliations/{id}",
             .named = "/tables/TABLE/reconciliations/ID",
             .takes = names_reconciliation,
             .on_get = get_reconciliation,
             .on_post = post_reconciliation,
             .check_body = check_table_order,
             .on_delete = delete_reconciliation},
    Endpoint{.path = "/functions", .on_get = get_functions},
    Endpoint{.path = "/functions/{function}",
             .named = "/functions/NAME",
             .takes = names_function,
             .on_get = get_function},
    Endpoint{.path = "/functions/{function}/pause",
             .named = "/functions/NAME/pause",
             .takes = names_function_pause,
             .on_post = pause_function,
             .check_body = check_function},
    Endpoint{.path = "/functions/{function}/resume",
             .named = "/functions/NAME/resume",
             .takes = names_function_resume,
             .on_post = resume_function,
             .check_body = check_function},
    Endpoint{.path = "/functions/{function}/place",
             .named = "/functions/NAME/place",
             .takes = names_function_place,
             .on_post = place_function,
             .check_body = check_function},
    Endpoint{.path = "/functions/{function}/try",
             .named = "/functions/NAME/try",
             .takes = names_function_try,
             .on_post = try_function,
             .check_body = check_function},
    Endpoint{.path = "/functions/{function}/parked",
             .named = "/functions/NAME/parked",
             .takes = names_parked,
             .on_get = get_parked,
             .on_post = post_parked,
             .check_body = check_function},
    Endpoint{.path = "/functions/{function}/parked/{record}",
             .named = "/functions/NAME/parked/RECORD",
             .takes = names_parked_record,
             .on_get = get_parked_record,
             .on_post = post_parked_record,
             .on_put = put_parked_record,
             .check_body = check_function,
             .body_bytes_max = item_body_bytes_max,
             .on_delete = delete_parked_record},
    Endpoint{.path = "/transactions",
             .on_post = post_transactions,
             .check_body = check_transaction,
             .body_bytes_max = item_body_bytes_max},
    Endpoint{.path = "/tokens", .on_post = post_tokens, .check_body = check_tokens},
    Endpoint{.path = "/tokens/revoke", .on_post = post_revoke, .check_body = check_revoke},
    Endpoint{.path = "/tokens/revoked", .on_get = get_revoked},
    Endpoint{.path = "/session",
             .opens_to = is_delete,
             .on_post = post_session,
             .on_delete = delete_session},
    Endpoint{.path = "/status", .on_get = get_status},
    Endpoint{.path = "/metrics", .on_get = get_metrics},
    Endpoint{
        .path = "/admin/subscribers", .on_get = get_subscribers, .on_delete = delete_subscribers},
    Endpoint{.path = "/admin/subscribers/{id}",
             .named = "/admin/subscribers/ID",
             .takes = names_subscriber,
             .on_delete = delete_subscriber},
    Endpoint{
        .path = "/livez", .opens_to = is_question, .on_get = get_livez, .on_options = get_livez},
    Endpoint{.path = "/readyz",
             .opens_to = is_brief_question,
             .on_get = get_readyz,
             .on_options = get_readyz},
    Endpoint{.path = "/freshet.js", .opens_to = is_read, .on_get = get_client},
    Endpoint{.path = "/", .named = "and / names the tables and views", .on_get = get_index},
    Endpoint{.path = "*", .opens_to = is_options, .on_options = answer_options},
    Endpoint{.path = "file", .opens_to = is_read, .on_get = get_web_file},
    Endpoint{.path = "other"},  // what no other row takes
};

bool takes(const Endpoint& endpoint, const Target& target, const Catalog& catalog) {
    if (target.is_server) return endpoint.path == "*";
    if (endpoint.takes != nullptr) return endpoint.takes(target, catalog);
    if (target.segments.empty()) return endpoint.path == "/";
    std::string_view rest = endpoint.path;
    for (const std::string& segment : target.segments) {
        if (!rest.starts_with('/')) return false;
        rest.remove_prefix(1);
        if (segment.empty() || segment != rest.substr(0, rest.find('/'))) return false;
        rest.remove_prefix(segment.size());
    }
    return rest.empty();
}

bool announces_body(const Request& request) {
    return request.header("Transfer-Encoding") ||
           request.header("Content-Length").value_or("0") != "0";
}

// Appends the text with the prefix before each path in it.
void append_under(std::string& out, std::string_view prefix, std::string_view text) {
    char before = ' ';
    for (const char c : text) {
        if (c == '/' && before == ' ') out += prefix;
        out += c;
        before = c;
    }
}

Answer unknown_path(std::string_view prefix) {
    std::string text = "there is nothing at this path; there are ";
    for (const Endpoint& endpoint : endpoints) {
        if (!endpoint.path.starts_with('/')) break;
        if (&endpoint != endpoints.data()) text += ", ";
        append_under(text, prefix, endpoint.named.empty() ? endpoint.path : endpoint.named);
    }
    return problem(404, text);
}

std::string allowed_methods(const Endpoint& endpoint) {
    std::string allowed;
    const auto allow = [&allowed](Handler handler, std::string_view methods) {
        if (handler != nullptr) allowed.append(allowed.empty() ? "" : ", ").append(methods);
    };
    allow(endpoint.on_get != nullptr ? endpoint.on_get : endpoint.on_stream, "GET, HEAD");
    allow(endpoint.on_post, "POST");
    allow(endpoint.on_put, "PUT");
    allow(endpoint.on_patch, "PATCH");
    allow(endpoint.on_delete, "DELETE");
    allow(endpoint.on_options, "OPTIONS");
    return allowed;
}

}  // namespace

const Endpoint& endpoint_of(const Target& target, const Catalog& catalog) {
    return *std::find_if(endpoints.begin(), endpoints.end() - 1, [&](const Endpoint& endpoint) {
        return takes(endpoint, target, catalog);
    });
}

const Endpoint& no_endpoint() {
    return endpoints.back();
}

const Endpoint& web_endpoint() {
    return *(endpoints.end() - 2);
}

std::size_t row_of(const Endpoint& endpoint) {
    return static_cast<std::size_t>(&endpoint - endpoints.data());
}

std::vector<std::string_view> endpoint_paths() {
    std::vector<std::string_view> paths;
    paths.reserve(endpoints.size());
    for (const Endpoint& endpoint : endpoints) paths.push_back(endpoint.path);
    return paths;
}

Handler handler_of(const Endpoint& endpoint, const Request& request) {
    if (asks_for_stream(endpoint, request)) return endpoint.on_stream;
    if (is_read(request)) return endpoint.on_get != nullptr ? endpoint.on_get : endpoint.on_stream;
    if (request.method == "POST") return endpoint.on_post;
    if (request.method == "PUT") return endpoint.on_put;
    if (request.method == "PATCH") return endpoint.on_patch;
    if (is_options(request)) return endpoint.on_options;
    return is_delete(request) ? endpoint.on_delete : nullptr;
}

bool is_open_question(const Endpoint& endpoint, const Request& request) {
    return endpoint.opens_to != nullptr && endpoint.opens_to(request) && is_question(request);
}

bool asks_for_stream(const Endpoint& endpoint, const Request& request) {
    if (endpoint.on_stream == nullptr || !is_read(request)) return false;
    if (find_parameter(request.target, "wait_s")) return false;
    return endpoint.on_get == nullptr || wants_stream(request);
}

bool may_be_stream(const Endpoint& endpoint, const Request& request) {
    const bool is_only_stream = endpoint.on_stream != nullptr && endpoint.on_get == nullptr;
    return asks_for_stream(endpoint, request) || (request.method == "POST" && is_only_stream);
}

bool is_open(const Endpoint& endpoint, const Request& request) {
    return endpoint.opens_to != nullptr && !announces_body(request) && endpoint.opens_to(request);
}

bool is_for_nobody(const Endpoint& endpoint, const Request& request, const Catalog& catalog) {
    return endpoint.shows_public != nullptr && is_read(request) && !announces_body(request) &&
           endpoint.shows_public(request.target, catalog);
}

Answer refuse_method(const Endpoint& endpoint, std::string_view prefix) {
    if (&endpoint == &no_endpoint()) return unknown_path(prefix);
    const std::string allowed = allowed_methods(endpoint);
    Answer answer = problem(405, "this path takes only: " + allowed);
    answer.set("Allow", allowed);
    return answer;
}

}  // namespace freshet::http
