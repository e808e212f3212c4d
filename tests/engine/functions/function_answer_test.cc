// What engine/functions/function_answer.h promises: what became of a batch, by the answer.

#include "engine/functions/function_answer.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using std::chrono::seconds;

const std::vector<std::string> identifiers{"111", "222", "333"};
const std::vector<std::string> event_ids{"5f.7", "5f.8", "5f.9"};
constexpr const char* lambda_target = "/2015-03-31/functions/function/invocations";

Function reporting() {
    Function function;
    function.reports_failures = true;
    return function;
}

Function on_lambda(bool reports = false) {
    Function function;
    function.reports_failures = reports;
    function.url.target = lambda_target;
    return function;
}

FunctionAnswer read(const Function& function, const std::string& body, int status = 200) {
    return read_answer(function, {.status = status, .body = body}, identifiers, event_ids);
}

void expect_taken(const FunctionAnswer& answer, const std::string& about) {
    EXPECT_FALSE(answer.failed) << about << ": " << answer.error;
    EXPECT_EQ(answer.error, "") << about;
}

void expect_whole(const FunctionAnswer& answer, const std::string& about) {
    EXPECT_EQ(answer.failed, std::optional<std::size_t>(0)) << about;
    EXPECT_FALSE(answer.is_partial) << about;
    EXPECT_TRUE(answer.is_attempt) << about;
    EXPECT_NE(answer.error, "") << about;
}

std::string failures(const std::string& list) {
    return R"({"batchItemFailures":)" + list + "}";
}

// ---- by the status ----

TEST(FunctionAnswer, EverySuccessIsOneWhateverItSays) {
    for (const int status : {200, 201, 202, 204, 299}) {
        for (const std::string body : {"", "ok", "{", R"({"batchItemFailures":[{}]})"}) {
            expect_taken(read(Function(), body, status), std::to_string(status) + ' ' + body);
        }
    }
}

TEST(FunctionAnswer, EveryOtherStatusFailsTheWholeBatch) {
    for (const int status : {100, 300, 400, 401, 404, 408, 413, 500, 502, 504, 599}) {
        expect_whole(read(Function(), "", status), std::to_string(status));
        expect_whole(read(reporting(), failures(R"([{"itemIdentifier":"222"}])"), status),
                     std::to_string(status));
    }
    EXPECT_EQ(read(Function(), "no room", 500).error, "answered 500: no room");
    EXPECT_EQ(read(Function(), " \r\n", 500).error, "answered 500");
}

TEST(FunctionAnswer, RedirectsAreNotFollowed) {
    for (const int status : {301, 302, 303, 307, 308}) {
        EXPECT_EQ(read(Function(), "moved", status).error,
                  "answered " + std::to_string(status) + ", and redirects are not followed");
    }
}

TEST(FunctionAnswer, E58_WhatDidNotReachTheFunctionIsNoAttempt) {
    for (const int status : {429, 503}) {
        const FunctionAnswer answer = read(reporting(), "slow down", status);
        EXPECT_EQ(answer.failed, std::optional<std::size_t>(0));
        EXPECT_FALSE(answer.is_attempt) << status;
    }
    EXPECT_FALSE(no_answer("refused", false).is_attempt);
    EXPECT_TRUE(no_answer("no answer within 30 s", true).is_attempt);
    EXPECT_EQ(no_answer("refused", false).failed, std::optional<std::size_t>(0));
}

TEST(FunctionAnswer, SaysAfterWhatTimeToComeAgain) {
    const FunctionAnswer answer = read_answer(
        Function(), {.status = 503, .body = "", .retry_after = seconds(7)}, identifiers, event_ids);

    EXPECT_EQ(answer.retry_after, seconds(7));
}

// ---- partial batch responses ----

TEST(FunctionAnswer, E62_CompleteSuccessHasEveryFormOfAws) {
    for (const std::string body : {"", "null", " null \n", "{}", R"({"batchItemFailures":[]})",
                                   R"({"batchItemFailures":null})", R"({"other":1})"}) {
        expect_taken(read(reporting(), body), body);
    }
}

