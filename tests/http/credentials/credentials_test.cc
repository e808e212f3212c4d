#include "http/credentials/credentials.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "http/credentials/cookie.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"

namespace freshet::http {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using support::must;

constexpr std::string_view secret = "a secret that both sides have had for long";
constexpr sys_seconds noon{seconds{1'800'000'000}};

class CredentialsTest : public ::testing::Test {
protected:
    CredentialsTest() {
        std::ofstream(folder.file("secret")) << secret << "\n";
        settings.keys = {{.id = "k1",
                          .algorithm = engine::TokenAlgorithm::hs256,
                          .file = folder.file("secret"),
                          .variable = {}}};
    }

    static Request request_with(const std::vector<std::string_view>& authorizations) {
        Request request;
        for (const std::string_view value : authorizations) {
            request.headers.push_back({"Authorization", value});
        }
        return request;
    }

    static std::string cookie(const std::string& shown) {
        return std::string(cookie_name) + "=" + shown;
    }
    // Whether there was a session to end.
    static bool end_session(Credentials& credentials, const std::string& shown) {
        const std::string shown_cookie = cookie(shown);
        Request request;
        request.headers.push_back({"Cookie", shown_cookie});
        return must(credentials.end_session(request, noon)).has_value();
    }

    static std::string token(const std::string& claims, std::string_view key = secret) {
        return must(make_token(must(TokenKey::hmac("k1", key)), claims));
    }

    static engine::MachineSettings machine(const std::string& name, std::string_view key) {
        const Digest digest = digest_of(key);
        return {.name = name,
                .digest = std::string(digest.begin(), digest.end()),
                .rights = {must(engine::parse_grant("ingest:orders"))}};
    }

    static OrAnswer<Identity> identify(Credentials& credentials, Request request,
                                       sys_seconds now = noon) {
        return credentials.identify(request, now);
    }

    // Why the request is refused; empty if it is not.
    static std::string refusal(Credentials& credentials, const std::vector<std::string_view>& shown,
                               sys_seconds now = noon) {
        const auto identity = identify(credentials, request_with(shown), now);
        if (identity) return "";
        EXPECT_EQ(identity.error().status, 401);
        return identity.error().body;
    }

    support::TempFolder folder;
    engine::AuthSettings settings;
};

TEST_F(CredentialsTest, EverybodyIsLetInWhereNoneAreAskedFor) {
    Credentials credentials;

    const auto identity = identify(credentials, request_with({}), noon);

    ASSERT_TRUE(identity.has_value());
    EXPECT_EQ(*identity->caller, *engine::everybody());
    EXPECT_FALSE(identity->expires.has_value());
    EXPECT_FALSE(credentials.are_asked_for());
    EXPECT_FALSE(credentials.vendor()->can_vend());
}

TEST_F(CredentialsTest, AReloadEndsWhatIsBelievedNoMore) {
    const auto credentials = must(Credentials::load(settings));
    const std::string header = "Bearer " + token(R"({"sub":"ann","exp":1800003600})");
    const auto before = identify(*credentials, request_with({header})).value();
    ASSERT_TRUE(credentials->reload(settings));
    EXPECT_EQ(before.end(noon), "");  // it was the same key

    std::ofstream(folder.file("secret")) << std::string(32, 'x') << "\n";
    ASSERT_TRUE(credentials->reload(settings));

    EXPECT_EQ(before.end(noon), "the credential is believed no more");
    EXPECT_NE(refusal(*credentials, {header}), "");
}

TEST_F(CredentialsTest, AReloadOfOtherRulesEndsWhatWasBelievedUnderThem) {
    const auto credentials = must(Credentials::load(settings));
    const std::string header = "Bearer " + token(R"({"sub":"ann","exp":1800003600})");
    const auto before = identify(*credentials, request_with({header})).value();

    settings.issuer = "https://login.example";
    ASSERT_TRUE(credentials->reload(settings));

    EXPECT_NE(before.end(noon), "");
    EXPECT_NE(refusal(*credentials, {header}), "");
}

TEST_F(CredentialsTest, AFailedReloadChangesNothing) {
    settings.machines = {machine("forwarder", "key-of-the-forwarder")};
    const auto credentials = must(Credentials::load(settings));
    const auto before =
        identify(*credentials, request_with({"Bearer key-of-the-forwarder"})).value();

    settings.machines.clear();
    settings.keys[0].file = folder.file("missing");
    EXPECT_EQ(credentials->reload(settings).error().code, Errc::io);
    // A folder can be opened and not be read.
    settings.keys[0].file = folder.path();
    EXPECT_EQ(credentials->reload(settings).error().code, Errc::io);
    EXPECT_EQ(credentials->reload(std::nullopt).error().code, Errc::refused);

    EXPECT_EQ(before.end(noon), "");
    EXPECT_EQ(refusal(*credentials, {"Bearer key-of-the-forwarder"}), "");
}

TEST_F(CredentialsTest, AMachineWithOtherRightsIsAnother) {
    settings.machines = {machine("forwarder", "key-of-the-forwarder"), machine("other", "key-2")};
    const auto credentials = must(Credentials::load(settings));
    const auto changed = identify(*credentials, request_with({"Bearer key-2"})).value();
    const auto same = identify(*credentials, request_with({"Bearer key-of-the-forwarder"})).value();

    settings.machines[1].rights = {must(engine::parse_grant("read"))};
    ASSERT_TRUE(credentials->reload(settings));

    EXPECT_NE(changed.end(noon), "");
    EXPECT_EQ(same.end(noon), "");
    EXPECT_EQ(identify(*credentials, request_with({"Bearer key-2"})).value().caller->grants,
              settings.machines[1].rights);
}

TEST_F(CredentialsTest, ATokenThatHasEndedIsBelievedNoMore) {
    const auto credentials = must(Credentials::load(settings));
    const std::string session = token(R"({"sub":"ann","exp":1800003600})");
    const std::string header = "Bearer " + session;
    const std::string other = "Bearer " + token(R"({"sub":"ann","exp":1800003601})");
    const auto stream = identify(*credentials, request_with({header})).value();
    const auto of_other = identify(*credentials, request_with({other})).value();
    EXPECT_EQ(stream.end(noon), "");

    EXPECT_TRUE(end_session(*credentials, session));

    EXPECT_EQ(stream.end(noon), "the credential is believed no more");
    EXPECT_EQ(of_other.end(noon), "");
    EXPECT_NE(refusal(*credentials, {header}).find("believed no more"), std::string::npos);
    EXPECT_EQ(refusal(*credentials, {other}), "");
    // Again, so that a notice that the disk has refused can be sent a second time.
    EXPECT_TRUE(end_session(*credentials, session));
    EXPECT_NE(refusal(*credentials, {header}, noon + seconds(3'600)), "");
}

// Otherwise its hash would not name it.
TEST_F(CredentialsTest, ATokenThatHasEndedHasNoOtherSpelling) {
    const auto credentials = must(Credentials::load(settings));
    const std::string session = token(R"({"sub":"ann","exp":1800003600})");
    EXPECT_TRUE(end_session(*credentials, session));

    for (char last = ' '; last < '\x7f'; ++last) {
        std::string spelling = "Bearer " + session;
        spelling.back() = last;
        EXPECT_NE(refusal(*credentials, {spelling}), "") << last;
    }
    for (const std::string more : {"=", ".", "AAAA", " "}) {
        std::string spelling = "Bearer " + session;
        spelling += more;
        EXPECT_NE(refusal(*credentials, {spelling}), "") << more;
    }
}

TEST_F(CredentialsTest, ATokenThatWasBelievedBeforeAReloadEndsToo) {
    const auto credentials = must(Credentials::load(settings));
    const std::string session = token(R"({"sub":"ann","exp":1800003600})");
    const std::string header = "Bearer " + session;
    const auto stream = identify(*credentials, request_with({header})).value();
    must(credentials->reload(settings));
    EXPECT_EQ(stream.end(noon), "");

    EXPECT_TRUE(end_session(*credentials, session));
    EXPECT_NE(stream.end(noon), "");
    must(credentials->reload(settings));

    EXPECT_NE(refusal(*credentials, {header}), "");
}

TEST_F(CredentialsTest, WhatIsNoSessionEndsNothing) {
    settings.machines = {machine("forwarder", "key-of-the-forwarder")};
    const auto credentials = must(Credentials::load(settings));
    const std::string header = "Bearer " + token(R"({"sub":"ann","exp":1800003600})");

    EXPECT_FALSE(end_session(*credentials, "key-of-the-forwarder"));
    EXPECT_FALSE(end_session(*credentials, "a.b.c"));
    EXPECT_FALSE(end_session(*credentials, token(R"({"sub":"ann","exp":1799990000})")));
    EXPECT_FALSE(must(credentials->end_session(request_with({header}), noon)).has_value());

    EXPECT_EQ(refusal(*credentials, {"Bearer key-of-the-forwarder"}), "");
    EXPECT_EQ(refusal(*credentials, {header}), "");
    Credentials everybodys;
    EXPECT_FALSE(end_session(everybodys, "a.b.c"));
}

TEST_F(CredentialsTest, ATokenThatHasEndedIsNotGivenAgain) {
    settings.sign_with = "k1";
    const auto credentials = must(Credentials::load(settings));
    const Identity maker{.caller = engine::everybody(), .expires = {}};
    const engine::Caller ann{
        .subject = "ann", .roles = {"customer"}, .claims = {}, .grants = std::nullopt};
    const auto vend = [&] {
        return must(credentials->vendor()->vend(maker, ann, seconds(3'600), noon)).token;
    };
    const std::string first = vend();
    EXPECT_EQ(vend(), first);

    EXPECT_TRUE(end_session(*credentials, first));
    // In the same second, in which it would say the same.
    const std::string second = vend();

    EXPECT_NE(second, first);
    const std::string ended = "Bearer " + first;
    const std::string renewed = "Bearer " + second;
    EXPECT_EQ(refusal(*credentials, {renewed}), "");
    EXPECT_NE(refusal(*credentials, {ended}), "");
}

TEST_F(CredentialsTest, ATokenSaysWhoseRequestItIs) {
    const auto credentials = must(Credentials::load(settings));
    const std::string shown = token(R"({"sub":"ann","role":"customer","exp":1800000060})");

    for (const std::string scheme : {"Bearer ", "bearer ", "BEARER   "}) {
        const std::string header = scheme + shown;
        const auto identity = identify(*credentials, request_with({header}), noon);
        ASSERT_TRUE(identity.has_value()) << scheme;
        EXPECT_EQ(identity->caller->subject, "ann");
        EXPECT_EQ(identity->expires, noon + seconds(60));
    }
}

TEST_F(CredentialsTest, AKnownTokenExpiresToo) {
    const auto credentials = must(Credentials::load(settings));
    const std::string header = "Bearer " + token(R"({"sub":"ann","exp":1800000060})");

    EXPECT_EQ(refusal(*credentials, {header}), "");
    EXPECT_EQ(refusal(*credentials, {header}, noon + seconds(59)), "");
    EXPECT_EQ(refusal(*credentials, {header}, noon + seconds(80)), "");  // clocks may differ
    EXPECT_NE(refusal(*credentials, {header}, noon + seconds(90)), "");
    EXPECT_NE(refusal(*credentials, {header}, noon + seconds(90)), "");
}

TEST_F(CredentialsTest, AMachineShowsItsKey) {
    settings.machines = {machine("forwarder", "key-of-the-forwarder"), machine("other", "key-2")};
    const auto credentials = must(Credentials::load(settings));

    const auto identity =
        identify(*credentials, request_with({"Bearer key-of-the-forwarder"}), noon);

    ASSERT_TRUE(identity.has_value());
    EXPECT_EQ(identity->caller->subject, "forwarder");
    EXPECT_EQ(identity->caller->grants, settings.machines[0].rights);
    EXPECT_FALSE(identity->expires.has_value());
    EXPECT_NE(refusal(*credentials, {"Bearer key-of-the-forwarde"}), "");
    EXPECT_NE(refusal(*credentials, {"Bearer Key-of-the-forwarder"}), "");
}

TEST_F(CredentialsTest, WhatIsNoCredentialIsRefused) {
    const auto credentials = must(Credentials::load(settings));
    const std::string good = "Bearer " + token(R"({"sub":"ann","exp":1800000060})");
    const std::string other =
        "Bearer " + token(R"({"sub":"ann","exp":1800000060})", std::string(32, 'x'));

    EXPECT_NE(refusal(*credentials, {}).find("needs a credential"), std::string::npos);
    EXPECT_NE(refusal(*credentials, {""}), "");
    EXPECT_NE(refusal(*credentials, {"Bearer"}), "");
    EXPECT_NE(refusal(*credentials, {"Bearer "}), "");
    EXPECT_NE(refusal(*credentials, {"Basic YTpi"}), "");
    EXPECT_NE(refusal(*credentials, {good.substr(7)}), "");
    EXPECT_NE(refusal(*credentials, {good + " " + good.substr(7)}), "");
    EXPECT_NE(refusal(*credentials, {good + ","}), "");
    EXPECT_NE(refusal(*credentials, {good, good}), "");
    EXPECT_NE(refusal(*credentials, {other}), "");
}

TEST_F(CredentialsTest, ARefusalSaysWhy) {
    using Reason = RefusalReason;
    settings.issuer = "https://login.example";
    settings.audience = "shop";
    const auto credentials = must(Credentials::load(settings));
    const std::string rules = R"("iss":"https://login.example","aud":"shop",)";
    const auto shown = [](const std::string& signed_token) { return "Bearer " + signed_token; };
    const auto reason = [&](const std::vector<std::string_view>& authorizations) {
        const auto identity = identify(*credentials, request_with(authorizations));
        return identity ? std::nullopt : identity.error().reason;
    };
    const std::string good = shown(token("{" + rules + R"("exp":1800000060})"));
    const std::string unsigned_token = good.substr(0, good.rfind('.') + 1);

    EXPECT_EQ(reason({good}), std::nullopt);
    EXPECT_EQ(reason({}), Reason::none);
    EXPECT_EQ(reason({"Basic YTpi"}), Reason::malformed);
    EXPECT_EQ(reason({good, good}), Reason::malformed);
    EXPECT_EQ(reason({"Bearer a.b.c"}), Reason::malformed);
    EXPECT_EQ(reason({shown(token("{" + rules + R"("sub":"ann"})"))}), Reason::malformed);
    EXPECT_EQ(reason({"Bearer no-such-key"}), Reason::unknown_key);
    EXPECT_EQ(reason({shown(must(make_token(must(TokenKey::hmac("k2", secret)),
                                            "{" + rules + R"("exp":1800000060})")))}),
              Reason::unknown_key);
    EXPECT_EQ(reason({unsigned_token}), Reason::bad_signature);
    // {"alg":"none"}
    EXPECT_EQ(reason({"Bearer eyJhbGciOiJub25lIn0.e30."}), Reason::wrong_algorithm);
    EXPECT_EQ(reason({shown(token("{" + rules + R"("exp":1799999970})"))}), Reason::expired);
    EXPECT_EQ(reason({shown(token("{" + rules + R"("exp":1800000060,"nbf":1800000031})"))}),
              Reason::not_yet_valid);
    EXPECT_EQ(reason({shown(token(R"({"aud":"shop","exp":1800000060})"))}), Reason::wrong_issuer);
    EXPECT_EQ(reason({shown(token(R"({"iss":"https://login.example","exp":1800000060})"))}),
              Reason::wrong_audience);
}

TEST_F(CredentialsTest, OneThatHasEndedIsRevokedOrExpired) {
    const Identity expired{.caller = engine::everybody(), .expires = noon};
    const Identity revoked{.caller = engine::everybody(),
                           .expires = noon,
                           .revoked = std::make_shared<const std::atomic<bool>>(true)};

    EXPECT_EQ(ended(expired, noon).reason, RefusalReason::expired);
    EXPECT_EQ(ended(revoked, noon).reason, RefusalReason::revoked);
    EXPECT_EQ(ended(revoked, noon).status, 401);
}

TEST_F(CredentialsTest, ARefusalChallengesAndShowsNothingOfWhatWasShown) {
    const auto credentials = must(Credentials::load(settings));

    const auto without = identify(*credentials, request_with({}), noon);
    const auto wrong = identify(*credentials, request_with({"Bearer planted-secret.a.b"}), noon);

    ASSERT_FALSE(without.has_value());
    ASSERT_FALSE(wrong.has_value());
    EXPECT_EQ(without.error().header("WWW-Authenticate"), R"(Bearer realm="freshet")");
    EXPECT_EQ(wrong.error().header("WWW-Authenticate"),
              R"(Bearer realm="freshet", error="invalid_token")");
    EXPECT_EQ(wrong.error().body.find("planted"), std::string::npos);
    EXPECT_EQ(wrong.error().header_lines().find("planted"), std::string::npos);
}

TEST_F(CredentialsTest, AKeyMayBeInTheEnvironment) {
    setenv("FRESHET_TEST_SECRET", std::string(secret).c_str(), 1);
    settings.keys[0].file.clear();
    settings.keys[0].variable = "FRESHET_TEST_SECRET";
    const auto credentials = must(Credentials::load(settings));

    EXPECT_EQ(refusal(*credentials, {"Bearer " + token(R"({"exp":1800000060})")}), "");
}

TEST_F(CredentialsTest, AKeyThatCannotBeUsedIsNamed) {
    const auto message = [this] {
        const auto credentials = Credentials::load(settings);
        return credentials ? std::string() : credentials.error().message;
    };
    EXPECT_EQ(message(), "");

    settings.keys[0].file = folder.file("none");
    EXPECT_EQ(message(), "key \"k1\" of [auth]: " + folder.file("none") +
                             ": cannot be read: No such file or directory");
    settings.keys[0].file.clear();
    settings.keys[0].variable = "FRESHET_TEST_NO_SECRET";
    EXPECT_EQ(message(),
              "key \"k1\" of [auth]: the environment has no variable of the name that env gives");
    std::ofstream(folder.file("secret")) << "short";
    settings.keys[0].file = folder.file("secret");
    EXPECT_NE(message(), "");
    EXPECT_EQ(message().find("short\""), std::string::npos);
    settings.keys[0].algorithm = engine::TokenAlgorithm::ed25519;
    EXPECT_NE(message(), "");
}

}  // namespace
}  // namespace freshet::http
