// What http/routes/admin_refusal.h says of what is missing.

#include "http/routes/admin_refusal.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/access/caller.h"

namespace freshet::http {
namespace {

using Grants = std::optional<std::vector<engine::Grant>>;

const engine::Grant ingest_orders{
    .right = engine::Right::ingest, .name = "orders", .is_begin = false};

std::string refusal(std::vector<std::string> roles, Grants grants) {
    engine::Caller caller;
    caller.roles = std::move(roles);
    caller.grants = std::move(grants);
    Request request;
    request.identity.caller = std::make_shared<const engine::Caller>(std::move(caller));
    const auto answer = refuse_unless_admin(request, "orders");
    return answer ? answer->body : "";
}

TEST(AdminRefusal, NamesWhatTheCallerLacksAndNothingElse) {
    const auto needs = [](const std::string& what, const std::string& body) {
        EXPECT_NE(body.find("it needs " + what + "\""), std::string::npos) << body;
    };

    needs("the role admin", refusal({"customer"}, std::nullopt));
    needs("the right admin:orders", refusal({"admin"}, Grants({ingest_orders})));
    needs("the role admin, and as grants narrow it, the right admin:orders",
          refusal({"customer"}, Grants({ingest_orders})));
    EXPECT_EQ(refusal({"admin"}, std::nullopt), "");
}

}  // namespace
}  // namespace freshet::http
