// What http/routes/revocation_routes.h promises, told as what happens to the tokens of ann: through
// the routes alone, over a server that is closed and opened again. What http/credentials/ and
// DELETE /session promise beside it is asked here as well.

#include "http/routes/revocation_routes.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/text/enum_words.h"
#include "http/credentials/cookie.h"
#include "http/credentials/token.h"
#include "http/routes/endpoints.h"
#include "tests/disks/temp_folder.h"
#include "tests/readers/json_value.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using support::JsonValue;
using support::must;

constexpr const char* secret_name = "FRESHET_REVOCATION_SECRET";
constexpr const char* secret = "a secret that both sides have had for long";

std::string config_text(const std::string& auth_more = "") {
    const auto machine = [](const std::string& name, const std::string& right) {
        return "{ name = \"" + name + "\", sha256 = \"" + session_of(digest_of(name)) +
               R"(", rights = [")" + right + "\"] }";
    };
    return "[server]\nlisten = \"127.0.0.1:0\"\n[storage]\npath = \"data\"\n[auth]\n" +
           std::string(R"(keys = [{ id = "k1", algorithm = "HS256", env = ")") + secret_name +
           "\" }]\nsign_with = \"k1\"\nmachines = [" + machine("guard", "admin:/tokens") + ", " +
           machine("forwarder", "ingest") + "]\n" + auth_more + R"(
[[table]]
name  = "orders"
key   = ["pk"]
owner = "creator"

[[table.view]]
name   = "order"
fields = ["id=pk"]
access = ["signed-in"]
)";
}

engine::Config config_of(const std::string& text) {
    setenv(secret_name, secret, 1);
    return must(engine::parse_config(text, "shop.toml"));
}

JsonValue json(const Answer& answer) {
    const auto value = JsonValue::parse(answer.body);
    EXPECT_TRUE(value.has_value()) << answer.body;
    return value.value_or(JsonValue());
}

class RevocationRoutes : public ::testing::Test {
protected:
    explicit RevocationRoutes(const std::string& auth_more = "")
        : shop(config_of(config_text(auth_more))) {
        shop.stepped().clock().set_wall(shop.now);
    }

