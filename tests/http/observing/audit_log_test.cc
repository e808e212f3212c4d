#include "http/observing/audit_log.h"

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <sstream>
#include <string>

namespace freshet::http {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr sys_seconds noon{seconds{1'800'000'000}};

class AuditLogTest : public ::testing::Test {
protected:
    AuditLogTest() {
        auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text);
        logger = std::make_shared<spdlog::logger>("audit", std::move(sink));
        logger->set_pattern("%l %v");
    }
    static Request request_of(const std::string& subject) {
        Request request;
        request.method = "GET";
        auto caller = std::make_shared<engine::Caller>();
        caller->subject = subject;
        request.identity.caller = std::move(caller);
        request.identity.expires = noon;
        return request;
    }
    static Answer having_done(const std::string& what) {
        Answer answer;
        answer.deed = what;
        return answer;
    }
    [[nodiscard]] std::size_t lines() const {
        const std::string all = text.str();
        return static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
    }

    std::ostringstream text;
    std::shared_ptr<spdlog::logger> logger;
};

TEST_F(AuditLogTest, SaysWhoWasRefusedWhatAndFromWhere) {
    AuditLog audit(logger);

    audit.note_refusal(request_of("bob"), "/views/order", Answer(403), "10.0.0.7", noon);

    EXPECT_EQ(text.str(),
              "warning audit refused status=403 reason=not_allowed method=GET "
              "path=\"/views/order\" subject=\"bob\" address=\"10.0.0.7\"\n");
}

TEST_F(AuditLogTest, NamesTheHostThatARequestWasRefusedFor) {
    AuditLog audit(logger);
    Request request;
    request.method = "GET";
    const std::string host = "shop.example\x1B[2J" + std::string(300, 'h');
    request.headers.push_back({"Host", host});
    Answer answer(403);
    answer.reason = RefusalReason::origin;

    audit.note_refusal(request, "other", answer, "::1", noon);
    audit.note_refusal(request, "other", Answer(403), "::2", noon);

    EXPECT_NE(text.str().find(R"(reason=origin host="shop.example\u001b[2Jhhh)"), std::string::npos)
        << text.str();
    EXPECT_NE(text.str().find("hhh\"… method=GET"), std::string::npos) << "it is cut";
    EXPECT_EQ(text.str().rfind("host="), text.str().find("host=")) << "the others say nothing new";
}

TEST_F(AuditLogTest, NamesNobodyWhoIsNotKnownAndNoMethodThatIsMadeUp) {
    AuditLog audit(logger);
    Request request;
    request.method = "SECRET";
    Answer answer(401);
    answer.reason = RefusalReason::none;

    audit.note_refusal(request, "other", answer, "::1", noon);

    EXPECT_EQ(text.str(),
              "warning audit refused status=401 reason=none method=other path=\"other\" "
              "address=\"::1\"\n");
}

TEST_F(AuditLogTest, TakesThoseWhoShowNoCredentialForNoMachine) {
    AuditLog audit(logger);
    Request request;
    request.method = "GET";
    request.identity.caller = engine::nobody();

    audit.note_refusal(request, "/events", Answer(401), "::1", noon);

    EXPECT_EQ(text.str().find("machine="), std::string::npos) << text.str();
}

TEST_F(AuditLogTest, SaysNoReasonOfWhatWasTooMuch) {
    AuditLog audit(logger);
    Answer answer(429);
    answer.reason = RefusalReason::expired;

    audit.note_refusal(request_of("bob"), "/", answer, "::1", noon);

    EXPECT_EQ(text.str().find("reason="), std::string::npos) << text.str();
}

TEST_F(AuditLogTest, SaysWhatWasDone) {
    AuditLog audit(logger);

    audit.note_deed(request_of("desk"), "/tokens", having_done("gave a token to ann"), "::1", noon);

    EXPECT_EQ(text.str(),
              "info audit done=\"gave a token to ann\" method=GET path=\"/tokens\" "
              "subject=\"desk\" address=\"::1\"\n");
}

TEST_F(AuditLogTest, ANameIsOneTextOfOneLine) {
    AuditLog audit(logger);

    audit.note_refusal(request_of("a\"\nwarning audit refused"), "/", Answer(403), "::1", noon);

    EXPECT_EQ(lines(), 1U);
    EXPECT_NE(text.str().find(R"(subject="a\"\nwarning audit refused")"), std::string::npos)
        << text.str();
}

// What was written in each second, whatever is left out.
TEST_F(AuditLogTest, WritesABoundedNumberOfBytesOfEachKindInASecond) {
    AuditLog audit(logger);
    const Request request = request_of(std::string(36'000, 'x'));
    Answer action = having_done(std::string(36'000, 'y'));
    Answer act;
    act.did(std::string(36'000, 'z'));
    const auto written_by = [&](const auto& note) {
        const std::size_t before = text.str().size();
        for (int i = 0; i < 1'000; ++i) note();
        return text.str().size() - before;
    };

    const std::size_t refused = written_by(
        [&] { audit.note_refusal(request, std::string(36'000, 'p'), Answer(403), "::1", noon); });
    const std::size_t acted =
        written_by([&] { audit.note_deed(request, "/tokens", action, "::1", noon); });
    const std::size_t administered =
        written_by([&] { audit.note_deed(request, "/tokens/revoke", act, "::1", noon); });

    for (const std::size_t bytes : {refused, acted, administered}) {
        EXPECT_GT(bytes, 4'000U) << "each has a budget of its own";
        EXPECT_LE(bytes, audit_bytes_max);
    }
}

TEST_F(AuditLogTest, CutsEachFieldAndSaysSo) {
    AuditLog audit(logger);
    const Request request = request_of(std::string(300, 's'));

    audit.note_refusal(request, "/" + std::string(300, 'p'), Answer(403), "::1", noon);
    audit.note_deed(request, "/", having_done(std::string(2'000, 'd')), "::1", noon);

    const std::string path = "path=\"/" + std::string(255, 'p') + "\"… ";
    const std::string subject = "subject=\"" + std::string(256, 's') + "\"… address";
    const std::string done = "done=\"" + std::string(1'024, 'd') + "\"… method";
    for (const std::string& field : {path, subject, done}) {
        EXPECT_NE(text.str().find(field), std::string::npos) << field << "\n" << text.str();
    }
}

TEST_F(AuditLogTest, NoFieldSteersATerminal) {
    AuditLog audit(logger);
    const std::string hostile =
        "a\x7f\xC2\x9B"
        "2J\xC2\x85\xE2\x80\xA8\xE2\x80\xAE\xFF";

    audit.note_refusal(request_of(hostile), hostile, Answer(403), hostile, noon);
    audit.note_deed(request_of(hostile), hostile, having_done(hostile), hostile, noon);

    const std::string escaped = R"("a\u007f\u009b2J\u0085\u2028\u202e\ufffd")";
    for (const char* field : {"path=", "subject=", "address=", "done="}) {
        EXPECT_NE(text.str().find(field + escaped), std::string::npos) << text.str();
    }
    const std::string all = text.str();
    EXPECT_TRUE(std::all_of(all.begin(), all.end(), [](char c) { return c == '\n' || c >= ' '; }));
}

TEST_F(AuditLogTest, CountsTheRefusalsOfASecondThatItDoesNotList) {
    AuditLog audit(logger);
    const Request request = request_of("bob");

    for (std::size_t i = 0; i < audit_lines_max + 7; ++i) {
        audit.note_refusal(request, "/", Answer(403), "::1", noon);
    }
    EXPECT_EQ(lines(), audit_lines_max);
    audit.note_deed(request, "/", having_done("began a session"), "::1", noon);
    EXPECT_EQ(lines(), audit_lines_max + 1);

    audit.note_refusal(request, "/", Answer(403), "::1", noon + seconds(1));
    EXPECT_EQ(lines(), audit_lines_max + 3);
    EXPECT_NE(text.str().find("warning audit 7 more refusals were not listed\n"),
              std::string::npos);
}

// Threads do not see the same second begin.
TEST_F(AuditLogTest, ThreadsThatDisagreeAboutTheSecondShareItsBudget) {
    AuditLog audit(logger);
    const Request request = request_of("bob");

    for (std::size_t i = 0; i < 10 * audit_lines_max; ++i) {
        audit.note_refusal(request, "/", Answer(403), "::1", noon + seconds(i % 2));
    }

    EXPECT_LE(lines(), 2 * audit_lines_max);
}

TEST_F(AuditLogTest, AClockThatIsPutBackLeavesItsRoom) {
    AuditLog audit(logger);
    const Request request = request_of("bob");
    for (std::size_t i = 0; i < 2 * audit_lines_max; ++i) {
        audit.note_refusal(request, "/", Answer(403), "::1", noon);
    }

    audit.note_refusal(request, "/late", Answer(403), "::1", noon - std::chrono::hours(1));

    EXPECT_NE(text.str().find("path=\"/late\""), std::string::npos);
}

TEST_F(AuditLogTest, WhatAnybodyDoesKeepsOutNoLineOfAnAdmin) {
    AuditLog audit(logger);
    for (std::size_t i = 0; i < 2 * audit_lines_max; ++i) {
        audit.note_deed(request_of("bob"), "/session", having_done("began a session"), "::1", noon);
    }
    Answer act;
    act.did("revoked the tokens of bob");

    audit.note_deed(request_of("root"), "/tokens/revoke", act, "::1", noon);

    EXPECT_EQ(lines(), audit_lines_max + 1);
    EXPECT_NE(text.str().find("revoked the tokens of bob"), std::string::npos);
    for (std::size_t i = 0; i < 2 * audit_lines_max; ++i) {
        audit.note_deed(request_of("root"), "/tokens/revoke", act, "::1", noon);
    }
    EXPECT_EQ(lines(), 2 * audit_lines_max) << "nor do admins fill a disk";
}

TEST_F(AuditLogTest, WithoutALogNothingIsNoted) {
    AuditLog audit(nullptr);

    audit.note_refusal(request_of("bob"), "/", Answer(403), "::1", noon);
    audit.note_deed(request_of("bob"), "/", having_done("began a session"), "::1", noon);

    EXPECT_EQ(text.str(), "");
}

}  // namespace
}  // namespace freshet::http
