// The word count of examples/notes/word-count: its README, and the lines of tests/checklist.md
// about notes, by their numbers, of a function that writes the count. The handler in Node.js runs
// in a process of the server, the one in Python is called over HTTP.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/readers/http_client.h"
#include "tests/support/places.h"
#include "tests/systems/canned_server.h"
#include "tests/systems/checkout.h"
#include "tests/systems/example_table.h"
#include "tests/systems/functions_shop.h"
#include "tests/systems/proxy.h"
#include "tests/systems/running_example.h"
#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

using Texts = std::vector<std::string>;

class WordCountExample : public RunningExample {
public:
    WordCountExample() : WordCountExample(closed_port()) {}
    ~WordCountExample() = default;

private:
    explicit WordCountExample(std::uint16_t port)
        : RunningExample(
              "notes/word-count", port, {{":8080", ":" + std::to_string(port)}},
              {"examples/notes/word-count/freshet.toml", "examples/notes/word-count/handler.mjs",
               "examples/functions/command.mjs"}) {}
};

TEST(WordCountExampleTest, ShowsWhatItsReadmeSays) {
    WordCountExample example;
    ASSERT_TRUE(example.set_up().empty());
    ASSERT_GE(example.look_around().size(), 5U);
    example.start_freshet();

    example.run(example.look_around());

    example.stop_freshet();
}

// ---- the checklist, for each handler ----

std::string source_path(const std::string& path) {
    return support::source_folder() + "/examples/" + path;
}

// A record of a note; without an image if that is empty.
std::string record_of(const std::string& kind, const std::string& id,
                      const std::string& image = {}) {
    return R"({"eventName":")" + kind + R"(","dynamodb":{"Keys":{"id":{"S":")" + id + "\"}}" +
           (image.empty() ? "" : R"(,"NewImage":)" + image) + "}}";
}

// A text of so many words.
std::string words(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += (i == 0 ? "w" : " w") + std::to_string(i);
    return text;
}

std::string with_content(const std::string& content) {
    return R"({"title":"title","content":)" + json_text(content) + "}";
}

enum class Handler { node, python };

class WordCount : public ::testing::TestWithParam<Handler> {
protected:
    void SetUp() override {
        if (GetParam() == Handler::python && !has_python()) {
            GTEST_SKIP() << "python3 is not there: the handler in Python was NOT tested";
        }
        system.emplace(config());
        ASSERT_TRUE(system->start());
        if (GetParam() == Handler::python) serve_handler(url(), handler_port);
    }

    static bool has_python() {
        return support::run_program({"/bin/bash", "-c", "python3 --version"}).exit_code == 0;
    }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port); }
    // The example's, with this handler.
    [[nodiscard]] std::string config() const {
        const std::string node = "command = [\"env\", \"FRESHET_URL=" + url() + "\", \"node\", \"" +
                                 source_path("functions/command.mjs") + "\", \"" +
                                 source_path("notes/word-count/handler.mjs") + "\"]";
        const std::string python =
            "url = \"http://127.0.0.1:" + std::to_string(handler_port) + "/\"";
        std::string text = with(source_file("examples/notes/word-count/freshet.toml"), ":8080",
                                ":" + std::to_string(port));
        text = with(std::move(text), "environment = [", "# environment = [");
        return with(std::move(text),
                    R"(command = ["node", "../../functions/command.mjs", "handler.mjs"])",
                    GetParam() == Handler::node ? node : python);
    }
    // Serves the handler over HTTP, to whom Freshet is there.
    void serve_handler(const std::string& freshet, std::uint16_t at) {
        Texts command = {"/usr/bin/env", "FRESHET_URL=" + freshet};
        if (GetParam() == Handler::node) {
            command.insert(command.end(), {"node", source_path("functions/adapter.mjs"),
                                           source_path("notes/word-count/handler.mjs")});
        } else {
            command.insert(command.end(), {"python3", source_path("notes/word-count/handler.py")});
        }
        command.push_back(std::to_string(at));
        handler.emplace(command);
        await_listener(at);
    }
    // Calls it as Lambda would.
    static HttpAnswer call(std::uint16_t at, const std::string& records) {
        return support::HttpClient(at).request("POST", "/", {"Content-Type: application/json"},
                                               R"({"Records":[)" + records + "]}");
    }

    HttpAnswer ask(const std::string& method, const std::string& target,
                   const std::string& body = {},
                   const std::string& type = "application/json") const {
        return support::HttpClient(port).request(method, target, {"Content-Type: " + type}, body);
    }
    void write(const std::string& method, const std::string& id, const std::string& body = {}) {
        const HttpAnswer answer = ask(method, "/tables/notes/items/" + id, body);
        EXPECT_EQ(answer.status / 100, 2) << answer.body;
    }
    void put(const std::string& id, const std::string& content) {
        write("PUT", id, with_content(content));
    }
    void edit(const std::string& id, const std::string& content) {
        write("PATCH", id, R"({"content":)" + json_text(content) + "}");
    }
    void pause() { EXPECT_EQ(ask("POST", "/functions/word-count/pause").status, 200); }
    void resume() { EXPECT_EQ(ask("POST", "/functions/word-count/resume").status, 200); }

    // Returns once the function is done with everything, its own writes included.
    void settle() {
        const auto is_settled = [this] {
            const JsonValue told = system->read("/functions/word-count");
            return told["state"].text() == "running" && told["behind"].text() == "0" &&
                   told["waiting"].text() == "0" && told["under_way"].text() == "0";
        };
        EXPECT_TRUE(comes_true(is_settled)) << system->read("/functions/word-count");
        EXPECT_EQ(system->read("/functions/word-count")["parked"].text(), "0");
    }

    // As text; empty if the note has no count.
    std::string count_of(const std::string& id) {
        return system->read("/views/note/" + id)["wordCount"].text();
    }
    // The kinds of all changes, in their order.
    Texts changes() {
        Texts kinds;
        for (const JsonValue& record : system->log()) kinds.push_back(record["eventName"].text());
        return kinds;
    }
    // The data of each wordCountCreated, up to that of one more note.
    Texts events() {
        put("end", words(99));
        EventReader reader(port, from_earliest());
        Texts events;
        while (true) {
            const Frame frame = reader.next_event();
            EXPECT_EQ(frame.event, "wordCountCreated");
            if (contains(frame.data, "\"end\"")) return events;
            events.push_back(frame.data);
        }
    }

    const std::uint16_t port = closed_port();
    const std::uint16_t handler_port = closed_port();
    std::optional<System> system;
    std::optional<support::ChildProcess> handler;
};