    [[nodiscard]] std::string token(const std::string& claims) const {
        return must(make_token(must(TokenKey::hmac("k1", secret)), "{" + claims + "}"));
    }
    // Issued that many seconds before now, for an hour from now on.
    [[nodiscard]] std::string token_of(const std::string& subject, int age_s = 60,
                                       const std::string& more = "") const {
        const auto now = shop.now.time_since_epoch().count();
        return token(R"("sub":")" + subject + R"(","iat":)" + std::to_string(now - age_s) +
                     R"(,"exp":)" + std::to_string(now + 3'600) + more);
    }
    [[nodiscard]] std::string admin() const { return token_of("root", -1, R"(,"role":"admin")"); }

    static std::vector<std::string> as(const std::string& credential) {
        return {"Authorization: Bearer " + credential, "Content-Type: application/json"};
    }
    Answer post(const std::string& target, const std::string& body,
                const std::vector<std::string>& headers) {
        return shop.settle(shop.ask({"POST", target, headers, body}));
    }
    Answer revoke(const std::string& body) { return post("/tokens/revoke", body, as(admin())); }
    std::string vended(const std::string& subject) {
        const Answer answer =
            post("/tokens", R"({"sub":")" + subject + R"(","role":[]})", as(admin()));
        EXPECT_EQ(answer.status, 200) << answer.body;
        return json(answer)["token"].text();
    }
    // The status of a read, and why it was refused.
    std::string read_as(const std::string& credential) {
        const Answer answer = shop.get("/views/order/a", as(credential));
        std::string text = std::to_string(answer.status);
        if (const auto reason = reason_of(answer)) {
            text.append(" ").append(engine::word_of(*reason));
        }
        return text;
    }
    NextStep ask_to_end_session(const std::string& shown) {
        return shop.ask(
            {"DELETE",
             "/session",
             {"Origin: http://localhost:8080", "Cookie: " + std::string(cookie_name) + "=" + shown},
             ""});
    }
    void go_on(milliseconds by) {
        wall += by;
        shop.now = std::chrono::floor<seconds>(wall);
        shop.stepped().clock().set_wall(wall);
    }

    RouteShop shop;
    std::chrono::system_clock::time_point wall = shop.now;
    const std::string good = "404";  // there is no order, but the caller may ask
    const std::string gone = "401 revoked";
};

TEST_F(RevocationRoutes, ASubjectsTokensAreBelievedNoMoreAndNewOnesAre) {
    const std::string before = token_of("ann");
    const std::string ageless = token(R"("sub":"ann","exp":1800003600)");
    const std::string of_bob = token_of("bob");
    EXPECT_EQ(read_as(before), good);

    const Answer answer = revoke(R"({"sub":"ann"})");

    EXPECT_EQ(answer.body, "{\"position\":1,\"revoked\":true,\"until\":null}\n");
    EXPECT_EQ(answer.header("Freshet-Position"), "1");
    EXPECT_EQ(read_as(before), gone);
    EXPECT_EQ(read_as(ageless), gone);
    EXPECT_EQ(read_as(of_bob), good);
    EXPECT_EQ(read_as(token_of("ann", 0)), gone) << "issued in the same second by somebody else";
    EXPECT_EQ(read_as(token_of("ann", -1)), good);
    for (const bool delete_state : {false, true}) {
        shop.restart(delete_state);
        EXPECT_EQ(read_as(before), gone);
        EXPECT_EQ(read_as(ageless), gone);
        EXPECT_EQ(read_as(of_bob), good);
    }
}

TEST_F(RevocationRoutes, ATokenOfTheSameSecondIsBelievedAndEndsWithTheNextRevocation) {
    go_on(milliseconds(200));
    const std::string first = vended("ann");
    EXPECT_EQ(vended("ann"), first) << "it is given again";
    go_on(milliseconds(100));
    revoke(R"({"sub":"ann"})");

    const std::string second = vended("ann");

    EXPECT_NE(second, first);
    EXPECT_EQ(read_as(first), gone);
    EXPECT_EQ(read_as(second), good);
    shop.restart();
    EXPECT_EQ(read_as(second), good);
    go_on(milliseconds(100));
    revoke(R"({"sub":"ann"})");
    const std::string third = vended("ann");
    EXPECT_EQ(read_as(second), gone) << "still in that second";
    EXPECT_EQ(read_as(third), good);
    shop.restart(true);
    EXPECT_EQ(read_as(second), gone);
    EXPECT_EQ(read_as(third), good);
}

TEST_F(RevocationRoutes, ATokenThatWasMadeSinceEndsAlsoWhileTheLogsTimeStandsStill) {
    revoke(R"({"sub":"ann"})");
    go_on(seconds(-10));
    const std::string first = vended("ann");
    EXPECT_EQ(read_as(first), good);

    revoke(R"({"sub":"ann"})");

    const std::string second = vended("ann");
    for (const bool is_restarted : {false, true}) {
        if (is_restarted) shop.restart(true);
        EXPECT_EQ(read_as(first), gone);
        EXPECT_EQ(read_as(second), good);
    }
}

TEST_F(RevocationRoutes, ATokenThatIsInUseLearnsOfItBeforeTheLogHasIt) {
    Request stream;
    const std::string header = "Bearer " + token_of("ann");
    stream.headers = {{"Authorization", header}};
    const auto identity = shop.context().credentials.identify(stream, shop.now);
    ASSERT_TRUE(identity.has_value());

    const NextStep step = shop.ask({"POST", "/tokens/revoke", as(admin()), R"({"sub":"ann"})"});

    EXPECT_TRUE(std::holds_alternative<RecordsToAppend>(step));
    EXPECT_TRUE(identity->is_revoked());
}

TEST_F(RevocationRoutes, ATokenEndsByItsIdAndOnlyThatOne) {
    const std::string lost = token_of("ann", 60, R"(,"jti":"7")");
    const std::string other = token_of("ann", 60, R"(,"jti":"8")");
    const std::string odd = token_of("ann", 60, R"(,"jti":7)");

    const Answer answer = revoke(R"({"token_id":"7","exp":1800003600})");

    EXPECT_EQ(answer.body, "{\"position\":1,\"revoked\":true,\"until\":1800003631}\n");
    EXPECT_EQ(read_as(lost), gone);
    EXPECT_EQ(read_as(other), good);
    EXPECT_EQ(read_as(odd), good) << "a jti is a text";
    EXPECT_EQ(json(revoke(R"({"token_id":"7","exp":1800003600})"))["position"].text(), "1");
    shop.restart(true);
    EXPECT_EQ(read_as(lost), gone);
    EXPECT_EQ(read_as(other), good);
}

TEST_F(RevocationRoutes, ASessionThatWasEndedIsEndedAfterARestart) {
    const std::string shown = token_of("ann");

    const Answer answer = shop.settle(ask_to_end_session(shown));

    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(shop.settle(ask_to_end_session(shown)).status, 204) << "it has ended already";
    for (const bool delete_state : {false, true}) {
        shop.restart(delete_state);
        EXPECT_EQ(read_as(shown), gone);
        EXPECT_EQ(read_as(token_of("ann", 61)), good) << "another token of the same subject";
    }
    EXPECT_EQ(shop.stepped().now()->position(), storage::Position{1});
}

// Or one customer, who makes tokens and ends them, keeps everybody else from signing out.
TEST_F(RevocationRoutes, EndingOneSessionAfterAnotherEndsAllOfThatSubjectInTheEnd) {
    const auto number = [](std::size_t i) { return static_cast<int>(i); };
    for (std::size_t i = 0; i < sessions_of_one_max; ++i) {
        shop.settle(ask_to_end_session(token_of("ann", 100 + number(i))));
    }
    const std::string other_device = token_of("ann", 60);
    const std::string of_bob = token_of("bob", 60);
    EXPECT_EQ(read_as(other_device), good) << "so far, each ends alone";
    shop.restart(true);
    const std::string one_more = token_of("ann", 50);

    const Answer answer = shop.settle(ask_to_end_session(one_more));

    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(read_as(one_more), gone);
    EXPECT_EQ(read_as(other_device), gone);
    EXPECT_EQ(read_as(of_bob), good);
    const std::string ahead = token_of("ann", -20);  // by a clock that is ahead of ours
    EXPECT_EQ(read_as(ahead), good);
    shop.settle(ask_to_end_session(ahead));
    EXPECT_EQ(read_as(ahead), gone);
    for (int i = 0; i < 50; ++i) {
        go_on(seconds(1));
        shop.settle(ask_to_end_session(vended("ann")));
    }
    const auto revocations = json(shop.get("/status", as(admin())))["revocations"];
    EXPECT_EQ(revocations["session"].text(), std::to_string(sessions_of_one_max));
    EXPECT_EQ(revocations["subject"].text(), "1");
    shop.settle(ask_to_end_session(of_bob));
    EXPECT_EQ(read_as(of_bob), gone);
    EXPECT_EQ(read_as(token_of("bob", 61)), good) << "others end theirs one by one";
}

TEST_F(RevocationRoutes, ATokenThatHasEndedHasNoSayInWhatHappensToTheOthers) {
    const std::string stolen = token_of("ann", 60);
    for (std::size_t i = 0; i <= sessions_of_one_max; ++i) {
        shop.settle(ask_to_end_session(token_of("ann", static_cast<int>(100 + i))));
    }
    EXPECT_EQ(read_as(stolen), gone);
    const std::string next = vended("ann");
    const auto position = shop.stepped().now()->position();

    go_on(seconds(1));
    EXPECT_EQ(shop.settle(ask_to_end_session(stolen)).status, 204);

    EXPECT_EQ(read_as(next), good);
    EXPECT_EQ(shop.stepped().now()->position(), position) << "nor does it cost a record";
}

TEST_F(RevocationRoutes, OfTwoCookiesNoneIsEndedAndThatIsSaid) {
    const std::string first = token_of("ann", 60);
    const std::string second = token_of("ann", 61);
    const std::string name(cookie_name);

    const Answer answer = shop.settle(ask_to_end_session(first + "; " + name + "=" + second));

    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.body.find("more than one cookie " + name), std::string::npos) << answer.body;
    EXPECT_EQ(answer.header("Set-Cookie"), "");
    EXPECT_EQ(read_as(first), good);
    EXPECT_EQ(read_as(second), good);
}

TEST_F(RevocationRoutes, ATokenThatWasMadeOfASessionsOutlivesItAndEndsBySubject) {
    const std::string shown = token_of("ann", 60);
    const Answer made = post("/tokens", R"({"ttl_s":900})", as(shown));
    ASSERT_EQ(made.status, 200) << made.body;
    const std::string token = json(made)["token"].text();

    shop.settle(ask_to_end_session(shown));

    EXPECT_EQ(read_as(token), good);
    revoke(R"({"sub":"ann"})");
    EXPECT_EQ(read_as(token), gone);
}

TEST_F(RevocationRoutes, EachNoticeCountsForItsBytesInTheQueue) {
    NextStep session = ask_to_end_session(token_of("ann"));
    EXPECT_GE(std::get<RecordsToAppend>(session).batch.bytes, 64U);
    NextStep subject = shop.ask({"POST", "/tokens/revoke", as(admin()), R"({"sub":"ann"})"});
    EXPECT_GE(std::get<RecordsToAppend>(subject).batch.bytes, 3U);
}

TEST_F(RevocationRoutes, ASessionEndsAlsoWhereTheDiskRefusesTheNoticeAndThatIsSaid) {
    const std::string shown = token_of("ann");
    NextStep step = ask_to_end_session(shown);

    const Answer answer =
        std::get<RecordsToAppend>(step).answer(fail(Errc::disk_full, "the disk is full"));

    EXPECT_EQ(answer.status, 507);
    EXPECT_NE(answer.body.find("a restart would forget that"), std::string::npos) << answer.body;
    EXPECT_EQ(answer.header("Set-Cookie"), "") << "so that it can be sent again";
    EXPECT_EQ(read_as(shown), gone);
    EXPECT_NE(shop.get("/tokens/revoked", as(admin())).body.find(R"("position":null)"),
              std::string::npos);
    EXPECT_EQ(shop.settle(ask_to_end_session(shown)).status, 204);
    shop.restart();
    EXPECT_EQ(read_as(shown), gone);
}

TEST_F(RevocationRoutes, WhatTheDiskRefusesIsInForceUntilARestartAndThatIsSaid) {
    NextStep step = shop.ask({"POST", "/tokens/revoke", as(admin()), R"({"sub":"ann"})"});

    const Answer answer = std::get<RecordsToAppend>(step).answer(
        fail(Errc::unavailable, "a failure of the disk is being repaired"));

    EXPECT_EQ(answer.status, 503);
    EXPECT_NE(answer.header("Retry-After"), "");
    EXPECT_NE(answer.body.find("a restart would forget that"), std::string::npos) << answer.body;
    EXPECT_EQ(read_as(token_of("ann")), gone);
    shop.restart();
    EXPECT_EQ(read_as(token_of("ann")), good) << "as it was said";
}

TEST_F(RevocationRoutes, AnAdminMayEndItsOwnTokensAndIsAnswered) {
    const std::string own = token_of("root", 60, R"(,"role":"admin")");

    const Answer answer = post("/tokens/revoke", R"({"sub":"root"})", as(own));

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(read_as(own), gone);
}

TEST_F(RevocationRoutes, AreForAdminsAndForMachinesWithThatRight) {
    const std::string body = R"({"sub":"ann"})";
    EXPECT_EQ(post("/tokens/revoke", body, as("guard")).status, 200);
    EXPECT_EQ(shop.get("/tokens/revoked", as("guard")).status, 200);
    for (const std::string& who : {std::string("forwarder"), token_of("bob")}) {
        EXPECT_EQ(post("/tokens/revoke", body, as(who)).status, 403);
        EXPECT_EQ(shop.get("/tokens/revoked", as(who)).status, 403);
    }
    const std::string narrowed =
        token_of("root", 0, R"(,"role":"admin","grants":["admin:orders"])");
    EXPECT_NE(post("/tokens/revoke", body, as(narrowed)).body.find("admin:/tokens"),
              std::string::npos);
    // The key of a machine is no token.
    EXPECT_EQ(revoke(R"({"sub":"guard"})").status, 200);
    EXPECT_EQ(shop.get("/tokens/revoked", as("guard")).status, 200);
}

TEST_F(RevocationRoutes, RefuseWhatNamesNoTokens) {
    const std::string long_name(revoked_name_bytes_max + 1, 'a');
    for (const std::string& body :
         {std::string("{}"), std::string(R"({"sub":""})"), std::string(R"({"sub":7})"),
          std::string(R"({"token_id":""})"), std::string(R"({"sub":"a","token_id":"7"})"),
          std::string(R"({"sub":"a","exp":1800003600})"),
          std::string(R"({"token_id":"7","exp":"soon"})"),
          std::string(R"({"token_id":"7","exp":1800003600.5})"),
          std::string(R"({"token_id":"7","exp":1799999969})"),
          std::string(R"({"token_id":"7","exp":253402300800})"),
          std::string(R"({"sub":"a","table":"orders"})"), R"({"sub":")" + long_name + "\"}"}) {
        const Answer answer = revoke(body);
        EXPECT_EQ(answer.status, 422) << body.substr(0, 60);
        EXPECT_NE(answer.body.find(R"("errors")"), std::string::npos) << answer.body;
    }
    EXPECT_EQ(revoke("[").status, 400);
    EXPECT_EQ(revoke(R"({"sub":"a","sub":"b"})").status, 400);
    EXPECT_EQ(post("/tokens/revoke", R"({"sub":"a"})", {as(admin()).front()}).status, 415);
    EXPECT_EQ(post("/tokens/revoke?x=1", R"({"sub":"a"})", as(admin())).status, 400);
    EXPECT_EQ(shop.stepped().now()->position(), storage::Position{});
    const std::string longest(revoked_name_bytes_max, 'a');
    EXPECT_EQ(revoke(R"({"sub":")" + longest + "\"}").status, 200);
    EXPECT_EQ(revoke(R"({"token_id":"a\n\u0000\"b"})").status, 200);
}