TEST(FunctionAnswer, E62_TheLowestThatIsNamedIsWhereTheBatchBeginsAgain) {
    struct Case {
        std::string list;
        std::size_t failed;
    };
    for (const Case& one : std::vector<Case>{
             {R"([{"itemIdentifier":"333"}])", 2},
             {R"([{"itemIdentifier":"222"}])", 1},
             {R"([{"itemIdentifier":"111"}])", 0},
             {R"([{"itemIdentifier":"333"},{"itemIdentifier":"222"}])", 1},
             {R"([{"itemIdentifier":"222"},{"itemIdentifier":"333"},{"itemIdentifier":"222"}])", 1},
             {R"([{"itemIdentifier":"5f.9"}])", 2},
             {R"([{"itemIdentifier":"333"},{"itemIdentifier":"5f.8"}])", 1},
             {R"([{"more":1,"itemIdentifier":"222"}])", 1}}) {
        const FunctionAnswer answer = read(reporting(), failures(one.list));
        EXPECT_EQ(answer.failed, std::optional(one.failed)) << one.list;
        EXPECT_TRUE(answer.is_partial) << one.list;
        EXPECT_TRUE(answer.is_attempt) << one.list;
        EXPECT_NE(answer.error, "") << one.list;
    }
}

TEST(FunctionAnswer, E62_WhatIsMalformedFailsTheWholeBatch) {
    for (const std::string list :
         {R"([{"itemIdentifier":""}])", R"([{"itemIdentifier":null}])",
          R"([{"itemIdentifier":222}])", R"([{"itemIdentifier":["222"]}])",
          R"([{"itemIdentifer":"222"}])", R"([{"ItemIdentifier":"222"}])", R"([{}])", R"([null])",
          R"(["222"])", R"([222])", R"([[]])", R"([{"itemIdentifier":"444"}])",
          R"([{"itemIdentifier":"0222"}])", R"([{"itemIdentifier":"222 "}])",
          R"({"itemIdentifier":"222"})", R"("222")", R"(222)", R"(true)",
          // One that is wrong makes the rest worth nothing, wherever it stands.
          R"([{"itemIdentifier":"222"},{"itemIdentifier":""}])",
          R"([{"itemIdentifier":"444"},{"itemIdentifier":"222"}])"}) {
        expect_whole(read(reporting(), failures(list)), list);
    }
    for (const std::string body :
         {"{", "ok", "[]", R"("")", "1", "true", R"([{"itemIdentifier":"222"}])",
          R"({"batchItemFailures":[)", "\xFF"}) {
        expect_whole(read(reporting(), body), body);
    }
}

TEST(FunctionAnswer, E62_WhatIsNotAskedForIsIgnored) {
    expect_taken(read(Function(), failures(R"([{"itemIdentifier":"222"}])")), "named");
    expect_taken(read(Function(), failures(R"([{"itemIdentifier":""}])")), "malformed");
}

// ---- Lambda's emulator ----

TEST(FunctionAnswer, WhatAHandlerThrewIsInTheBodyOfLambda) {
    const std::string body = R"({"errorType":"TypeError","errorMessage":"x is no function"})";
    for (const bool reports : {false, true}) {
        const FunctionAnswer answer = read(on_lambda(reports), body);
        expect_whole(answer, body);
        EXPECT_EQ(answer.error, "the handler threw TypeError x is no function");
    }
    expect_whole(read(on_lambda(), R"({"errorMessage":"timed out"})"), "without a type");
    expect_taken(read(Function(), body), "elsewhere, that is the function's own affair");
    expect_taken(read(reporting(), body), "elsewhere, that is the function's own affair");
}

TEST(FunctionAnswer, OnLambdaAnythingElseIsTaken) {
    for (const std::string body : {"", "null", "ok", "[]", "7", R"("errorType")", R"({"error":1})",
                                   R"([{"errorType":1}])"}) {
        expect_taken(read(on_lambda(), body), body);
    }
    EXPECT_EQ(read(on_lambda(true), failures(R"([{"itemIdentifier":"333"}])")).failed,
              std::optional<std::size_t>(2));
}

TEST(FunctionAnswer, TheHeaderThatSaysErrorFailsTheWholeBatch) {
    for (const bool reports : {false, true}) {
        Function function;
        function.reports_failures = reports;
        const FunctionReply reply{.status = 200, .body = "null", .says_error = true};
        expect_whole(read_answer(function, reply, identifiers, event_ids), "null");
    }
}

}  // namespace
}  // namespace freshet::engine
