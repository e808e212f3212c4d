// What is sent wrongly is answered with what is wrong and where; none of it is appended, what
// stood there stays, and the server goes on.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

std::string repeated(std::string_view text, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += text;
    return out;
}

class WrongBodyTest : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(system.start());
        system.append(inserted("here-before", 1, R"("status":{"S":"NEW"})").text());
        log_before = system.get("/records?limit=1000").body;
    }

    void expect_nothing_new() {
        EXPECT_EQ(system.get("/records?limit=1000").body, log_before);
        EXPECT_EQ(system.read("/views/order/here-before")["status"].text(), "NEW");
        EXPECT_EQ(system.get("/readyz").status, 200);
    }

    // The server has not only survived: it takes what is right.
    void expect_goes_on() {
        EXPECT_EQ(system.append(inserted("afterwards", 1).text())["appended"].text(), "1");
        EXPECT_EQ(system.get("/views/order/afterwards").status, 200);
    }

    JsonValue expect_problem(const HttpAnswer& answer, int status) {
        EXPECT_EQ(answer.status, status) << answer.body;
        EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
        JsonValue problem = json(answer.body);
        EXPECT_EQ(problem["status"].text(), std::to_string(status));
        EXPECT_FALSE(problem["title"].text().empty());
        EXPECT_FALSE(problem["detail"].text().empty());
        return problem;
    }

    System system{orders_config};
    std::string log_before;
};

// ---- what is not JSON: 400, and where in the text ----

struct WrongText {
    std::string name;
    std::string body;
    std::string place;  // that the detail begins with
};