TEST_P(WordCount, E33_ANewNoteIsShownWithItsWordsCounted) {
    const std::vector<std::pair<std::string, std::string>> samples = {
        {"abc", "1"},
        {"Lorem ipsum dolor sit amet, consectetur adipiscing elit. Nulla vitae.", "10"},
        {"some text", "2"},
        {"Minim nulla dolore nostrud dolor aliquip minim.", "7"},
        {"Ex nisi do ad sint enim.", "6"}};

    for (std::size_t i = 0; i < samples.size(); ++i) put(std::to_string(i), samples[i].first);
    settle();

    const std::vector<JsonValue> rows = system->list("/views/notes");
    ASSERT_EQ(rows.size(), samples.size());
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto& [content, count] = samples[i];
        const JsonValue shown = system->read("/views/note/" + std::to_string(i));
        EXPECT_EQ(shown["content"].text(), content);
        EXPECT_EQ(shown["wordCount"].text(), count) << content;
        EXPECT_EQ(shown["wordCount"].type(), JsonValue::Type::number);
        EXPECT_EQ(rows[samples.size() - 1 - i], shown) << "the list shows the same";
    }
}

TEST_P(WordCount, E34_AChangeBetweenTwoInsertsOfABatchKeepsNeitherFromBeingCounted) {
    pause();
    put("a", "one");
    edit("a", "one two");
    put("b", "one two three");

    resume();
    settle();

    EXPECT_EQ(count_of("a"), "2");
    EXPECT_EQ(count_of("b"), "3");
    EXPECT_EQ(changes(), (Texts{"INSERT", "MODIFY", "INSERT", "MODIFY", "MODIFY"}))
        << "each note was written once";
}

TEST_P(WordCount, E35_ItsOwnWriteIsNoReasonToWriteAgain) {
    put("a", "one two");
    settle();
    const std::string calls = system->read("/functions/word-count")["calls"].text();
    EXPECT_EQ(changes(), (Texts{"INSERT", "MODIFY"}));

    write("PATCH", "a", R"({"wordCount":2})");
    settle();

    EXPECT_EQ(changes(), (Texts{"INSERT", "MODIFY"}));
    EXPECT_EQ(system->read("/functions/word-count")["calls"].text(), calls);
    EXPECT_EQ(events(), Texts{});
}

