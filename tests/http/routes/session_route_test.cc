// What http/routes/session_route.h promises of the cookie. Sessions from end to end are in
// tests/systems/sessions_test.cc.

#include "http/routes/session_route.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "tests/support/must.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

class SessionRoute : public ::testing::Test {
protected:
    // The cookie that a client gets which reaches the server under that path.
    std::string cookie(NextStep (*answer_of)(const Call&), const std::string& prefix) {
        Request request;
        request.target = support::must(parse_target("/session"));
        request.headers = {{"Authorization", "Bearer a.b.c"}};
        request.prefix = prefix;
        request.identity.caller = std::make_shared<engine::Caller>();
        request.identity.expires = shop.now + std::chrono::hours(1);
        const RouteContext context = shop.context();
        const auto step = answer_of({context, request, shop.now});
        return std::string(std::get<Answer>(step).header("Set-Cookie"));
    }

    RouteShop shop;
};

TEST_F(SessionRoute, ABrowserShowsTheCookieUnderThePrefixAlone) {
    EXPECT_NE(cookie(post_session, "/shop").find("; Path=/shop/; "), std::string::npos);
    EXPECT_NE(cookie(post_session, "").find("; Path=/; "), std::string::npos);
}

// A browser replaces a cookie only by one of the same path.
TEST_F(SessionRoute, TheCookieThatEndsASessionHasThePathOfTheOneThatBeganIt) {
    EXPECT_NE(cookie(delete_session, "/shop").find("; Path=/shop/; "), std::string::npos);
}

}  // namespace
}  // namespace freshet::http
