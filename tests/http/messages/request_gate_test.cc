#include "http/messages/request_gate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace freshet::http {
namespace {

// The status that the head is refused with; 0 if it passes.
int status_of_bytes(const std::string& head) {
    const auto refusal = refuse_head_bytes(head);
    return refusal ? refusal->status : 0;
}

int status_of(const std::vector<HeaderField>& more, std::string_view target = "/livez",
              int version = 11) {
    Request request;
    request.method = "POST";
    request.raw_target = target;
    request.version = version;
    request.headers = {{"Host", "localhost"}};
    request.headers.insert(request.headers.end(), more.begin(), more.end());
    const auto refusal = refuse_head(request);
    return refusal ? refusal->status : 0;
}

// Without any header.
int status_of_bare(std::string_view method, std::string_view target, int version) {
    Request request;
    request.method = method;
    request.raw_target = target;
    request.version = version;
    const auto refusal = refuse_head(request);
    return refusal ? refusal->status : 0;
}

int status_of_host(std::string_view host) {
    Request request;
    request.raw_target = "/";
    request.headers = {{"Host", host}};
    const auto refusal = refuse_head(request);
    return refusal ? refusal->status : 0;
}

TEST(RequestGate, AnOrdinaryHeadPasses) {
    EXPECT_EQ(status_of_bytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), 0);
    EXPECT_EQ(status_of({}), 0);
    EXPECT_EQ(status_of({{"Content-Length", "12"}}), 0);
    EXPECT_EQ(status_of({{"transfer-encoding", "Chunked"}}), 0);
}

TEST(RequestGate, TransferEncodingIsExactlyChunked) {
    EXPECT_EQ(status_of({{"Transfer-Encoding", "xchunked"}}), 400);
    EXPECT_EQ(status_of({{"Transfer-Encoding", "chunked, identity"}}), 400);
    EXPECT_EQ(status_of({{"Transfer-Encoding", "chunked, chunked"}}), 501);
    EXPECT_EQ(status_of({{"Transfer-Encoding", "identity"}}), 400);
    EXPECT_EQ(status_of({{"Transfer-Encoding", ""}}), 400);
    EXPECT_EQ(status_of({{"Transfer-Encoding", "gzip, chunked"}}), 501);
    EXPECT_EQ(status_of({{"Transfer-Encoding", "gzip"}, {"Transfer-Encoding", "chunked"}}), 400);
}

TEST(RequestGate, ChunksAreNotPartOfHttp10) {
    EXPECT_EQ(status_of({{"Transfer-Encoding", "chunked"}}, "/livez", 10), 400);
}

TEST(RequestGate, ABodyHasOneLength) {
    EXPECT_EQ(status_of({{"Content-Length", "3"}, {"Content-Length", "3"}}), 400);
    EXPECT_EQ(status_of({{"Content-Length", "3, 3"}}), 400);
    EXPECT_EQ(status_of({{"Content-Length", "+3"}}), 400);
    EXPECT_EQ(status_of({{"Content-Length", "3"}, {"Transfer-Encoding", "chunked"}}), 400);
}

TEST(RequestGate, ThereIsExactlyOneHost) {
    Request none;
    none.raw_target = "/";
    EXPECT_EQ(refuse_head(none)->status, 400);
    EXPECT_EQ(status_of({{"host", "localhost"}}), 400);
}

TEST(RequestGate, OnlyAHealthCheckByHttp10NamesNoHost) {
    for (const char* method : {"GET", "HEAD", "OPTIONS"}) {
        for (const char* target : {"/livez", "/readyz", "/livez/"}) {
            EXPECT_EQ(status_of_bare(method, target, 10), 0) << method << target;
            EXPECT_EQ(status_of_bare(method, target, 11), 400) << method << target;
        }
    }
    EXPECT_EQ(status_of_bare("POST", "/livez", 10), 400);
    for (const char* target : {"/", "/status", "/records", "/livez/x", "/readyz?verbose", "*"}) {
        EXPECT_EQ(status_of_bare("OPTIONS", target, 10), 400) << target;
    }
}