TEST_P(WordCount, E35_ACountThatSomebodyElseWritesOrTakesAwayIsPutRight) {
    put("a", "one two");
    settle();

    write("PATCH", "a", R"({"wordCount":99})");
    settle();
    EXPECT_EQ(count_of("a"), "2");
    write("PATCH", "a", R"({"wordCount":"2"})");
    settle();
    EXPECT_EQ(system->read("/views/note/a")["wordCount"].type(), JsonValue::Type::number);
    put("a", "one two");
    settle();
    EXPECT_EQ(count_of("a"), "2");

    EXPECT_EQ(changes().size(), 8U) << "each time one of theirs, and one of the function's";
}

TEST_P(WordCount, E36_TheCountFollowsTheContentAndGoesWithTheNote) {
    put("a", "one");
    put("b", "one");
    settle();

    edit("a", "one two three");
    settle();
    EXPECT_EQ(count_of("a"), "3");
    write("DELETE", "a");
    settle();

    EXPECT_EQ(system->get("/views/note/a").status, 404);
    EXPECT_EQ(system->list("/views/notes").size(), 1U);
    EXPECT_EQ(count_of("b"), "1");
}

TEST_P(WordCount, E36_ACountThatIsLateDoesNotBringARemovedNoteBack) {
    pause();
    put("a", "one two");
    edit("a", "one two three");
    write("DELETE", "a");

    resume();
    settle();

    EXPECT_EQ(system->get("/tables/notes/items/a").status, 404);
    EXPECT_EQ(changes(), (Texts{"INSERT", "MODIFY", "REMOVE"}));
}

TEST_P(WordCount, E36_ManyEditsAtOnceEndWithTheCountOfTheLast) {
    constexpr int edits = 40;
    put("a", "one");
    for (int i = 1; i <= edits; ++i) edit("a", words(i));
    settle();

    EXPECT_EQ(count_of("a"), std::to_string(edits));
    EXPECT_EQ(system->read("/views/note/a")["content"].text(), words(edits))
        << "no count undoes an edit";
    for (const JsonValue& record : system->log()) {
        const JsonValue note = record["dynamodb"]["NewImage"];
        if (note["wordCount"] == record["dynamodb"]["OldImage"]["wordCount"]) continue;
        const std::string content = note["content"]["S"].text();
        const auto count = 1 + std::count(content.begin(), content.end(), ' ');
        EXPECT_EQ(note["wordCount"]["N"].text(), std::to_string(count)) << "of another edit";
    }
}

TEST_P(WordCount, E36_ItWritesOnlyToTheNoteThatItHasRead) {
    const std::string note = R"({"id":{"S":"a"},"content":{"S":"one two"}})";
    const std::string head = "Connection: close\r\nETag: \"3-a\"\r\n";
    CannedServer changes_meanwhile({answer_bytes(200, head, note), answer_bytes(412, head, "{}"),
                                    answer_bytes(404, head, "{}")});
    const std::uint16_t at = closed_port();
    serve_handler("http://127.0.0.1:" + std::to_string(changes_meanwhile.port()), at);

    const HttpAnswer answer = call(at, record_of("INSERT", "a", note));

    EXPECT_EQ(answer.status, 200) << answer.body;
    const Texts requests = changes_meanwhile.requests();
    ASSERT_EQ(requests.size(), 3U);
    EXPECT_TRUE(requests[0].starts_with("get /tables/notes/items?key=a ")) << requests[0];
    EXPECT_TRUE(requests[1].starts_with("patch /tables/notes/items?key=a ")) << requests[1];
    EXPECT_TRUE(contains(requests[1], "\r\nif-match: \"3-a\"\r\n")) << requests[1];
    EXPECT_TRUE(requests[2].starts_with("get ")) << requests[2];
}

TEST_P(WordCount, E37_WordsAreWhatStandsBetweenWhitespaceWhateverTheContentIs) {
    struct Sample {
        const char* id;
        const char* content;  // the attribute
        const char* words;    // empty: there is no count
    };
    const std::vector<Sample> samples = {
        {"double", R"("content":{"S":"two  words"})", "2"},
        {"around", R"("content":{"S":"  two words "})", "2"},
        {"lines", R"("content":{"S":"one\ntwo\r\nthree"})", "3"},
        {"tabs", R"("content":{"S":"one\ttwo\t\tthree\t"})", "3"},
        {"wide", R"("content":{"S":"one\u3000two\u00a0three"})", "3"},
        {"separators", R"("content":{"S":"one\u001ctwo\u200bthree"})", "1"},
        {"empty", R"("content":{"S":""})", "0"},
        {"blank", R"("content":{"S":" \n\t "})", "0"},
        {"missing", R"("other":{"S":"one two"})", ""},
        {"number", R"("content":{"N":"42"})", ""},
        {"null", R"("content":{"NULL":true})", ""},
        {"truth", R"("content":{"BOOL":true})", ""},
        {"binary", R"("content":{"B":"AAEC"})", ""},
        {"list", R"("content":{"L":[{"S":"one two"}]})", ""},
        {"map", R"("content":{"M":{"S":{"S":"one two"}}})", ""},
        {"set", R"("content":{"SS":["one","two"]})", ""}};
    pause();
    for (const Sample& sample : samples) {
        const HttpAnswer answer =
            ask("PUT", "/tables/notes/items/" + std::string(sample.id),
                std::string("{") + sample.content + "}", "application/x-amz-json-1.0");
        EXPECT_EQ(answer.status, 201) << answer.body;
    }
    put("after", "the stream goes its way");

    resume();
    settle();

    for (const Sample& sample : samples) EXPECT_EQ(count_of(sample.id), sample.words) << sample.id;
    EXPECT_EQ(count_of("after"), "5");
}

