// Who gets what: every route and every view, for every kind of caller. A route or a view without a
// line here fails the test.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "http/credentials/credentials.h"
#include "http/credentials/token.h"
#include "http/routes/endpoints.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using support::must;

constexpr const char* secret = "a secret that both sides have had for long";
constexpr const char* secret_name = "FRESHET_TEST_TOKEN_SECRET";
constexpr const char* machine_key = "the-forwarders-own-key-of-many-letters";

// The digest is that of machine_key.
constexpr const char* config_text = R"(
[server]
listen = "127.0.0.1:0"

[auth]
keys     = [{ id = "k1", algorithm = "HS256", env = "FRESHET_TEST_TOKEN_SECRET" }]
audience = "shop"
sign_with = "k1"
machines = [
  { name = "forwarder", rights = ["ingest:orders"], sha256 = "MACHINE_DIGEST" },
]

[[table]]
name  = "orders"
key   = ["pk"]
from  = "shop"
owner = "creator"

[[table.view]]
name   = "order"
fields = ["id=pk", "status"]
access = ["owner"]

[[table.view]]
name   = "hidden-order"
like   = "order"
access = ["owner"]
hide   = true

[[table.view]]
name   = "staff-order"
like   = "order"
access = ["staff"]

[[table.view]]
name   = "tenant-order"
like   = "order"
access = [{ role = "agent", tenant = "{claims.tenant}" }]

[[table.view]]
name   = "public-order"
fields = ["id=pk"]
access = ["public"]

[[table.view]]
name   = "order-for-users"
fields = ["id=pk"]
access = ["signed-in"]

[[table.view]]
name = "whole-order"
like = "order"

[[table.list]]
name   = "my-orders"
by     = "creator"
like   = "order"
access = ["owner"]

[[table.list]]
name   = "all-orders"
like   = "order"
access = ["staff"]

[[table.list]]
name   = "tenant-orders"
by     = ["tenant"]
like   = "order"
access = [{ role = "agent", tenant = "{claims.tenant}" }]

[[table.total]]
name   = "tenant-counts"
by     = ["tenant", "status"]
values = ["count"]
access = [{ tenant = "{claims.tenant}" }, "staff"]

[[table.event]]
type   = "placed"
on     = "INSERT"
data   = ["id=pk"]
access = ["staff"]

[[table.event]]
type    = "status-changed"
topic   = "{pk}-status"
on      = "MODIFY"
changed = ["status"]
data    = ["id=pk", "status"]
access  = ["owner", "staff"]

[[table.event]]
type = "touched"
on   = "MODIFY"
data = ["id=pk"]

[[table]]
name = "lines"
key  = ["pk"]

[[table]]
name   = "drafts"
key    = ["pk"]
source = "direct"
owner  = "creator"
write  = ["owner", "staff"]
)";

std::string hex_digest(std::string_view text) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : digest_of(text)) {
        hex += digits[byte >> 4U];
        hex += digits[byte & 15U];
    }
    return hex;
}

engine::Config guarded_config() {
    setenv(secret_name, secret, 1);
    std::string text = config_text;
    const std::string_view placeholder = "MACHINE_DIGEST";
    text.replace(text.find(placeholder), placeholder.size(), hex_digest(machine_key));
    return must(engine::parse_config(text, "guarded.toml"));
}

std::string order_change(const std::string& kind, const std::string& id, int sequence,
                         const std::string& creator, const std::string& status) {
    const std::string key = R"("pk":{"S":")" + id + R"("})";
    return R"({"eventName":")" + kind + R"(","dynamodb":{"Keys":{)" + key +
           R"(},"SequenceNumber":")" + std::to_string(sequence) + R"(","NewImage":{)" + key +
           R"(,"creator":{"S":")" + creator + R"("},"status":{"S":")" + status +
           R"("},"tenant":{"S":"acme"}}}})";
}

struct Line {
    std::string target;
    std::array<int, 8> statuses;  // in the order of the callers
    std::string method = "GET";
    std::string body = {};
    std::string accept = "*/*";
};

class AdmissionMatrix : public ::testing::Test {
protected:
    AdmissionMatrix() {
        append(order_change("INSERT", "o-ann", 1, "ann", "OPEN"));
        append(order_change("INSERT", "o-bob", 1, "bob", "OPEN"));
    }

