#include "http/messages/answer.h"

#include <gtest/gtest.h>

#include <string>

namespace freshet::http {
namespace {

std::string wire(const Answer& answer, const WireForm& form = {}) {
    std::string text;
    append_answer(text, answer, form);
    return text;
}

TEST(Answer, IsWrittenWithItsLength) {
    EXPECT_EQ(wire(json_answer("{}")),
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
}

TEST(Answer, ToHeadIsTheSameWithoutItsBody) {
    EXPECT_EQ(wire(json_answer("{}"), {.head = true}),
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n");
}

TEST(Answer, NotModifiedHasNeitherBodyNorLength) {
    Answer answer(304);
    answer.set("ETag", "\"1\"");

    EXPECT_EQ(wire(answer), "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n");
}

TEST(Answer, SaysWhenTheConnectionEnds) {
    EXPECT_NE(wire(Answer(200), {.keep_alive = false}).find("\r\nConnection: close\r\n"),
              std::string::npos);
    EXPECT_EQ(wire(Answer(200)).find("Connection"), std::string::npos);
}

TEST(Answer, TellsAnOldClientThatTheConnectionGoesOn) {
    EXPECT_NE(wire(Answer(200), {.version = 10}).find("\r\nConnection: keep-alive\r\n"),
              std::string::npos);
}

TEST(Answer, AHeaderCannotEndItsLine) {
    Answer answer;
    answer.set("Link", std::string("a\r\nSet-Cookie: b\n\0c\x7f\td", 23));

    EXPECT_EQ(answer.header("link"), "aSet-Cookie: bcd");
    EXPECT_EQ(answer.header("Set-Cookie"), "");
}

TEST(Answer, AProblemIsOneOfRfc9457) {
    const Answer answer = problem(422, "2 \"faults\"", {{"/0", "is a\nb"}, {"/1/x", "is c"}});

    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
    EXPECT_EQ(answer.body,
              R"({"type":"about:blank","title":"Unprocessable Content","status":422,)"
              R"("detail":"2 \"faults\"","errors":[{"pointer":"/0","detail":"is a\nb"},)"
              R"({"pointer":"/1/x","detail":"is c"}]})"
              "\n");
}

TEST(Answer, AProblemWithoutFaultsHasNoErrors) {
    EXPECT_EQ(problem(404, "no").body.find("errors"), std::string::npos);
}

TEST(Answer, EachKindOfFailureHasItsStatus) {
    const auto status = [](Errc code) { return problem_of({code, "x"}).status; };
    EXPECT_EQ(status(Errc::malformed), 400);
    EXPECT_EQ(status(Errc::refused), 400);
    EXPECT_EQ(status(Errc::forbidden), 403);
    EXPECT_EQ(status(Errc::gone), 410);
    EXPECT_EQ(status(Errc::too_large), 413);
    EXPECT_EQ(status(Errc::corrupt), 500);
    EXPECT_EQ(status(Errc::io), 500);
}

TEST(Answer, HasThePhraseOfItsStatus) {
    for (const int status : {200, 204, 304, 400, 401, 403, 404, 405, 408, 410, 413,
                             414, 415, 417, 422, 431, 500, 501, 503, 504, 505, 507}) {
        EXPECT_NE(phrase_of(status), "Unknown") << status;
    }
    EXPECT_EQ(phrase_of(401), "Unauthorized");
}

TEST(Answer, WhatMaySucceedLaterSaysWhen) {
    for (const Errc code : {Errc::busy, Errc::unavailable, Errc::damaged_state}) {
        const Answer answer = problem_of({code, "later"});
        EXPECT_EQ(answer.status, 503);
        EXPECT_EQ(answer.header("Retry-After"), "1");
    }
    EXPECT_EQ(problem_of({Errc::io, "x"}).header("Retry-After"), "");
}

TEST(Answer, AFullDiskAsksForRoom) {
    const Answer answer = problem_of({Errc::disk_full, "no space left"});

    EXPECT_EQ(answer.status, 507);
    EXPECT_EQ(answer.header("Retry-After"), "5");
    EXPECT_NE(answer.body.find("Insufficient Storage"), std::string::npos);
    EXPECT_NE(answer.body.find("no space left; make room"), std::string::npos);
}

}  // namespace
}  // namespace freshet::http
