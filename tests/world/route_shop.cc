#include "tests/world/route_shop.h"

#include <cstdint>
#include <utility>
#include <variant>

#include "http/messages/request.h"
#include "http/messages/target.h"
#include "http/routes/endpoints.h"
#include "http/routes/web_routes.h"
#include "http/routes/write_routes.h"
#include "tests/support/must.h"
#include "tests/world/record_text.h"
#include "tests/world/tables.h"

namespace freshet::http {

engine::Config shop_config(const std::string& more) {
    const std::string text = support::server_section + "[limits]\nbody_bytes = 20000\n" +
                             support::orders_table("from = \"shop\"\n") + support::my_orders("pk") +
                             support::all_orders("pk") + support::lines_table() + more;
    return support::must(engine::parse_config(text, "shop.toml"));
}

std::string order_event(std::string_view kind, std::string_view id, int sequence,
                        std::string_view status) {
    using support::attribute;
    support::RecordText record =
        support::inserted(id, static_cast<std::uint64_t>(sequence),
                          attribute("status", status) + "," + attribute("creator", "ann"));
    record.event_name = support::json_text(kind);
    record.arn = R"("arn:aws:dynamodb:x:0:table/shop/stream/2026-01-01T00:00:00.000")";
    if (kind == "REMOVE") record.after.clear();
    return support::event_of(record.text());
}

NextStep next_step(const RouteContext& context, Request& request, std::chrono::sys_seconds now,
                   bool waited) {
    const Endpoint& endpoint = endpoint_of(context, request);
    if (auto answer = context.origins.preflight(request)) return *std::move(answer);
    if (auto refusal = refuse_stranger(context, request, endpoint, now)) return *std::move(refusal);
    return route(context, request, endpoint, now, waited);
}

RouteContext RouteShop::context() {
    return {.engine = engine(),
            .credentials = *credentials_,
            .origins = origins_,
            .subscribers = subscribers_,
            .metrics = *metrics_,
            .body_bytes_max = shop_config().limits.body_bytes};
}

RouteShop::RouteShop(const engine::Config& config) : RouteShop(config, "") {}

RouteShop::RouteShop(const engine::Config& config, std::string path)
    : engine_(config.catalog, {.path = std::move(path), .functions = config.functions}),
      auth_(config.auth) {
    origins_ = BrowserOrigins(config.server.origins);
    begin();
}

// What a server makes over its engine, which it forgets with the process.
void RouteShop::begin() {
    credentials_ = support::must(Credentials::load(auth_));
    metrics_ = std::make_unique<HttpMetrics>(
        engine().metrics(), endpoint_paths(),
        HttpMetrics::Gauges{
            .connections = [] { return std::size_t{0}; },
            .body_bytes = [] { return std::size_t{0}; },
            .subscribers = [this] { return subscribers_.summary(); },
            .revocations = [this] { return credentials_->revocations().counts(now); }});
    credentials_->hear_revocations(engine());
}

void RouteShop::restart(bool delete_state) {
    metrics_.reset();
    engine_.restart(delete_state);
    begin();
}

NextStep RouteShop::ask(const Asked& asked, bool waited) {
    Request request;
    request.method = asked.method;
    request.raw_target = asked.target;
    request.target = support::must(parse_target(asked.target));
    request.headers.push_back({"Host", "localhost:8080"});
    for (const std::string& header : asked.headers) {
        const std::size_t colon = header.find(": ");
        request.headers.push_back({std::string_view(header).substr(0, colon),
                                   std::string_view(header).substr(colon + 2)});
    }
    request.body = asked.body;
    return next_step(context(), request, now, waited);
}

Answer RouteShop::get(const std::string& target, std::vector<std::string> headers) {
    return std::get<Answer>(ask({"GET", target, std::move(headers), ""}));
}

Answer RouteShop::post(const std::string& body, const std::string& query,
                       std::vector<std::string> headers) {
    return settle(ask({"POST", "/records" + query, std::move(headers), body}));
}

Answer RouteShop::settle(NextStep step) {
    if (auto* answer = std::get_if<Answer>(&step)) return std::move(*answer);
    auto& records = std::get<RecordsToAppend>(step);
    return records.answer(engine_.append(std::move(records.batch)));
}

}  // namespace freshet::http