    void append(const std::string& record) {
        const Answer answer = shop.post(record, "?table=orders", as("admin"));
        ASSERT_EQ(answer.status, 200) << answer.body;
    }

    // Claims besides `aud` and `exp`.
    [[nodiscard]] std::string token(const std::string& claims, const std::string& audience = "shop",
                                    int seconds = 600) const {
        const auto key = must(TokenKey::hmac("k1", secret));
        const auto expires = shop.now.time_since_epoch().count() + seconds;
        return must(make_token(key, "{" + claims + R"(,"aud":")" + audience + R"(","exp":)" +
                                        std::to_string(expires) + "}"));
    }

    [[nodiscard]] std::string credential(const std::string& who) const {
        const std::string ann = R"("sub":"ann","role":"customer")";
        const std::string agent = R"("sub":"max","role":"agent","tenant":)";
        if (who == "forged") {
            std::string forged = token(ann);
            forged[forged.size() - 8] = forged[forged.size() - 8] == 'A' ? 'B' : 'A';
            return forged;
        }
        if (who == "expired") return token(ann, "shop", -31);
        if (who == "wrong audience") return token(ann, "other-shop");
        if (who == "other customer") return token(R"("sub":"bob","role":"customer")");
        if (who == "owner") return token(ann);
        if (who == "staff") return token(R"("sub":"eve","role":["staff"])");
        if (who == "claim met") return token(agent + R"("acme")");
        if (who == "claim not met") return token(agent + R"("other")");
        if (who == "narrowed") return token(ann + R"(,"grants":["read:my-orders"])");
        if (who == "machine") return machine_key;
        if (who == "unknown machine") return std::string(machine_key) + "x";
        return token(R"("sub":"root","role":"admin")");
    }

    [[nodiscard]] std::vector<std::string> as(const std::string& who) const {
        if (who == "nobody") return {"Content-Type: application/json"};
        return {"Content-Type: application/json", "Authorization: Bearer " + credential(who)};
    }

    // The answer, or how a stream begins, or one to records that are let in.
    Answer ask(const std::string& who, const std::string& method, const std::string& target,
               const std::string& body = "", const std::string& accept = "*/*") {
        std::vector<std::string> headers = as(who);
        headers.push_back("Accept: " + accept);
        NextStep step = shop.ask({method, target, headers, body});
        if (auto* stream = std::get_if<StreamToFollow>(&step)) return std::move(stream->head);
        const auto* write = std::get_if<RecordsToAppend>(&step);
        const bool is_direct = write != nullptr && !write->batch.commands.empty();
        if (is_direct || std::holds_alternative<Answer>(step)) return shop.settle(std::move(step));
        return Answer(200);
    }

    void expect(const std::string& who, const Line& line, int status) {
        SCOPED_TRACE(line.method + " " + line.target + " " + line.accept + " as " + who);
        const Answer answer = ask(who, line.method, line.target, line.body, line.accept);

        EXPECT_EQ(answer.status, status) << answer.body;
        if (answer.status < 400) return;
        EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
        EXPECT_EQ(answer.body.find("OPEN"), std::string::npos) << answer.body;
        EXPECT_EQ(answer.header("WWW-Authenticate").empty(), answer.status != 401);
    }

    RouteShop shop{guarded_config()};
};

// Of these nothing is known.
const std::vector<std::string> strangers = {"nobody", "forged", "expired", "wrong audience",
                                            "unknown machine"};
const std::vector<std::string> callers = {"other customer", "owner",    "staff",   "claim met",
                                          "claim not met",  "narrowed", "machine", "admin"};

const std::string one_order = order_change("MODIFY", "o-ann", 2, "ann", "OPEN");
const std::string one_line =
    R"({"eventName":"REMOVE","dynamodb":{"Keys":{"pk":{"S":"l"}},"SequenceNumber":"1"}})";
const std::string stream_type = "text/event-stream";

