// The lines of tests/checklist.md about notes, by their numbers, on the configuration of
// examples/notes.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/systems/example_table.h"
#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

// A text of so many words.
std::string words(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += (i == 0 ? "w" : " w") + std::to_string(i);
    return text;
}

std::string note(const std::string& title, const std::string& content) {
    return attribute("title", title) + "," + attribute("content", content);
}

class NotesChecklist : public ::testing::Test {
protected:
    using Texts = std::vector<std::string>;

    void SetUp() override { ASSERT_TRUE(system.start()); }

    RecordText record(const char* kind, const std::string& id, const std::string& attributes) {
        return item_record("notes", kind, id, ++sequence, attributes);
    }
    void insert(const std::string& id, const std::string& content) {
        system.append(record("INSERT", id, note("title", content)).text());
    }
    void modify(const std::string& id, const std::string& content) {
        system.append(record("MODIFY", id, note("title", content)).text());
    }
    void remove(const std::string& id) { system.append(record("REMOVE", id, {}).text()); }

    JsonValue view(const std::string& id) { return system.read("/views/note/" + id); }
    // As text; empty if the note has no count.
    std::string count_of(const std::string& id) { return view(id)["wordCount"].text(); }

    Texts listed_ids() {
        Texts ids;
        for (const JsonValue& row : system.list("/views/notes")) ids.push_back(row["id"].text());
        return ids;
    }

    // The type and the data of every event, up to that of one more note.
    Texts events() {
        insert("the end", "end");
        EventReader reader(system.process().port(), from_earliest());
        Texts events;
        while (true) {
            const Frame frame = reader.next_event();
            if (contains(frame.data, "\"the end\"")) return events;
            events.push_back(frame.event + " " + frame.data);
        }
    }

    std::uint64_t sequence = 0;
    System system{example_config("notes")};
};

TEST_F(NotesChecklist, E33_ANewNoteIsShownWithItsWordsCounted) {
    struct Sample {
        const char* id;
        const char* content;
        const char* words;
    };
    const std::vector<Sample> samples = {
        {"a", "abc", "1"},
        {"b", "Lorem ipsum dolor sit amet, consectetur adipiscing elit. Nulla vitae.", "10"},
        {"c", "some text", "2"},
        {"d", "Minim nulla dolore nostrud dolor aliquip minim.", "7"},
        {"e", "Ex nisi do ad sint enim.", "6"}};

    for (const Sample& sample : samples) insert(sample.id, sample.content);

    for (const Sample& sample : samples) {
        EXPECT_EQ(
            view(sample.id),
            json("{" + std::string(R"("id":")") + sample.id + R"(","title":"title","content":)" +
                 json_text(sample.content) + R"(,"wordCount":)" + sample.words + "}"));
    }
    EXPECT_EQ(system.list("/views/notes").at(3), view("b")) << "the list shows the same";
}

TEST_F(NotesChecklist, E34_AChangeBetweenTwoInsertsOfABatchKeepsNeitherFromBeingCounted) {
    const std::string first = record("INSERT", "a", note("t", "one")).text();
    const std::string between = record("MODIFY", "a", note("t", "one two")).text();
    const std::string last = record("INSERT", "b", note("t", "one two three")).text();

    const JsonValue receipt = system.append(event_of(first + "," + between + "," + last));

    EXPECT_EQ(receipt["appended"].text(), "3");
    EXPECT_EQ(count_of("a"), "2");
    EXPECT_EQ(count_of("b"), "3");
}

TEST_F(NotesChecklist, E35_ACountThatComesBackInTheItemIsToldToNobodyAndHidesNothing) {
    insert("a", "one two");
    const JsonValue before = view("a");

    for (const char* count : {"2", "99"}) {
        const std::string returned = note("title", "one two") + R"(,"wordCount":{"N":")" + count;
        system.append(record("MODIFY", "a", returned + "\"}").text());

        EXPECT_EQ(view("a"), before) << "the count is that of the content";
    }
    EXPECT_EQ(events(), Texts{R"(note-created {"id":"a","title":"title","wordCount":2})"});
}

TEST_F(NotesChecklist, E35_NothingIsWrittenBack) {
    insert("a", "one two");
    modify("a", "one two three");

    const std::vector<JsonValue> log = system.log();

    ASSERT_EQ(log.size(), 2U) << "what was sent, and no more";
    for (const JsonValue& sent : log) {
        EXPECT_FALSE(sent["dynamodb"]["NewImage"]["wordCount"].exists()) << sent;
    }
    EXPECT_FALSE(system.read("/tables/notes/items/a")["wordCount"].exists());
}

TEST_F(NotesChecklist, E36_TheCountFollowsTheContentAndGoesWithTheNote) {
    insert("a", "one");
    insert("b", "one");

    modify("a", "one two three");
    EXPECT_EQ(count_of("a"), "3");
    remove("a");

    EXPECT_EQ(system.get("/views/note/a").status, 404);
    EXPECT_EQ(listed_ids(), Texts{"b"});
}