std::vector<WrongText> wrong_texts() {
    const std::string good = event_of(inserted("a", 1).text());
    const std::string cut = good.substr(0, good.size() / 2);
    const std::string bad_utf8 = event_of(inserted("a\xC3(", 1).text());
    const std::string overlong = event_of(inserted("\xC0\xAF", 1).text());
    const std::string surrogate = event_of(inserted("\xED\xA0\x80", 1).text());
    const auto column = [](const std::string& body, std::string_view mark) {
        return "line 1, column " + std::to_string(body.find(mark) + 1) + ": ";
    };
    const std::string deep_lists =
        R"({"L":[)" + repeated(R"({"L":[)", 10'000) + repeated("]}", 10'000) + "]}";
    return {
        {"nothing", "", "the body is empty"},
        {"blanks", " \n ", "the body is empty"},
        {"prose", "hello", "line 1, column 1: "},
        {"a form", "Records=1", "line 1, column 1: "},
        {"single quotes", "{'Records':[]}", "line 1, column 2: "},
        {"a comma too many", "{\"Records\":[\n],\n}", "line 3, column 1: "},
        {"a missing colon", R"({"Records" []})", "line 1, column 12: "},
        {"two documents", R"({"Records":[]} {"Records":[]})", "line 1, column 16: "},
        {"NDJSON", "{\"Records\":[]}\n{\"Records\":[]}\n", "line 2, column 1: "},
        {"not a number", R"({"Records":[NaN]})", "line 1, column 13: "},
        {"a number with a leading zero", R"({"Records":[01]})", "line 1, column 13: "},
        {"half a surrogate pair", R"({"Records":["\ud800"]})", "line 1, column 14: "},
        {"a wrong escape", R"({"Records":["\x41"]})", "line 1, column 14: "},
        {"a line break in a string", "{\"Records\":[\"\n\"]}", "line 1, column 14: "},
        {"a byte order mark", "\xEF\xBB\xBF" + good, "line 1, column 1: "},
        {"a NUL behind the end", good + std::string(1, '\0'),
         "line 1, column " + std::to_string(good.size() + 1) + ": "},
        {"a truncated event", cut, "line 1, column " + std::to_string(cut.size() + 1) + ": "},
        {"all but the last byte", good.substr(0, good.size() - 1),
         "line 1, column " + std::to_string(good.size()) + ": "},
        {"bad UTF-8", bad_utf8, column(bad_utf8, "\xC3")},
        {"overlong UTF-8", overlong, column(overlong, "\xC0")},
        {"a surrogate in UTF-8", surrogate, column(surrogate, "\xED")},
        {"UTF-16", std::string("{\0\"\0R\0", 6), "line 1, column 2: "},
        {"20,000 open arrays", repeated("[", 20'000), "line 1, column 97: "},
        {"20,000 arrays", repeated("[", 20'000) + repeated("]", 20'000), "line 1, column 97: "},
        {"20,000 objects", repeated(R"({"a":)", 20'000) + "1" + repeated("}", 20'000), "line 1, "},
        {"20,000 levels within an image",
         event_of(inserted("deep", 1, R"("items":)" + deep_lists).text()), "line 1, "},
    };
}

TEST_F(WrongBodyTest, TextThatIsNotJsonIsRefusedWithItsLineAndColumn) {
    for (const WrongText& wrong : wrong_texts()) {
        for (const char* target : {"/records", "/records?partial=true"}) {
            SCOPED_TRACE(wrong.name + " to " + target);

            const HttpAnswer answer = system.post(wrong.body, target);

            const JsonValue problem = expect_problem(answer, 400);
            EXPECT_TRUE(problem["detail"].text().starts_with(wrong.place))
                << "expected " << wrong.place << "…, is " << problem["detail"];
            expect_nothing_new();
        }
    }
    expect_goes_on();
}

// ---- what is JSON and no record: 422, and a pointer to each fault ----

struct WrongRecord {
    std::string name;
    RecordText record;
    std::string pointer;  // seen from the record
};

RecordText with_event_name(const std::string& json) {
    RecordText record;
    record.event_name = json;
    return record;
}

RecordText with_arn(const std::string& json) {
    RecordText record;
    record.arn = json;
    return record;
}

RecordText with_keys(const std::string& json) {
    RecordText record;
    record.keys = json;
    record.after.clear();
    return record;
}

RecordText with_sequence(const std::string& json) {
    RecordText record;
    record.sequence = json;
    return record;
}

RecordText with_image(const std::string& json) {
    RecordText record;
    record.after = json;
    return record;
}

// With an attribute `a` in its image.
RecordText with_value(const std::string& json) {
    return with_image(R"({"pk":{"S":"wrong"},"a":)" + json + "}");
}

RecordText with_both_images(const std::string& event_name) {
    RecordText record = with_event_name(event_name);
    record.before = record.after;
    return record;
}

RecordText with_more(const std::string& member) {
    RecordText record;
    record.more = member;
    return record;
}

RecordText with_more_outside(const std::string& member) {
    RecordText record;
    record.more_outside = member;
    return record;
}

std::vector<WrongRecord> wrong_envelopes() {
    const std::string too_long = json_text(repeated("9", 129));
    return {
        {"an unknown event name", with_event_name(R"("UPSERT")"), "/eventName"},
        {"an event name in small letters", with_event_name(R"("insert")"), "/eventName"},
        {"an empty event name", with_event_name(R"("")"), "/eventName"},
        {"a number as event name", with_event_name("1"), "/eventName"},
        {"null as event name", with_event_name("null"), "/eventName"},
        {"no event name", with_event_name(""), "/eventName"},
        {"two event names", with_more_outside(R"("eventName":"INSERT")"), "/eventName"},
        {"an unknown source table",
         with_arn(R"("arn:aws:dynamodb:eu-west-1:123456789012:table/other/stream/2026-11-20")"),
         "/eventSourceARN"},
        {"a source that is no table", with_arn(R"("arn:aws:s3:::orders")"), "/eventSourceARN"},
        {"an empty source", with_arn(R"("")"), "/eventSourceARN"},
        {"a number as source", with_arn("7"), "/eventSourceARN"},
        {"no source", with_arn(""), "/eventSourceARN"},
        {"no keys", with_keys(""), "/dynamodb/Keys"},
        {"empty keys", with_keys("{}"), "/dynamodb/Keys"},
        {"null as keys", with_keys("null"), "/dynamodb/Keys"},
        {"an array as keys", with_keys("[]"), "/dynamodb/Keys"},
        {"another key", with_keys(R"({"id":{"S":"1"}})"), "/dynamodb/Keys"},
        {"a number as key", with_keys(R"({"pk":{"N":"1"}})"), "/dynamodb/Keys/pk"},
        {"an empty key", with_keys(R"({"pk":{"S":""}})"), "/dynamodb/Keys/pk"},
        {"a key too many", with_keys(R"({"pk":{"S":"1"},"sk":{"S":"1"}})"), "/dynamodb/Keys/sk"},
        {"an untyped key", with_keys(R"({"pk":"wrong"})"), "/dynamodb/Keys/pk"},
        {"no sequence number", with_sequence(""), "/dynamodb/SequenceNumber"},
        {"a bare number as sequence number", with_sequence("900"), "/dynamodb/SequenceNumber"},
        {"letters as sequence number", with_sequence(R"("9x")"), "/dynamodb/SequenceNumber"},
        {"an empty sequence number", with_sequence(R"("")"), "/dynamodb/SequenceNumber"},
        {"a negative sequence number", with_sequence(R"("-9")"), "/dynamodb/SequenceNumber"},
        {"a broken sequence number", with_sequence(R"("9.5")"), "/dynamodb/SequenceNumber"},
        {"a sequence number with a blank", with_sequence(R"(" 9")"), "/dynamodb/SequenceNumber"},
        {"a sequence number of 129 digits", with_sequence(too_long), "/dynamodb/SequenceNumber"},
        {"null as sequence number", with_sequence("null"), "/dynamodb/SequenceNumber"},
        {"two sequence numbers", with_more(R"("SequenceNumber":"901")"),
         "/dynamodb/SequenceNumber"},
        {"an unknown view type", with_more(R"("StreamViewType":"ALL")"),
         "/dynamodb/StreamViewType"},
        {"an INSERT with an old image", with_both_images(R"("INSERT")"), "/dynamodb/OldImage"},
        {"a REMOVE with a new image", with_event_name(R"("REMOVE")"), "/dynamodb/NewImage"},
    };
}

std::vector<WrongRecord> wrong_images() {
    const std::string image = "/dynamodb/NewImage";
    return {
        {"an array as image", with_image("[]"), image},
        {"text as image", with_image(R"("{}")"), image},
        {"an image of another key", with_image(R"({"pk":{"S":"other"}})"), image + "/pk"},
        {"an unknown attribute type", with_value(R"({"X":"1"})"), image + "/a"},
        {"an attribute type in small letters", with_value(R"({"s":"1"})"), image + "/a"},
        {"no attribute type", with_value("{}"), image + "/a"},
        {"two attribute types", with_value(R"({"S":"1","N":"1"})"), image + "/a"},
        {"an untyped value", with_value(R"("text")"), image + "/a"},
        {"null", with_value("null"), image + "/a"},
        {"a number as S", with_value(R"({"S":1})"), image + "/a/S"},
        {"null as S", with_value(R"({"S":null})"), image + "/a/S"},
        {"a bare number as N", with_value(R"({"N":1})"), image + "/a/N"},
        {"text as N", with_value(R"({"N":"abc"})"), image + "/a/N"},
        {"nothing as N", with_value(R"({"N":""})"), image + "/a/N"},
        {"infinity as N", with_value(R"({"N":"Infinity"})"), image + "/a/N"},
        {"hexadecimal as N", with_value(R"({"N":"0x10"})"), image + "/a/N"},
        {"no base64 as B", with_value(R"({"B":"***"})"), image + "/a/B"},
        {"text as BOOL", with_value(R"({"BOOL":"true"})"), image + "/a/BOOL"},
        {"text as SS", with_value(R"({"SS":"a"})"), image + "/a/SS"},
        {"a number in SS", with_value(R"({"SS":["a",1]})"), image + "/a/SS/1"},
        {"SS with a repetition", with_value(R"({"SS":["a","b","a"]})"), image + "/a/SS/2"},
        {"NS with a repetition", with_value(R"({"NS":["1","1.0"]})"), image + "/a/NS/1"},
        {"NS with text", with_value(R"({"NS":["1","x"]})"), image + "/a/NS/1"},
        {"BS with no base64", with_value(R"({"BS":["AA==","?"]})"), image + "/a/BS/1"},
        {"an object as L", with_value(R"({"L":{}})"), image + "/a/L"},
        {"an untyped element of L", with_value(R"({"L":[{"S":"1"},2]})"), image + "/a/L/1"},
        {"an array as M", with_value(R"({"M":[]})"), image + "/a/M"},
        {"a fault deep within",
         with_value(R"({"L":[{"M":{"b":{"L":[{"S":"1"},{"M":{"c":{"N":"?"}}}]}}}]})"),
         image + "/a/L/0/M/b/L/1/M/c/N"},
        {"a name that a pointer escapes", with_image(R"({"pk":{"S":"wrong"},"x/y~z":{"X":"1"}})"),
         image + "/x~1y~0z"},
    };
}

std::vector<WrongRecord> wrong_records() {
    std::vector<WrongRecord> all = wrong_envelopes();
    for (WrongRecord& wrong : wrong_images()) all.push_back(std::move(wrong));
    return all;
}

TEST_F(WrongBodyTest, OneWrongRecordKeepsItsWholeBatchOut) {
    for (const WrongRecord& wrong : wrong_records()) {
        SCOPED_TRACE(wrong.name);
        const std::string batch = event_of(inserted("first", 1).text() + "," + wrong.record.text() +
                                           "," + inserted("third", 1).text());

        const HttpAnswer answer = system.post(batch);

        const JsonValue problem = expect_problem(answer, 422);
        EXPECT_EQ(problem["errors"].size(), 1U) << answer.body;
        EXPECT_EQ(problem["errors"][0]["pointer"].text(), "/Records/1" + wrong.pointer);
        EXPECT_FALSE(problem["errors"][0]["detail"].text().empty());
        expect_nothing_new();
    }
    expect_goes_on();
}

TEST_F(WrongBodyTest, PointersFitTheFormOfTheBody) {
    for (const WrongRecord& wrong : wrong_records()) {
        SCOPED_TRACE(wrong.name);
        const auto pointer_of = [&](const std::string& body) {
            return expect_problem(system.post(body), 422)["errors"][0]["pointer"].text();
        };

        EXPECT_EQ(pointer_of("[" + wrong.record.text() + "]"), "/0" + wrong.pointer);
        EXPECT_EQ(pointer_of(wrong.record.text()), wrong.pointer);
        expect_nothing_new();
    }
}

// AWS's checkpoint rule: what stands before the first wrong record is taken, that one's sequence
// number comes back, and nothing behind it is touched.
TEST_F(WrongBodyTest, PartialTakesWhatStandsBeforeTheFirstWrongRecord) {
    std::size_t number = 0;
    std::size_t appended = 1;
    for (const WrongRecord& wrong : wrong_records()) {
        SCOPED_TRACE(wrong.name);
        const std::string before = "before-" + std::to_string(++number);
        const std::string behind = "behind-" + std::to_string(number);
        const std::string batch = event_of(inserted(before, 1).text() + "," + wrong.record.text() +
                                           "," + inserted(behind, 1).text());

        const HttpAnswer answer = system.post(batch, "/records?partial=true");

        ASSERT_EQ(answer.status, 200) << answer.body;
        const JsonValue receipt = json(answer.body);
        EXPECT_EQ(receipt["appended"].text(), "1");
        ASSERT_EQ(receipt["batchItemFailures"].size(), 1U);
        const std::string& sent = wrong.record.sequence;
        const bool is_text = sent.starts_with('"');
        EXPECT_EQ(receipt["batchItemFailures"][0]["itemIdentifier"].text(),
                  is_text ? sent.substr(1, sent.size() - 2) : "");
        EXPECT_EQ(receipt["errors"][0]["pointer"].text(), "/Records/1" + wrong.pointer);
        EXPECT_EQ(system.get("/views/order/" + before).status, 200);
        EXPECT_EQ(system.get("/views/order/" + behind).status, 404);
        EXPECT_EQ(system.log().size(), ++appended);
    }
    expect_goes_on();
}

TEST_F(WrongBodyTest, PartialTakesNothingIfTheFirstRecordIsWrong) {
    const std::string batch =
        event_of(with_event_name(R"("UPSERT")").text() + "," + inserted("second", 1).text());

    const JsonValue receipt = json(system.post(batch, "/records?partial=true").body);

    EXPECT_EQ(receipt["appended"].text(), "0");
    EXPECT_EQ(receipt["batchItemFailures"][0]["itemIdentifier"].text(), "900");
    expect_nothing_new();
}

TEST_F(WrongBodyTest, PartialRunsOnceTheWrongRecordIsMended) {
    const std::string first = inserted("first", 1).text();
    const std::string third = inserted("third", 1).text();
    system.post(event_of(first + "," + with_image("[]").text() + "," + third),
                "/records?partial=true");

    const JsonValue receipt =
        system.append(event_of(first + "," + inserted("wrong", 900).text() + "," + third),
                      "/records?partial=true");

    EXPECT_EQ(receipt["duplicates"].text(), "1");
    EXPECT_EQ(receipt["appended"].text(), "2");
}

TEST_F(WrongBodyTest, PartialDoesNotTakeABodyThatIsNoBatch) {
    for (const char* body : {"{}", "7", R"({"Records":{}})", R"({"records":[]})"}) {
        EXPECT_EQ(system.post(body, "/records?partial=true").status, 422) << body;
    }
    expect_nothing_new();
}

TEST_F(WrongBodyTest, EveryFaultIsNamed) {
    const std::string batch =
        event_of(with_event_name("1").text() + "," + inserted("fine", 1).text() + "," +
                 with_sequence(R"("x")").text() + "," + with_value(R"({"N":"x"})").text());

    const JsonValue problem = expect_problem(system.post(batch), 422);

    ASSERT_EQ(problem["errors"].size(), 3U) << problem;
    EXPECT_EQ(problem["errors"][0]["pointer"].text(), "/Records/0/eventName");
    EXPECT_EQ(problem["errors"][1]["pointer"].text(), "/Records/2/dynamodb/SequenceNumber");
    EXPECT_EQ(problem["errors"][2]["pointer"].text(), "/Records/3/dynamodb/NewImage/a/N");
    expect_nothing_new();
}

TEST_F(WrongBodyTest, ManyFaultsAreNotAllNamed) {
    std::string records;
    for (int i = 0; i < 300; ++i) {
        if (i > 0) records += ',';
        records += with_event_name("1").text();
    }

    const JsonValue problem = expect_problem(system.post(event_of(records)), 422);

    EXPECT_EQ(problem["errors"].size(), 100U);
    expect_nothing_new();
}

TEST_F(WrongBodyTest, WhatHoldsNoRecordsIsRefused) {
    const std::vector<std::pair<std::string, std::string>> bodies = {
        {R"("text")", ""},
        {"17", ""},
        {"true", ""},
        {"null", ""},
        {"{}", ""},
        {R"({"records":[]})", ""},
        {R"({"Records":{}})", "/Records"},
        {R"({"Records":null})", "/Records"},
        {R"({"Records":"none"})", "/Records"},
        {R"({"Records":[],"Records":[]})", "/Records"},
        {R"({"Records":[1]})", "/Records/0"},
        {R"({"Records":[null]})", "/Records/0"},
        {R"({"Records":[[]]})", "/Records/0"},
        {"[1]", "/0"},
        {R"({"eventName":"INSERT"})", "/eventSourceARN"},
        {R"({"dynamodb":[]})", "/eventName"},
    };
    for (const auto& [body, pointer] : bodies) {
        SCOPED_TRACE(body);

        const JsonValue problem = expect_problem(system.post(body), 422);

        EXPECT_EQ(problem["errors"][0]["pointer"].text(), pointer);
        expect_nothing_new();
    }
    expect_goes_on();
}

TEST_F(WrongBodyTest, AnEmptyBatchIsNoMistake) {
    for (const char* body : {R"({"Records":[]})", "[]", " [ ] \n"}) {
        const JsonValue receipt = system.append(body);

        EXPECT_EQ(receipt["appended"].text(), "0");
        EXPECT_EQ(receipt["position"].text(), "1");
        EXPECT_EQ(receipt["results"].size(), 0U);
    }
    expect_nothing_new();
}

// The same item from two source tables cannot be put in order.
TEST_F(WrongBodyTest, ARecordOfAnotherSourceTableIsRefused) {
    RecordText foreign = modified("here-before", 2);
    foreign.arn = R"("arn:aws:dynamodb:eu-west-1:123456789012:table/other/stream/2026-11-20")";
    const std::string batch = event_of(inserted("first", 1).text() + "," + foreign.text());

    const JsonValue problem = expect_problem(system.post(batch, "/records?table=orders"), 422);

    EXPECT_EQ(problem["errors"][0]["pointer"].text(), "/Records/1/eventSourceARN");
    expect_nothing_new();
    const HttpAnswer partial = system.post(batch, "/records?table=orders&partial=true");
    ASSERT_EQ(partial.status, 200);
    EXPECT_EQ(json(partial.body)["batchItemFailures"][0]["itemIdentifier"].text(), "2");
    EXPECT_EQ(json(partial.body)["appended"].text(), "1");
}

// ---- what is too large, or not for us ----

TEST_F(WrongBodyTest, NineMebibytesAreTooLarge) {
    const std::string body =
        event_of(inserted("large", 1, attribute("text", std::string(9U << 20U, 'x'))).text());

    const JsonValue problem = expect_problem(system.post(body), 413);

    EXPECT_NE(problem["detail"].text().find("8388608"), std::string::npos) << problem;
    expect_nothing_new();
    expect_goes_on();
}

TEST_F(WrongBodyTest, EightMebibytesAreNot) {
    std::string body = inserted("large", 1, attribute("text", std::string(7U << 20U, 'x'))).text();
    body.resize(8U << 20U, ' ');

    EXPECT_EQ(system.append(body)["appended"].text(), "1");
    expect_problem(system.post(body + " "), 413);
    EXPECT_EQ(system.read("/tables/orders/items/large")["text"].text().size(), 7U << 20U);
}

TEST_F(WrongBodyTest, NineMebibytesInChunksAreTooLarge) {
    support::HttpClient client(system.process().port());
    const std::string chunk = "100000\r\n" + std::string(1U << 20U, ' ') + "\r\n";

    bool open = client.send(
        "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 9 && open; ++i) open = client.send(chunk);
    const auto answer = client.read_answer();

    ASSERT_TRUE(answer);
    expect_problem(*answer, 413);
    expect_nothing_new();
}

TEST_F(WrongBodyTest, AFullBatchIsTakenAndOneRecordMoreIsNot) {
    std::string records = inserted("many-0", 1).text();
    for (int i = 1; i < 10'000; ++i) {
        records += "," + inserted("many-" + std::to_string(i), 1).text();
    }

    expect_problem(system.post(event_of(records + "," + inserted("more", 1).text())), 413);
    expect_nothing_new();

    EXPECT_EQ(system.append(event_of(records))["appended"].text(), "10000");
    EXPECT_EQ(system.get("/views/order/many-9999").status, 200);
}

TEST_F(WrongBodyTest, AnotherTypeOfContentIsRefusedWithTheRightCommand) {
    const std::string body = event_of(inserted("a", 1).text());
    for (const HttpHeaders& headers :
         std::vector<HttpHeaders>{{},
                                  {"Content-Type: text/plain"},
                                  {"Content-Type: application/x-www-form-urlencoded"},
                                  {"Content-Type: application/json", "Content-Encoding: br"}}) {
        support::HttpClient client(system.process().port());

        const JsonValue problem =
            expect_problem(client.request("POST", "/records", headers, body), 415);

        const bool encoded = headers.size() == 2;
        EXPECT_NE(problem["detail"].text().find(encoded ? "Content-Encoding" : "curl"),
                  std::string::npos);
        expect_nothing_new();
    }
}

TEST_F(WrongBodyTest, AWrongRequestIsToldWhatIsKnown) {
    const std::string body = event_of(inserted("a", 1).text());

    const auto detail = [&](const HttpAnswer& answer, int status) {
        return expect_problem(answer, status)["detail"].text();
    };

    EXPECT_NE(detail(system.post(body, "/records?tabel=orders"), 400).find("known here: table"),
              std::string::npos);
    EXPECT_NE(detail(system.post(body, "/records?partial=yes"), 400).find("true or false"),
              std::string::npos);
    detail(system.post(body, "/records?table=nowhere"), 404);
    detail(system.post(body, "/record"), 404);
    detail(system.post(body, "/views/order/a"), 405);
    expect_nothing_new();
}

}  // namespace
}  // namespace freshet::systems