TEST_P(WordCount, E37_ACountGoesWhereThereIsNothingToCountAnyMore) {
    put("a", "one two");
    put("b", "one two");
    settle();

    write("PATCH", "a", R"({"content":null})");
    write("PATCH", "b", R"({"content":12})");
    settle();

    for (const char* id : {"a", "b"}) {
        EXPECT_FALSE(system->read("/views/note/" + std::string(id))["wordCount"].exists()) << id;
    }
}

TEST_P(WordCount, E37_KeysOfAnyLettersAreCounted) {
    for (const char* id : {"a%20b", "%23%3F%25", "a%2Fb", "%C3%A9", "%22"}) put(id, "one two");
    const HttpAnswer dots = ask("PUT", "/tables/notes/items?key=..", with_content("one two"));
    EXPECT_EQ(dots.status, 201) << dots.body;
    settle();

    for (const JsonValue& row : system->list("/views/notes")) {
        EXPECT_EQ(row["wordCount"].text(), "2") << row;
    }
}

// As a stream of new images alone has them. The handler is called as Lambda would call it.
TEST_P(WordCount, E38_AStreamOfNewImagesIsEnough) {
    pause();
    if (GetParam() == Handler::node) serve_handler(url(), handler_port);
    const std::string image = R"({"id":{"S":"a"},"content":{"S":"one two"}})";
    put("a", "one two");
    put("b", "one two three");

    const HttpAnswer answer =
        call(handler_port, record_of("REMOVE", "gone") + "," + record_of("INSERT", "gone", image) +
                               "," + record_of("INSERT", "a", image) + "," +
                               record_of("MODIFY", "a", image) + "," + record_of("MODIFY", "b"));

    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(count_of("a"), "2");
    EXPECT_EQ(count_of("b"), "3") << "a stream of keys alone is enough, too";
    EXPECT_EQ(system->get("/tables/notes/items/gone").status, 404);
    EXPECT_EQ(changes(), (Texts{"INSERT", "INSERT", "MODIFY", "MODIFY"}));
    system->stop();
    EXPECT_EQ(call(handler_port, record_of("INSERT", "a", image)).status, 500)
        << "Freshet cannot be reached";
}

TEST_P(WordCount, E43_MoreThanTenWordsAreToldAndTenAreNot) {
    put("two", "some text");
    put("ten", words(10));
    settle();
    put("eleven", words(11));
    settle();
    edit("two", words(12));
    settle();
    write("PATCH", "two", R"({"title":"the count stays"})");
    edit("ten", words(9));
    settle();
    edit("two", words(13));
    settle();
    write("DELETE", "eleven");
    settle();

    EXPECT_EQ(events(),
              (Texts{R"({"id":"eleven","wordCount":11})", R"({"id":"two","wordCount":12})",
                     R"({"id":"two","wordCount":13})"}));
}

TEST_P(WordCount, E43_WhatIsCountedAfterAKillIsToldOnceForEachCount) {
    pause();
    put("a", words(11));
    put("b", words(12));
    resume();
    system->kill();
    ASSERT_TRUE(system->start());
    settle();

    EXPECT_EQ(count_of("a"), "11");
    EXPECT_EQ(count_of("b"), "12");
    EXPECT_EQ(changes(), (Texts{"INSERT", "INSERT", "MODIFY", "MODIFY"}));
}

INSTANTIATE_TEST_SUITE_P(Handlers, WordCount, ::testing::Values(Handler::node, Handler::python),
                         [](const ::testing::TestParamInfo<Handler>& handler) {
                             return handler.param == Handler::node ? "InNode" : "InPython";
                         });

}  // namespace
}  // namespace freshet::systems