TEST_F(RevocationRoutes, ThereAreNoTokensToRevokeWithoutAuth) {
    RouteShop open;

    EXPECT_EQ(
        open
            .settle(open.ask(
                {"POST", "/tokens/revoke", {"Content-Type: application/json"}, R"({"sub":"ann"})"}))
            .status,
        501);
    EXPECT_EQ(open.get("/tokens/revoked").body, "{\"revoked\":[]}\n");
}

TEST_F(RevocationRoutes, ShowWhatIsInForcePageByPage) {
    go_on(milliseconds(250));
    revoke(R"({"token_id":"7","exp":1800000060})");
    revoke(R"({"sub":"bob"})");
    revoke(R"({"sub":"ann"})");

    const JsonValue first = json(shop.get("/tokens/revoked?limit=2", as(admin())));
    const JsonValue last =
        json(shop.get("/tokens/revoked?limit=2&after=" + first["next"].text(), as(admin())));

    ASSERT_EQ(first["revoked"].elements().size(), 2U);
    EXPECT_EQ(first["revoked"].elements()[0]["sub"].text(), "ann");
    EXPECT_EQ(first["revoked"].elements()[0]["at"].text(), "1800000000.25");
    EXPECT_EQ(first["revoked"].elements()[0]["position"].text(), "3");
    EXPECT_EQ(first["revoked"].elements()[0]["by"].text(), "root");
    EXPECT_EQ(first["revoked"].elements()[1]["sub"].text(), "bob");
    ASSERT_EQ(last["revoked"].elements().size(), 1U);
    EXPECT_EQ(last["revoked"].elements()[0]["token_id"].text(), "7");
    EXPECT_EQ(last["revoked"].elements()[0]["until"].text(), "1800000092");
    go_on(seconds(92));
    EXPECT_EQ(json(shop.get("/tokens/revoked", as(admin())))["revoked"].elements().size(), 2U);
    for (const std::string query : {"?after=7", "?after=", "?limit=0", "?limit=1001", "?x=1"}) {
        EXPECT_EQ(shop.get("/tokens/revoked" + query, as(admin())).status, 400) << query;
    }
}