TEST_F(NotesChecklist, E36_AChangeThatIsLateDoesNotBringARemovedNoteBack) {
    insert("a", "one");
    const std::string late =
        record("MODIFY", "a", note("title", "one") + R"(,"wordCount":{"N":"1"})").text();
    remove("a");

    EXPECT_EQ(system.append(late)["duplicates"].text(), "1");

    EXPECT_EQ(system.get("/views/note/a").status, 404);
    EXPECT_EQ(listed_ids(), Texts{});
    EXPECT_EQ(events(), (Texts{R"(note-created {"id":"a","title":"title","wordCount":1})",
                               R"(note-removed {"id":"a"})"}));
}

TEST_F(NotesChecklist, E37_WordsAreWhatStandsBetweenWhitespaceWhateverTheContentIs) {
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
    std::string records;
    for (const Sample& sample : samples) {
        records +=
            (records.empty() ? "" : ",") + record("INSERT", sample.id, sample.content).text();
    }

    system.append(event_of(records));
    insert("after", "the stream goes on");

    for (const Sample& sample : samples) EXPECT_EQ(count_of(sample.id), sample.words) << sample.id;
    EXPECT_EQ(count_of("after"), "4");
    EXPECT_EQ(system.list("/views/notes").size(), samples.size() + 1);
}

TEST_F(NotesChecklist, E38_AStreamOfNewImagesIsEnough) {
    const auto append = [&](const char* kind, const std::string& attributes) {
        RecordText change = record(kind, "a", attributes);
        change.more = R"("StreamViewType":"NEW_IMAGE")";
        system.append(change.text());
    };
    append("INSERT", note("title", "one two"));
    append("MODIFY", note("new title", "one two"));
    append("MODIFY", note("new title", "one two three"));
    EXPECT_EQ(count_of("a"), "3");
    append("MODIFY", note("new title", "one two three"));
    append("REMOVE", {});

    EXPECT_EQ(system.get("/views/note/a").status, 404);
    EXPECT_EQ(events(),
              (Texts{R"(note-created {"id":"a","title":"title","wordCount":2})",
                     R"(note-edited {"id":"a","title":"new title","wordCount":2,"was":2})",
                     R"(note-edited {"id":"a","title":"new title","wordCount":3,"was":2})",
                     R"(note-removed {"id":"a"})"}));
    for (const JsonValue& sent : system.log()) {
        EXPECT_FALSE(sent["dynamodb"]["OldImage"].exists()) << "this is what the line is about";
    }
}

TEST_F(NotesChecklist, E39_AllOfManyNotesAreListedTheNewestFirstAndOnceEach) {
    constexpr int count = 150;
    const std::string content(20'000, 'x');  // together about three pages of one mebibyte
    Texts newest_first;
    std::string records;
    for (int i = 0; i < count; ++i) {
        const std::string id = "2026-11-21T09:00:00." + std::to_string(100 + i) + "Z";
        newest_first.insert(newest_first.begin(), id);
        records += (i == 0 ? "" : ",") + record("INSERT", id, note("t", content)).text();
    }
    system.append(event_of(records));

    EXPECT_EQ(listed_ids(), newest_first);
    EXPECT_TRUE(system.read("/views/notes?limit=1000")["next"].exists()) << "no page has them all";
}

TEST_F(NotesChecklist, E39_APlaceInTheListHoldsWhileNotesComeAndGo) {
    for (const char* id : {"b", "c", "d", "e"}) insert(id, "text");
    const JsonValue page = system.read("/views/notes?limit=2");
    ASSERT_EQ(page["items"][0]["id"].text(), "e");
    ASSERT_EQ(page["items"][1]["id"].text(), "d");

    insert("f", "newer than all that was read");
    remove("d");
    modify("c", "edited");
    insert("a", "older than all");

    const JsonValue rest = system.read("/views/notes?cursor=" + page["next"].text());
    Texts ids;
    for (const JsonValue& row : rest["items"].elements()) ids.push_back(row["id"].text());
    EXPECT_EQ(ids, (Texts{"c", "b", "a"}));
    EXPECT_EQ(listed_ids(), (Texts{"f", "e", "c", "b", "a"}));
}

TEST_F(NotesChecklist, E43_MoreThanTenWordsAreToldAndTenAreNot) {
    insert("two", "some text");
    insert("ten", words(10));
    insert("eleven", words(11));
    modify("two", words(10));
    modify("two", words(12));

    EXPECT_EQ(events(),
              (Texts{R"(note-created {"id":"two","title":"title","wordCount":2})",
                     R"(note-created {"id":"ten","title":"title","wordCount":10})",
                     R"(wordCountCreated {"id":"eleven","title":"title","wordCount":11})",
                     R"(note-edited {"id":"two","title":"title","wordCount":10,"was":2})",
                     R"(wordCountCreated {"id":"two","title":"title","wordCount":12,"was":10})"}));
}

TEST_F(NotesChecklist, E43_ALongNoteIsANewNoteByItsTopic) {
    insert("short", "some text");
    insert("long", words(11));

    EventReader all(system.process().port(), from_earliest("topic=note-created"));
    EventReader of_long_ones(system.process().port(), from_earliest("type=wordCountCreated"));

    EXPECT_EQ(json(all.next_event().data)["id"].text(), "short");
    EXPECT_EQ(json(all.next_event().data)["id"].text(), "long");
    EXPECT_EQ(json(of_long_ones.next_event().data)["id"].text(), "long");
}

}  // namespace
}  // namespace freshet::systems