// clang-format off
const std::vector<Line> matrix = {
    //                                   other owner staff claim -not narrow machine admin
    {"/",                                    {200, 200, 200, 200, 200, 200, 200, 200}},
    {"/livez",                               {200, 200, 200, 200, 200, 200, 200, 200}},
    {"/readyz",                              {200, 200, 200, 200, 200, 200, 200, 200}},
    {"/readyz?verbose=1",                    {200, 200, 200, 200, 200, 200, 200, 200}},
    {"*",                                    {204, 204, 204, 204, 204, 204, 204, 204}, "OPTIONS"},
    {"/livez",                               {200, 200, 200, 200, 200, 200, 200, 200}, "OPTIONS"},
    {"/metrics",                             {403, 403, 403, 403, 403, 403, 403, 200}},
    {"/status",                              {403, 403, 403, 403, 403, 403, 403, 200}},
    {"/nothing/here",                        {404, 404, 404, 404, 404, 404, 404, 404}},
    {"/views/nothing",                       {404, 404, 404, 404, 404, 404, 404, 404}},

    {"/tokens/revoked",                      {403, 403, 403, 403, 403, 403, 403, 200}},
    {"/tokens/revoke",                       {405, 405, 405, 405, 405, 405, 405, 405}},
    {"/tokens/revoke",
                                             {403, 403, 403, 403, 403, 403, 403, 200}, "POST",
        R"({"sub":"zoe"})"},
    {"/tokens",                              {405, 405, 405, 405, 405, 405, 405, 405}},
    {"/tokens",
        {200, 200, 200, 200, 200, 403, 403, 200}, "POST", "{}"},
    {"/tokens",
        {403, 403, 403, 403, 403, 403, 403, 200}, "POST", R"({"sub":"zoe"})"},
    {"/tokens",
        {403, 403, 403, 403, 403, 403, 403, 200}, "POST", R"({"role":"admin"})"},

    {"/session",                             {405, 405, 405, 405, 405, 405, 405, 405}},
    {"/session",
        {204, 204, 204, 204, 204, 204, 400, 204}, "POST"},
    {"/session",
        {204, 204, 204, 204, 204, 204, 204, 204}, "DELETE"},

    {"/views/order/o-ann",                   {403, 200, 403, 403, 403, 403, 403, 200}},
    {"/views/order/o-bob",                   {200, 403, 403, 403, 403, 403, 403, 200}},
    {"/views/order/none",                    {404, 404, 404, 404, 404, 403, 403, 404}},
    {"/views/hidden-order/o-ann",            {404, 200, 404, 404, 404, 404, 404, 200}},
    {"/views/hidden-order/none",             {404, 404, 404, 404, 404, 404, 404, 404}},
    {"/views/staff-order/o-ann",             {403, 403, 200, 403, 403, 403, 403, 200}},
    {"/views/staff-order/none",              {403, 403, 404, 403, 403, 403, 403, 404}},
    {"/views/tenant-order/o-ann",            {403, 403, 403, 200, 403, 403, 403, 200}},
    {"/views/public-order/o-ann",            {200, 200, 200, 200, 200, 200, 200, 200}},
    {"/views/public-order/none",             {404, 404, 404, 404, 404, 404, 404, 404}},
    {"/views/order-for-users/o-ann",         {200, 200, 200, 200, 200, 403, 403, 200}},
    {"/views/whole-order/o-ann",             {403, 403, 403, 403, 403, 403, 403, 200}},

    {"/views/my-orders/ann",                 {403, 200, 403, 403, 403, 200, 403, 200}},
    {"/views/my-orders/bob",                 {200, 403, 403, 403, 403, 403, 403, 200}},
    {"/views/my-orders?me=1",                {200, 200, 200, 200, 200, 200, 403, 200}},
    {"/views/all-orders?me=1",               {400, 400, 400, 400, 400, 400, 400, 400}},
    {"/views/all-orders",                    {403, 403, 200, 403, 403, 403, 403, 200}},
    {"/views/tenant-orders/acme",            {403, 403, 403, 200, 403, 403, 403, 200}},
    {"/views/tenant-orders/other",           {403, 403, 403, 403, 200, 403, 403, 200}},
    {"/views/tenant-counts/acme/OPEN",       {403, 403, 200, 200, 403, 403, 403, 200}},
    {"/views/tenant-counts/acme",            {403, 403, 200, 200, 403, 403, 403, 200}},
    {"/views/tenant-counts",                 {403, 403, 200, 403, 403, 403, 403, 200}},

    {"/tables/orders/items/o-ann",           {403, 403, 403, 403, 403, 403, 403, 200}},
    {"/tables/orders/items/none",            {403, 403, 403, 403, 403, 403, 403, 404}},
    {"/tables/orders/items/o-ann?at=1",      {403, 403, 403, 403, 403, 403, 403, 200}},
    {"/tables/orders/items/o-ann/history",   {403, 403, 403, 403, 403, 403, 403, 200}},
    {"/tables/orders/items/o-ann",
        {409, 409, 409, 409, 409, 409, 409, 409}, "PUT", "{}"},
    {"/tables/orders",                       {403, 403, 403, 403, 403, 403, 403, 200}},
    {"/tables/drafts",                       {200, 200, 200, 200, 200, 403, 403, 200}},
    {"/tables/drafts/items/d",
        {403, 201, 200, 403, 403, 403, 403, 200}, "PUT", R"({"creator":"ann"})"},
    {"/tables/drafts/items/d",
        {403, 200, 200, 403, 403, 403, 403, 200}, "PATCH", R"({"x":1})"},
    {"/tables/drafts/items/d",               {403, 403, 403, 403, 403, 403, 403, 200}},
    {"/tables/drafts/items",
        {403, 201, 201, 403, 403, 403, 403, 201}, "POST", R"({"creator":"ann"})"},
    {"/tables/drafts/items/d/update",        {403, 200, 200, 403, 403, 403, 403, 200},
     "POST", R"({"add":{"n":1}})"},
    {"/tables/drafts/items/d",               // once it is gone, nobody's
        {403, 204, 204, 204, 204, 403, 403, 204}, "DELETE"},
    {"/transactions",                        {403, 200, 200, 403, 403, 403, 403, 200},
     "POST", R"({"writes":[{"put":{"table":"drafts","key":"t","item":{"creator":"ann"}}}]})"},
    {"/transactions",                        {403, 200, 200, 403, 403, 403, 403, 200},
     "POST", R"({"writes":[{"check":{"table":"drafts","key":"t","if":{"creator":["ann"]}}}]})"},
    {"/transactions",
        {422, 422, 422, 422, 422, 403, 403, 422},
     "POST", R"({"writes":[{"put":{"table":"orders","key":"t","item":{}}}]})"},
    {"/functions",                           {403, 403, 403, 403, 403, 403, 403, 200}},
    {"/functions/none",                      {403, 403, 403, 403, 403, 403, 403, 404}},
    {"/functions/none/pause",
        {403, 403, 403, 403, 403, 403, 403, 404}, "POST", "{}"},
    {"/functions/none/resume",
        {403, 403, 403, 403, 403, 403, 403, 404}, "POST", "{}"},
    {"/functions/none/place",
        {403, 403, 403, 403, 403, 403, 403, 404}, "POST", R"({"place":0})"},
    {"/functions/none/try",
        {403, 403, 403, 403, 403, 403, 403, 404}, "POST", "{}"},
    {"/functions/none/parked",               {403, 403, 403, 403, 403, 403, 403, 404}},
    {"/functions/none/parked",
        {403, 403, 403, 403, 403, 403, 403, 404}, "POST", R"({"do":"drop","all":true})"},
    {"/functions/none/parked/7",             {403, 403, 403, 403, 403, 403, 403, 404}},
    {"/functions/none/parked/7",
        {403, 403, 403, 403, 403, 403, 403, 404}, "PUT", "{}"},
    {"/functions/none/parked/7",
        {403, 403, 403, 403, 403, 403, 403, 404}, "DELETE"},
    {"/tables/orders/sources",               {403, 403, 403, 403, 403, 403, 403, 200}},
    {"/tables/orders/sources",
        {403, 403, 403, 403, 403, 403, 403, 200}, "POST", R"({"stream":"arn:aws:dynamodb:x:1:table/shop"})"},
    {"/tables/orders/reconciliations",
        {403, 403, 403, 403, 403, 403, 403, 422}, "POST", "{}"},
    {"/tables/orders/reconciliations/none",  {403, 403, 403, 403, 403, 403, 403, 404}},
    {"/tables/orders/reconciliations/none",
        {403, 403, 403, 403, 403, 403, 403, 404}, "POST", "{}"},
    {"/tables/orders/reconciliations/none",
        {403, 403, 403, 403, 403, 403, 403, 404}, "DELETE"},
    {"/records",                             {403, 403, 403, 403, 403, 403, 403, 200}},
    {"/records?table=orders",                {403, 403, 403, 403, 403, 403, 403, 200}},
    {"/records",
        {403, 403, 403, 403, 403, 403, 403, 200}, "GET", "", stream_type},
    {"/records?table=lines",
        {403, 403, 403, 403, 403, 403, 403, 200}, "GET", "", stream_type},
    {"/records?table=orders",
        {403, 403, 403, 403, 403, 403, 200, 200}, "POST", one_order},
    {"/records?table=lines",
        {403, 403, 403, 403, 403, 403, 403, 200}, "POST", one_line},
    {"/records?table=lines&partial=true",
        {403, 403, 403, 403, 403, 403, 403, 200}, "POST", one_line},

    {"/records?table=lines&bad=park",
        {403, 403, 403, 403, 403, 403, 403, 200}, "POST", one_line},
    {"/records/parked",                      {403, 403, 403, 403, 403, 403, 403, 200}},
    {"/records/parked",
        {403, 403, 403, 403, 403, 403, 403, 200}, "POST", R"({"do":"drop","all":true})"},
    {"/records/parked/7",                    {403, 403, 403, 403, 403, 403, 403, 404}},
    {"/records/parked/7",
        {403, 403, 403, 403, 403, 403, 403, 404}, "DELETE"},

    {"/events",                              {200, 200, 200, 200, 200, 403, 403, 200}},
    {"/events?type=placed",                  {403, 403, 200, 403, 403, 403, 403, 200}},
    {"/events?type=status-changed",          {200, 200, 200, 200, 200, 403, 403, 200}},
    {"/events?type=status-changed&type=touched",{403, 403, 403, 403, 403, 403, 403, 200}},
    {"/events?topic=o-ann-status",           {200, 200, 200, 200, 200, 403, 403, 200}},
    {"/events?topic=touched",                {403, 403, 403, 403, 403, 403, 403, 200}},
    {"/events?table=orders",                 {200, 200, 200, 200, 200, 403, 403, 200}},
    {"/events",
        {200, 200, 200, 200, 200, 403, 403, 200}, "POST", "{}"},
    {"/events",
        {403, 403, 200, 403, 403, 403, 403, 200}, "POST", R"({"type":"placed"})"},
    {"/events",                              {405, 405, 405, 405, 405, 405, 405, 405}, "DELETE"},

    {"/views/order/o-ann",
        {403, 200, 403, 403, 403, 403, 403, 200}, "GET", "", "text/event-stream"},
    {"/views/order/none",
        {200, 200, 200, 200, 200, 403, 403, 200}, "GET", "", "text/event-stream"},
    {"/views/hidden-order/o-ann",
        {200, 200, 200, 200, 200, 200, 200, 200}, "GET", "", "text/event-stream"},
    {"/views/all-orders",
        {403, 403, 200, 403, 403, 403, 403, 200}, "GET", "", "text/event-stream"},

    // Each view is decided by itself, and told to have ended to those who may not read it.
    {"/live?view=order/o-ann",               {200, 200, 200, 200, 200, 200, 200, 200}},
    {"/live?view=order/o-ann&events=all",    {200, 200, 200, 200, 200, 403, 403, 200}},
    {"/live?view=order/o-ann",               {405, 405, 405, 405, 405, 405, 405, 405}, "POST"},

    {"/admin/subscribers",                   {403, 403, 403, 403, 403, 403, 403, 200}},
    {"/admin/subscribers?subject=ada",
        {403, 403, 403, 403, 403, 403, 403, 200}, "DELETE"},
    {"/admin/subscribers/7",
        {403, 403, 403, 403, 403, 403, 403, 404}, "DELETE"},

    {"/freshet.js",                          {200, 200, 200, 200, 200, 200, 200, 200}},
};
// clang-format on

