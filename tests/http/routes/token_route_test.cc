#include "http/routes/token_route.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/credentials/token.h"
#include "http/credentials/token_vendor.h"
#include "tests/readers/json_value.h"
#include "tests/support/must.h"

namespace freshet::http {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using support::JsonValue;
using support::must;

constexpr sys_seconds noon{seconds{1'800'000'000}};
constexpr std::string_view secret = "a secret that both sides have had for long";

class TokenRoute : public ::testing::Test {
protected:
    Answer ask(const std::string& body, sys_seconds now = noon,
               const std::string& type = "application/json") {
        Request request;
        request.method = "POST";
        request.target = must(parse_target("/tokens"));
        request.headers = {{"Content-Type", type}};
        request.body = body;
        request.identity = maker;
        return post_tokens(vendor, request, now);
    }
    // The token that is made; empty, and a failure of the test, if none is.
    std::string made(const std::string& body, sys_seconds now = noon) {
        const Answer answer = ask(body, now);
        EXPECT_EQ(answer.status, 200) << answer.body;
        return JsonValue::parse(answer.body).value_or(JsonValue())["token"].text();
    }
    Token believed(const std::string& body) {
        return TokenVerifier({key}, rules).verify(made(body), noon).value();
    }
    void become(engine::Caller caller, std::optional<sys_seconds> expires = noon + seconds(7'200)) {
        maker.caller = std::make_shared<const engine::Caller>(std::move(caller));
        maker.expires = expires;
    }

    const engine::Caller ann{.subject = "ann",
                             .roles = {"customer"},
                             .claims = {{"team", {"blue", "red"}}},
                             .grants = std::nullopt};
    const TokenKey key = must(TokenKey::hmac("k1", secret));
    const TokenRules rules{.issuer = "freshet", .audience = "shop"};
    TokenVendor vendor{key, rules};
    Identity maker{.caller = engine::everybody(), .expires = noon + seconds(7'200)};
};

TEST_F(TokenRoute, AProgramHasToSayWhoseTokenItIs) {
    maker.expires.reset();

    const Answer answer = ask(R"({"role":"customer"})");

    EXPECT_EQ(answer.status, 422);
    EXPECT_NE(answer.body.find(R"("pointer":"/sub")"), std::string::npos) << answer.body;
    EXPECT_EQ(ask(R"({"role":"customer","sub":"ann"})").status, 200);
}

TEST_F(TokenRoute, MakesNothingForWhoIsBelievedNoMore) {
    maker.revoked = std::make_shared<std::atomic<bool>>(true);

    EXPECT_EQ(ask("{}").status, 401);
}

TEST_F(TokenRoute, MakesNothingForWhoseTokenHasEnded) {
    maker.ended = std::make_shared<std::atomic<bool>>(true);

    EXPECT_EQ(ask("{}").status, 401);
}

TEST_F(TokenRoute, MakesNoTokenThatTakesMuchToRemember) {
    const auto with_roles = [](std::size_t count) {
        std::string roles;
        for (std::size_t i = 0; i < count; ++i) {
            roles += (i == 0 ? "\"" : ",\"") + std::to_string(i) + '"';
        }
        return "{\"role\":[" + roles + "]}";
    };
    EXPECT_EQ(ask(with_roles(vended_texts_max)).status, 200);
    EXPECT_EQ(ask(with_roles(vended_texts_max + 1)).status, 422);
}

TEST_F(TokenRoute, MakesATokenForSomebody) {
    const Answer answer = ask(
        R"({"sub":"bob","role":["customer","vip"],"claims":{"tenant":"acme"},"grants":["read:order"]})");

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Cache-Control"), "no-store");
    const JsonValue body = JsonValue::parse(answer.body).value();
    EXPECT_EQ(body["exp"].text(), "1800003600");
    const Token token = TokenVerifier({key}, rules).verify(body["token"].text(), noon).value();
    EXPECT_EQ(token.expires, noon + seconds(3'600));
    EXPECT_EQ(token.caller,
              (engine::Caller{.subject = "bob",
                              .roles = {"customer", "vip"},
                              .claims = {{"tenant", {"acme"}}},
                              .grants = {{must(engine::parse_grant("read:order"))}}}));
}

TEST_F(TokenRoute, WhatIsLeftOutIsTheMakersOwn) {
    become(ann);

    EXPECT_EQ(believed("{}").caller, ann);
    engine::Caller narrowed = ann;
    narrowed.claims["team"] = {"blue"};
    narrowed.grants = {{must(engine::parse_grant("watch"))}};
    EXPECT_EQ(believed(R"({"claims":{"team":"blue"},"grants":["watch"]})").caller, narrowed);
}

TEST_F(TokenRoute, SomebodyElseHasNothingOfTheMakersOwn) {
    EXPECT_EQ(believed(R"({"sub":"bob"})").caller.roles, std::vector<std::string>{});
}

TEST_F(TokenRoute, AMakersGrantsGoOnWithoutTheRightToMakeMore) {
    engine::Caller narrowed = ann;
    narrowed.grants = {
        {must(engine::parse_grant("vend")), must(engine::parse_grant("read:order"))}};
    become(narrowed);

    EXPECT_EQ(believed("{}").caller.grants,
              std::vector<engine::Grant>{must(engine::parse_grant("read:order"))});
    EXPECT_EQ(ask(R"({"grants":["read"]})").status, 403);
}

TEST_F(TokenRoute, GivesTheSameTokenAgainForFiftyFiveMinutes) {
    const std::string first = made("{}");

    EXPECT_EQ(made("{}", noon + seconds(3'299)), first);
    EXPECT_NE(made("{}", noon + seconds(3'300)), first);
    EXPECT_NE(made(R"({"sub":"bob"})"), first);
    EXPECT_NE(made(R"({"ttl_s":60})"), first);
}

TEST_F(TokenRoute, NoTokenOutlivesItsMakersCredential) {
    const std::string whole = made(R"({"sub":"ann"})");
    become(*engine::everybody(), noon + seconds(100));

    const JsonValue shorter = JsonValue::parse(ask(R"({"sub":"ann"})").body).value();

    EXPECT_NE(shorter["token"].text(), whole);
    EXPECT_EQ(shorter["exp"].text(), "1800000100");
}

TEST_F(TokenRoute, RefusesWhatCannotBe) {
    EXPECT_EQ(ask("[]").status, 400);
    EXPECT_EQ(ask("{").status, 400);
    EXPECT_EQ(ask(R"({"sub":"a","sub":"b"})").status, 400);
    EXPECT_EQ(ask("{}", noon, "text/plain").status, 415);
    for (const std::string body : {R"({"ttl_s":0})",
                                   R"({"ttl_s":3601})",
                                   R"({"ttl_s":"60"})",
                                   R"({"ttl_s":1.5})",
                                   R"({"exp":1})",
                                   R"({"iss":"x"})",
                                   R"({"aud":"x"})",
                                   R"({"nbf":1})",
                                   R"({"sub":5})",
                                   R"({"role":{}})",
                                   R"({"grants":"read"})",
                                   R"({"grants":["raed"]})",
                                   R"({"roles":["a"]})",
                                   R"({"ttl":60})",
                                   R"({"tenant":"a"})",
                                   R"({"claims":5})",
                                   R"({"claims":{"a":{}}})",
                                   R"({"claims":{"a":null}})",
                                   R"({"claims":{"a":[["b"]]}})",
                                   R"({"claims":{"sub":"a"}})",
                                   R"({"claims":{"exp":5}})",
                                   R"({"claims":{"a":1,"a":2}})"}) {
        EXPECT_EQ(ask(body).status, 422) << body;
    }
    EXPECT_EQ(ask(R"({"sub":")" + std::string(5'000, 'a') + R"("})").status, 413);
    maker.by_cookie = true;
    EXPECT_EQ(ask("{}").status, 403);
    TokenVendor none{std::nullopt};
    Request request;
    request.identity = maker;
    EXPECT_EQ(post_tokens(none, request, noon).status, 501);
}

}  // namespace
}  // namespace freshet::http