TEST(RequestGate, AHostInTheTargetGoesBeforeTheHeader) {
    EXPECT_EQ(status_of({}, "http://localhost/livez"), 0);
    EXPECT_EQ(status_of({}, "HTTPS://127.0.0.1:8080"), 0);
    EXPECT_EQ(status_of({}, "http://localhost?x=1"), 0);
    for (const char* target :
         {"http://example.com/livez", "http:///livez", "http://", "http://a@localhost/"}) {
        EXPECT_EQ(status_of({}, target), 403) << target;
    }
}

TEST(RequestGate, HostNamesThisMachine) {
    for (const char* host : {"localhost", "LocalHost:8080", "127.0.0.1", "127.0.0.1:1",
                             "127.255.0.9:65535", "[::1]", "[::1]:8080"}) {
        EXPECT_EQ(status_of_host(host), 0) << host;
    }
    for (const char* host :
         {"", "example.com", "127.0.0.1.example.com", "localhost.example.com", "127.0.0",
          "128.0.0.1", "127.0.0.256", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:8x",
          "127.0.0.1:80:80", "[::2]", "[::1]x", "::1", "0.0.0.0", "127.0.0.1.",
          "localhost:8080@example.com", "127.0.0.1.1", "0127.0.0.1"}) {
        EXPECT_EQ(status_of_host(host), 403) << host;
    }
}

TEST(RequestGate, TheRefusalOfAnotherHostSaysWhatToDo) {
    Request request;
    request.raw_target = "/";
    request.headers = {{"Host", "shop.example"}};

    const auto refusal = refuse_head(request);

    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->reason, RefusalReason::origin);
    EXPECT_NE(refusal->body.find("add [auth] to its configuration (docs/access.md)"),
              std::string::npos)
        << refusal->body;
}

TEST(RequestGate, AFoldedHeaderIsRefused) {
    EXPECT_EQ(status_of_bytes("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"), 400);
    EXPECT_EQ(status_of_bytes("GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n"), 400);
}

TEST(RequestGate, ALineThatEndsWithABareLineFeedIsRefusedAtOnce) {
    EXPECT_EQ(status_of_bytes("GET / HTTP/1.1\n"), 400);
    EXPECT_EQ(status_of_bytes("\n"), 400);
}

TEST(RequestGate, ThereAreAtMostSixtyFourFields) {
    std::string head = "GET / HTTP/1.1\r\n";
    for (std::size_t i = 0; i < fields_max; ++i) head += "A: b\r\n";
    EXPECT_EQ(status_of_bytes(head + "\r\n"), 0);
    EXPECT_EQ(status_of_bytes(head + "A: b\r\n\r\n"), 431);
}

TEST(RequestGate, TheHeadIsAtMostSixteenKib) {
    const std::string begin = "GET / HTTP/1.1\r\nA: ";
    EXPECT_EQ(status_of_bytes(begin + std::string(head_bytes_max - begin.size(), 'a')), 0);
    EXPECT_EQ(status_of_bytes(begin + std::string(head_bytes_max - begin.size() + 1, 'a')), 431);
}

TEST(RequestGate, TheTargetIsAtMostTwelveKib) {
    const std::string longest(target_bytes_max, 'a');
    EXPECT_EQ(status_of_bytes("GET " + longest + " HTTP/1.1\r\n\r\n"), 0);
    EXPECT_EQ(status_of_bytes("GET " + longest + "a HTTP/1.1\r\n\r\n"), 414);
    EXPECT_EQ(status_of_bytes("GET " + longest + "a"), 414);
}

TEST(RequestGate, TheTargetIsAPathOrAUrl) {
    for (const char* target :
         {"ftp://localhost/", "http:/localhost", "*", "localhost:80", "livez", ""}) {
        EXPECT_EQ(status_of({}, target), 400) << target;
    }
}

TEST(RequestGate, ThereAreNoTunnels) {
    Request request;
    request.method = "CONNECT";
    request.raw_target = "/";
    request.headers = {{"Host", "localhost"}};
    EXPECT_EQ(refuse_head(request)->status, 501);
}

TEST(RequestGate, TheOnlyExpectationIsContinue) {
    EXPECT_EQ(status_of({{"Expect", "100-Continue"}}), 0);
    EXPECT_EQ(status_of({{"Expect", "200-ok"}}), 417);
}

}  // namespace
}  // namespace freshet::http