TEST_F(AdmissionMatrix, HoldsForEveryCaller) {
    const auto status_of_strangers = [](const Line& line, const std::string& who) {
        // A credential that is not valid is refused, whatever it is shown for.
        if (line.target.starts_with("/views/public-order/") && who == "nobody") {
            return line.statuses.front();
        }
        if (line.target == "*") return 204;
        if (line.target == "/livez" || line.target == "/readyz") return 200;
        if (line.target == "/freshet.js") return 200;
        return line.target == "/session" && line.method == "DELETE" ? 204 : 401;
    };
    for (const Line& line : matrix) {
        for (std::size_t i = 0; i < callers.size(); ++i) {
            expect(callers[i], line, line.statuses.at(i));
        }
        for (const std::string& stranger : strangers) {
            expect(stranger, line, status_of_strangers(line, stranger));
        }
    }
}

TEST_F(AdmissionMatrix, HasALineForEveryRouteAndView) {
    const engine::Catalog& catalog = shop.engine().catalog();
    std::set<const Endpoint*> seen;
    std::set<std::string> views;
    for (const Line& line : matrix) {
        const Target target = must(parse_target(line.target));
        seen.insert(&endpoint_of(target, catalog));
        if (target.segments.size() > 1 && target.segments[0] == "views") {
            views.insert(target.segments[1]);
        }
    }

    seen.insert(&web_endpoint());  // of files, for which there is no folder here
    EXPECT_EQ(seen.size(), endpoint_paths().size());
    for (const auto& table : catalog.tables()) {
        for (const auto& view : table->views) EXPECT_TRUE(views.contains(view.name)) << view.name;
        for (const auto& list : table->lists) EXPECT_TRUE(views.contains(list.name)) << list.name;
        for (const auto& total : table->totals) {
            EXPECT_TRUE(views.contains(total.name)) << total.name;
        }
    }
}

