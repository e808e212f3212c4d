// What http/routes/endpoints.h promises.

#include "http/routes/endpoints.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "http/messages/target.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using support::must;

TEST(Endpoints, AreToldByTheirPaths) {
    const std::map<std::string, std::string> expected{
        {"/", "/"},
        {"/livez", "/livez"},
        {"/readyz", "/readyz"},
        {"/metrics", "/metrics"},
        {"/status", "/status"},
        {"/records", "/records"},
        {"/records?after=1", "/records"},
        {"/events?type=x", "/events"},
        {"/views/order/secret", "/views/{view}/{key}"},
        {"/live?view=order/secret", "/live"},
        {"/views/all-orders", "/views/{view}/{key}"},
        {"/tables/orders/items/secret", "/tables/{table}/items/{key}"},
        {"/tables/orders/items/secret/history", "/tables/{table}/items/{key}/history"},
        {"/tables/orders/items/history?key=secret", "/tables/{table}/items/{key}/history"},
        {"/tables/orders/items/history", "/tables/{table}/items/{key}"},
        {"/tables/orders/items?key=history", "/tables/{table}/items/{key}"},
        {"/tables/lines/items/secret/history", "/tables/{table}/items/{key}"},
        {"/tables/lines/items/secret/7/history", "/tables/{table}/items/{key}/history"},
        {"/tables/secret", "/tables/{table}"},
        {"/tables/orders/items/secret/update", "/tables/{table}/items/{key}/update"},
        {"/tables/orders/items/update?key=secret", "/tables/{table}/items/{key}/update"},
        {"/tables/orders/items/update", "/tables/{table}/items/{key}"},
        {"/tables/lines/items/secret/update", "/tables/{table}/items/{key}"},
        {"/tables/secret/items/a/history", "/tables/{table}/items/{key}"},
        {"/views", "other"},
        {"/secret", "other"},
        {"/records/secret", "other"},
        {"/records/parked", "/records/parked"},
        {"/records/parked/7", "/records/parked/{position}"},
        {"/records/parked/7/secret", "other"},
        {"/transactions", "/transactions"},
        {"/transactions/secret", "other"},
        {"/functions/secret", "/functions/{function}"},
        {"/functions/secret/parked/7", "/functions/{function}/parked/{record}"},
        {"/functions/secret/secret", "other"},
        {"/tokens/secret", "other"},
        {"/tokens/revoke/secret", "other"},
        {"/tokens/revoke/", "/tokens/revoke"},
        {"/views/all-orders/", "/views/{view}/{key}"},
        {"/tables/orders/items/secret/history/", "/tables/{table}/items/{key}/history"},
        {"//", "other"},
        {"*", "*"},
        {"/*", "other"},
        {"/tokens%2Frevoke", "other"},
        {"/tokensrevoke", "other"},
        {"/tables/orders/secret", "other"},
        {"/other", "other"},
        {"/admin/subscribers", "/admin/subscribers"},
        {"/admin/subscribers/secret", "/admin/subscribers/{id}"},
        {"/admin/secret", "other"},
        {"/freshet.js", "/freshet.js"},
    };
    const engine::Config config = shop_config();
    for (const auto& [target, path] : expected) {
        const Target parsed = must(parse_target(target));
        EXPECT_EQ(endpoint_of(parsed, *config.catalog).path, path) << target;
    }
}

TEST(Endpoints, HaveALabelEach) {
    const auto paths = endpoint_paths();

    EXPECT_EQ(std::set<std::string_view>(paths.begin(), paths.end()).size(), paths.size());
    EXPECT_EQ(paths.at(row_of(no_endpoint())), "other");
}

TEST(Endpoints, AreNamedWhereThereIsNone) {
    RouteShop shop;

    EXPECT_NE(
        shop.get("/nothing")
            .body.find(
                "there is nothing at this path; there are /records, /records/parked, "
                "/records/parked/POSITION, /events, /views/VIEW/KEY, /views/LIST, /live, "
                "/tables/TABLE, /tables/TABLE/items/KEY, "
                "/tables/TABLE/items/KEY/history, "
                "/tables/TABLE/items/KEY/update, "
                "/tables/TABLE/sources, /tables/TABLE/reconciliations, "
                "/tables/TABLE/reconciliations/ID, /functions, /functions/NAME, "
                "/functions/NAME/pause, /functions/NAME/resume, /functions/NAME/place, "
                "/functions/NAME/try, /functions/NAME/parked, /functions/NAME/parked/RECORD, "
                "/transactions, "
                "/tokens, /tokens/revoke, /tokens/revoked, /session, /status, /metrics, "
                "/admin/subscribers, /admin/subscribers/ID, /livez, /readyz, /freshet.js, and / "
                "names the tables and views"),
        std::string::npos);
}

TEST(Endpoints, SayWhichMethodsTheyTake) {
    const std::map<std::string, std::string> expected{
        {"/", "GET, HEAD"},
        {"/records", "GET, HEAD, POST"},
        {"/records/parked", "GET, HEAD, POST"},
        {"/records/parked/7", "GET, HEAD, DELETE"},
        {"/events", "GET, HEAD, POST"},
        {"/views/order/a", "GET, HEAD"},
        {"/tokens", "POST"},
        {"/transactions", "POST"},
        {"/functions", "GET, HEAD"},
        {"/functions/any/pause", "POST"},
        {"/functions/any/parked", "GET, HEAD, POST"},
        {"/functions/any/parked/7", "GET, HEAD, POST, PUT, DELETE"},
        {"/session", "POST, DELETE"},
        {"/tokens/revoke", "POST"},
        {"/tokens/revoked", "GET, HEAD"},
        {"/live", "GET, HEAD"},
        {"/tables/orders/sources", "GET, HEAD, POST"},
        {"/admin/subscribers", "GET, HEAD, DELETE"},
        {"/admin/subscribers/7", "DELETE"},
        {"/freshet.js", "GET, HEAD"},
    };
    RouteShop shop;
    for (const auto& [target, methods] : expected) {
        const Answer answer = std::get<Answer>(shop.ask({"PATCH", target, {}, ""}));
        EXPECT_EQ(answer.status, 405) << target;
        EXPECT_EQ(answer.header("Allow"), methods) << target;
    }
}

}  // namespace
}  // namespace freshet::http