TEST_F(RevocationRoutes, AreNoticesOfTheLog) {
    revoke(R"({"sub":"ann"})");
    revoke(R"({"token_id":"7","exp":1800003600})");
    const std::string shown = token_of("bob");
    shop.settle(ask_to_end_session(shown));

    const auto notices = json(shop.get("/records?notices=1", as(admin())))["Records"].elements();

    ASSERT_EQ(notices.size(), 3U);
    EXPECT_EQ(notices[0]["notice"].text(), "revocation");
    EXPECT_EQ(notices[0]["subject"].text(), "ann");
    EXPECT_EQ(notices[0]["by"].text(), "root");
    EXPECT_EQ(notices[1]["token_id"].text(), "7");
    EXPECT_EQ(notices[1]["until"].text(), "2027-01-15T09:00:31Z");
    EXPECT_EQ(notices[2]["session"].text(), session_of(digest_of(shown)));
    EXPECT_EQ(notices[2]["by"].text(), "bob");
    EXPECT_TRUE(json(shop.get("/records", as(admin())))["Records"].elements().empty());
    EXPECT_EQ(json(shop.get("/status", as(admin())))["revocations"]["subject"].text(), "1");
}

TEST_F(RevocationRoutes, StayWhereTheLogIsReadWithoutAuthMeanwhile) {
    const support::TempFolder folder;
    const std::string path = folder.file("data");
    const auto with_auth = config_of(config_text());
    auto without = with_auth;
    without.auth.reset();
    {
        RouteShop first(with_auth, path);
        EXPECT_EQ(
            first.settle(first.ask({"POST", "/tokens/revoke", as("guard"), R"({"sub":"ann"})"}))
                .status,
            200);
    }
    {
        RouteShop second(without, path);
        EXPECT_NE(second.get("/tokens/revoked").body.find(R"("sub":"ann")"), std::string::npos);
        EXPECT_EQ(second.get("/views/order/a").status, 404);
    }
    RouteShop third(with_auth, path);
    EXPECT_EQ(third.get("/views/order/a", as(token_of("ann", 100'000'000))).status, 401);
}