TEST_F(AdmissionMatrix, MeIsWhoeverAsks) {
    const auto mine = [this](const std::string& who) {
        return ask(who, "GET", "/views/my-orders?me=1").body;
    };
    EXPECT_EQ(mine("owner"), "{\"items\":[{\"id\":\"o-ann\",\"status\":\"OPEN\"}]}\n");
    EXPECT_EQ(mine("other customer"), "{\"items\":[{\"id\":\"o-bob\",\"status\":\"OPEN\"}]}\n");
    EXPECT_EQ(RouteShop().get("/views/my-orders?me=1").status, 400);
}

TEST_F(AdmissionMatrix, IsAskedAgainOfARequestThatOutlivesItsCredential) {
    Request request;
    request.method = "GET";
    request.target = must(parse_target("/views/my-orders/ann?min_position=7"));
    const std::string header = "Bearer " + credential("owner");
    request.headers.push_back({"Authorization", header});
    const RouteContext context = shop.context();
    const Endpoint& endpoint = endpoint_of(request.target, shop.engine().catalog());
    ASSERT_TRUE(std::holds_alternative<PositionToAwait>(next_step(context, request, shop.now)));
    const auto status_after = [&](int seconds) {
        const auto time = shop.now + std::chrono::seconds(seconds);
        const auto refusal = refuse_ended(context, request, endpoint, time);
        return refusal ? refusal->status : 200;
    };

    EXPECT_EQ(status_after(599), 200);
    EXPECT_EQ(status_after(629), 200);  // clocks may differ by as much
    EXPECT_EQ(status_after(631), 401);
}

TEST_F(AdmissionMatrix, ShowsExamplesOfItemsToAdminsOnly) {
    EXPECT_NE(ask("admin", "GET", "/").body.find("o-ann"), std::string::npos);
    EXPECT_EQ(ask("staff", "GET", "/").body.find("o-ann"), std::string::npos);
}

TEST_F(AdmissionMatrix, NamesNoViewThatTheCallerMayReadNothingOf) {
    const auto names = [this](const std::string& who, const std::string& target,
                              const std::string& view) {
        return ask(who, "GET", target).body.find(view) != std::string::npos;
    };
    for (const std::string target : {"/", "/views/nothing"}) {
        EXPECT_TRUE(names("staff", target, "staff-order")) << target;
        EXPECT_TRUE(names("staff", target, "all-orders")) << target;
        EXPECT_TRUE(names("owner", target, "my-orders")) << target;
        EXPECT_TRUE(names("owner", target, "public-order")) << target;
        EXPECT_FALSE(names("owner", target, "staff-order")) << target;
        EXPECT_FALSE(names("owner", target, "all-orders")) << target;
        EXPECT_FALSE(names("owner", target, "tenant-order")) << target;
    }
    EXPECT_TRUE(names("admin", "/", "/tables/lines/items"));
    EXPECT_FALSE(names("owner", "/", "/tables/lines/items"));
    EXPECT_TRUE(names("owner", "/", "/tables/drafts/items/{pk}")) << "which it may write";
    EXPECT_TRUE(names("owner", "/", "curl -g -X PUT")) << "and not read";
    EXPECT_FALSE(names("machine", "/", "/tables/drafts/items"));
    EXPECT_TRUE(names("staff", "/", "placed"));
    EXPECT_FALSE(names("owner", "/", "placed"));
}