TEST_F(RevocationRoutes, AreKeptByAReload) {
    const std::string shown = token_of("ann");
    revoke(R"({"sub":"ann"})");

    must(shop.context().credentials.reload(config_of(config_text()).auth));

    EXPECT_EQ(read_as(shown), gone);
    EXPECT_EQ(read_as(token_of("bob")), good);
}

TEST_F(RevocationRoutes, NoTokenIsMadeThatNobodyWouldBelieveSinceTheClockWasSetBack) {
    revoke(R"({"sub":"ann"})");
    go_on(seconds(-60));

    const Answer answer = post("/tokens", R"({"sub":"ann","role":[]})", as(admin()));

    EXPECT_EQ(answer.status, 503);
    EXPECT_NE(answer.body.find("try again in 61 s"), std::string::npos) << answer.body;
    EXPECT_EQ(read_as(token_of("ann", -20)), gone) << "issued before it, by the log's time";
    go_on(seconds(40));
    EXPECT_EQ(read_as(vended("ann")), good) << "so much clocks may differ";
}

// Before the log is folded nobody knows what is revoked.
TEST(RevocationRoutesAtAStart, NoTokenIsBelievedBeforeItIsKnownWhichAreRevoked) {
    const auto config = config_of(config_text());
    const support::TempFolder folder;
    engine::EngineOptions options;
    options.path = folder.file("data");
    const auto engine = must(engine::Engine::open(config.catalog, options));
    const auto credentials = must(Credentials::load(config.auth));
    const BrowserOrigins origins;
    Subscribers subscribers;
    const HttpMetrics metrics(engine->metrics(), endpoint_paths(), {});
    const RouteContext context{*engine, *credentials, origins, subscribers, metrics, 20'000};
    credentials->hear_revocations(*engine);
    const std::string shown =
        must(make_token(must(TokenKey::hmac("k1", secret)), R"({"sub":"ann","exp":1800003600})"));
    const auto ask = [&](const std::string& target, const std::string& credential,
                         const std::string& method = "GET", const std::string& cookie = "") {
        Request request;
        request.method = method;
        request.target = must(parse_target(target));
        const std::string header = "Bearer " + credential;
        if (!credential.empty()) request.headers.push_back({"Authorization", header});
        if (!cookie.empty()) request.headers.push_back({"Cookie", cookie});
        request.headers.push_back({"Host", "localhost"});
        request.headers.push_back({"Origin", "http://localhost"});
        NextStep step =
            next_step(context, request, std::chrono::sys_seconds(seconds(1'800'000'000)));
        return std::get<Answer>(std::move(step));
    };

    const Answer refused = ask("/views/order/a", shown);
    EXPECT_EQ(refused.status, 503);
    EXPECT_NE(refused.header("Retry-After"), "");
    EXPECT_EQ(ask("/tokens", shown, "POST").status, 503);
    const Answer stream = ask("/events", shown);
    EXPECT_EQ(stream.status, 200) << "or an EventSource would give up";
    EXPECT_EQ(stream.body.find("retry: "), 0U);
    const std::string cookie = std::string(cookie_name) + "=" + shown;
    EXPECT_EQ(ask("/session", "", "DELETE", cookie).status, 503);
    EXPECT_EQ(ask("/livez", shown).status, 200);
    EXPECT_EQ(ask("/readyz", shown).status, 503);
    EXPECT_EQ(ask("/tokens/revoked", "guard").status, 503) << "a machine's key is no token";
    EXPECT_EQ(ask("/views/order/a", "no-such-key").status, 401);

    must(engine->sequencer().fold_log());

    EXPECT_EQ(ask("/views/order/a", shown).status, 404);
    EXPECT_EQ(ask("/tokens/revoked", "guard").status, 200);
    Credentials::forget_revocations(*engine);
}

// With token_life_s a revocation is kept for no longer than a token could live.
class BoundedLife : public RevocationRoutes {
protected:
    BoundedLife() : RevocationRoutes("token_life_s = 7200\n") {}
};

TEST_F(BoundedLife, TokensThatLiveTooLongAreRefusedAndRevocationsHaveTheirDay) {
    const std::string longest = token(R"("sub":"ann","iat":1799999900,"exp":1800007100)");
    const std::string too_long = token(R"("sub":"ann","iat":1799999900,"exp":1800007101)");
    const std::string ageless = token(R"("sub":"ann","exp":1800000060)");
    EXPECT_EQ(read_as(longest), good);
    EXPECT_EQ(read_as(too_long), "401 lives_too_long");
    EXPECT_EQ(read_as(ageless), "401 lives_too_long");

    EXPECT_EQ(json(revoke(R"({"sub":"ann"})"))["until"].text(), "1800007261");
    EXPECT_EQ(json(revoke(R"({"token_id":"7"})"))["until"].text(), "1800007261");
    EXPECT_EQ(read_as(longest), gone);
    EXPECT_EQ(read_as(vended("ann")), good);

    // As long as it is believed, it is known to be revoked.
    go_on(seconds(7'100 + 29));
    EXPECT_EQ(read_as(longest), gone);
    go_on(seconds(2));
    shop.restart();
    EXPECT_EQ(read_as(longest), "401 expired");
    go_on(seconds(200));
    shop.restart();
    EXPECT_EQ(shop.get("/tokens/revoked", as(admin())).body, "{\"revoked\":[]}\n");
}

}  // namespace
}  // namespace freshet::http