// So nobody finds out what somebody else has named, and what has no name cannot be mistaken.
TEST_F(AdmissionMatrix, TheNameOfAWriteIsItsCallers) {
    const auto put = [this](const std::vector<std::string>& credential, const std::string& n) {
        std::vector<std::string> headers = credential;
        headers.emplace_back("Idempotency-Key: k");
        return shop.settle(shop.ask(
            {"POST", "/tables/drafts/items", headers, R"({"creator":"ann","n":)" + n + "}"}));
    };
    EXPECT_EQ(put(as("owner"), "1").status, 201);
    EXPECT_EQ(put(as("staff"), "2").status, 201) << "which another has used";

    EXPECT_EQ(put(as("owner"), "1").header("Idempotent-Replayed"), "true");
    EXPECT_EQ(put(as("owner"), "2").status, 422);
    const Answer nameless = put(
        {"Content-Type: application/json", "Authorization: Bearer " + token(R"("role":"staff")")},
        "1");
    EXPECT_EQ(nameless.status, 400);
    EXPECT_NE(nameless.body.find("they need a `sub`"), std::string::npos) << nameless.body;
}

class PushedEvents : public AdmissionMatrix {
protected:
    // What the caller hears of everything that happened after `position`: `type:id`, one after the
    // other.
    std::string hears(const std::string& who, const std::string& query = "",
                      const std::string& from = "earliest") {
        NextStep step = shop.ask({"GET", "/events?last_event_id=" + from + query, as(who), ""});
        auto* started = std::get_if<StreamToFollow>(&step);
        if (started == nullptr) return std::to_string(std::get<Answer>(step).status);
        std::string frames;
        while (!must(started->stream->fill(frames, 1U << 20U))) {
        }
        std::string heard;
        for (std::size_t at = 0; (at = frames.find("event: ", at)) != std::string::npos; ++at) {
            const std::size_t name = at + 7;
            const std::size_t id = frames.find(R"("id":")", at) + 6;
            heard += heard.empty() ? "" : " ";
            heard += frames.substr(name, frames.find('\n', name) - name) + ':' +
                     frames.substr(id, frames.find('"', id) - id);
        }
        return heard;
    }
};

TEST_F(PushedEvents, ACustomerHearsStatusChangesOfTheirOwnOrdersAndNothingElse) {
    append(order_change("MODIFY", "o-ann", 2, "ann", "BAKING"));
    append(order_change("MODIFY", "o-bob", 2, "bob", "BAKING"));
    append(order_change("MODIFY", "o-ann", 3, "ann", "BAKING"));

    EXPECT_EQ(hears("owner"), "status-changed:o-ann");
    EXPECT_EQ(hears("other customer"), "status-changed:o-bob");
    EXPECT_EQ(hears("other customer", "&key=o-ann"), "");
    EXPECT_EQ(hears("other customer", "&topic=o-ann-status"), "");
    EXPECT_EQ(hears("staff"),
              "placed:o-ann placed:o-bob status-changed:o-ann status-changed:o-bob");
    EXPECT_EQ(hears("admin"),
              "placed:o-ann placed:o-bob status-changed:o-ann status-changed:o-bob touched:o-ann");
    EXPECT_EQ(hears("machine"), "403");
    EXPECT_EQ(hears("nobody"), "401");
}

TEST_F(PushedEvents, AnOrderThatChangesHandsIsHeardByWhoeverHasItThen) {
    append(order_change("MODIFY", "o-ann", 2, "ann", "BAKING"));
    append(order_change("MODIFY", "o-ann", 3, "bob", "DRIVING"));
    append(order_change("MODIFY", "o-ann", 4, "bob", "DONE"));
    append(order_change("MODIFY", "o-ann", 5, "ann", "OPEN"));

    // On resume, too: what was another's then stays another's.
    EXPECT_EQ(hears("owner"), "status-changed:o-ann status-changed:o-ann");
    EXPECT_EQ(hears("other customer"), "status-changed:o-ann status-changed:o-ann");
    EXPECT_EQ(hears("staff", "&type=status-changed").size(),
              std::string("status-changed:o-ann").size() * 4 + 3);
}

}  // namespace
}  // namespace freshet::http
