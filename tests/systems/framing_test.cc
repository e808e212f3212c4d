// Whatever stands in a record, each of them is one frame, its data is what was sent, and no frame,
// id or type is there that the server did not mean.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "tests/systems/orders.h"
#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

constexpr const char* texts_config = R"(
[server]
listen = "127.0.0.1:0"

[storage]
path = "data"

[[table]]
name = "orders"
key  = ["pk"]

[[table.view]]
name   = "order"
fields = ["*"]

[[table.event]]
type  = "said"
topic = "{text}"
on    = "INSERT"
data  = ["id=pk", "text", "list", "inner"]

[[table.event]]
type = "closed"
on   = "REMOVE"
data = ["id=pk"]
)";

// A JSON string with every control character escaped.
std::string escaped(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20U) {
            std::array<char, 8> hex{};
            std::snprintf(hex.data(), hex.size(), "\\u%04x", static_cast<unsigned>(byte));
            out += hex.data();
            continue;
        }
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string said(const std::string& key, const std::string& text) {
    RecordText record;
    record.keys = R"({"pk":{"S":)" + escaped(key) + "}}";
    const std::string value = R"({"S":)" + escaped(text) + "}";
    record.after = R"({"pk":{"S":)" + escaped(key) + R"(},"text":)" + value + R"(,"list":{"L":[)" +
                   value + R"(]},"inner":{"M":{)" + escaped(text) + ":" + value + "}}}";
    record.sequence = R"("1")";
    return record.text();
}

JsonValue data_of(const std::string& key, const std::string& text) {
    const std::string value = escaped(text);
    return json(R"({"id":)" + escaped(key) + R"(,"text":)" + value + R"(,"list":[)" + value +
                R"(],"inner":{)" + value + ":" + value + "}}");
}

std::vector<std::string> hostile_texts() {
    using std::string_literals::operator""s;
    return {"a\nb",
            "a\rb",
            "a\r\nb",
            "\n",
            "\r",
            "\r\n\r\n",
            "\n\nid: 99\n\n",
            "\r\rdata: forged\r\r",
            "x\n\nevent: reset\ndata: {}\n\n",
            "x\r\n\r\nevent: hello\r\nid: 1\r\n\r\n",
            "data: ",
            "id:",
            ":",
            ": comment",
            "retry: 1",
            "event: reset",
            " leading",
            "trailing ",
            "a\0b"s,
            "\0"s,
            "\xEF\xBB\xBF",
            "\xEF\xBB\xBF"
            "data: after a mark",
            "\u2028",
            "\u2029 and \u0085",
            "\x7f\x1b[2J",
            "\t\v\f",
            "\"}\n{\"",
            "\\n\\r",
            "\U0001F600\n\U0001F600",
            "{pk}",
            "a/b?c#d%0A%0D",
            std::string(200, '\n')};
}

// Every line of the stream is one of a frame that the server writes.
void expect_well_formed(const std::string& bytes) {
    EXPECT_FALSE(bytes.starts_with("\xEF\xBB\xBF"));
    EXPECT_EQ(bytes.find('\r'), std::string::npos);
    EXPECT_EQ(bytes.find('\0'), std::string::npos);
    std::istringstream lines(bytes);
    for (std::string line; std::getline(lines, line);) {
        const bool known = line.empty() || line.starts_with("id: ") || line.starts_with("data: ") ||
                           line.starts_with("event: ") || line.starts_with("retry: ") ||
                           line.starts_with(":");
        EXPECT_TRUE(known) << line.substr(0, 200);
    }
}

class FramingTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(system.start()); }

    EventReader watch(const std::string& target) { return {system.process().port(), target}; }

    // Reads these frames and nothing in between: `retry`, `hello` and a bookmark, then the events.
    void expect_frames(EventReader& reader, const std::vector<Heard>& expected) {
        std::uint64_t place = 0;
        std::size_t hellos = 0;
        for (std::size_t i = 0; i < expected.size();) {
            const auto frame = reader.next();
            ASSERT_TRUE(frame);
            if (frame->id) {
                EXPECT_EQ(epoch_in(*frame->id), epoch_in(reader.last_event_id()));
                EXPECT_GE(position_in(*frame->id), place);
                place = position_in(*frame->id);
            }
            if (!frame->fires) continue;
            if (frame->event == "hello" && hellos++ == 0 && i == 0) continue;
            ASSERT_TRUE(frame->id) << *frame;
            EXPECT_EQ(heard(*frame), expected[i]);
            ++i;
        }
        EXPECT_FALSE(reader.received());
        expect_well_formed(reader.bytes());
    }

    System system{texts_config};
};

TEST_F(FramingTest, NoValueAndNoKeyForgesAFrame) {
    EventReader from_now = watch("/events");
    from_now.await_bookmark();
    std::vector<Heard> expected;
    for (const std::string& text : hostile_texts()) {
        const std::string key = "key " + text;
        system.append(said(key, text));
        expected.push_back({expected.size() + 1, "said", data_of(key, text)});
    }
    system.append(removed("closing", 1).text());
    expected.push_back({expected.size() + 1, "closed", json(R"({"id":"closing"})")});

    EventReader reader = watch(from_earliest());
    expect_frames(reader, expected);
    expect_frames(from_now, expected);

    EventReader unnamed = watch(from_earliest("unnamed=1"));
    for (const Heard& event : expected) {
        const Frame frame = unnamed.next_event();
        EXPECT_EQ(position_in(*frame.id), event.position);
        EXPECT_EQ(json(frame.data).without({"type"}), event.data);
        EXPECT_EQ(json(frame.data)["type"].text(), event.type);
    }
    expect_well_formed(unnamed.bytes());
}

TEST_F(FramingTest, ATopicMayHoldAnyText) {
    std::vector<std::string> texts = hostile_texts();
    std::erase_if(texts, [](const std::string& text) {
        return text.find('\0') != std::string::npos;  // no request's target may hold it
    });
    for (const std::string& text : texts) system.append(said("key " + text, text));

    for (std::size_t i = 0; i < texts.size(); ++i) {
        EventReader reader = watch(from_earliest("topic=" + encoded(texts[i])));

        EXPECT_EQ(json(reader.next_event().data), data_of("key " + texts[i], texts[i]));
        expect_well_formed(reader.bytes());
    }
}

TEST_F(FramingTest, AKeyMayHoldAnyText) {
    for (const std::string text :
         {"a\nb", "a\r\nb", "\n\nevent: reset\n\n", "a/b", "%2F", "\u2028"}) {
        system.append(said(text, "x"));
        EventReader reader = watch(from_earliest("key=" + encoded(text)));

        EXPECT_EQ(json(reader.next_event().data), data_of(text, "x"));
    }
}

TEST_F(FramingTest, AValueOfAMegabyteIsOneFrame) {
    EventReader from_now = watch("/events");
    from_now.await_bookmark();
    std::string text(1U << 20U, 'x');
    for (std::size_t at = 0; at < text.size(); at += 1'000) text[at] = '\n';

    RecordText record;
    record.keys = R"({"pk":{"S":"large"}})";
    record.after = R"({"pk":{"S":"large"},"text":{"S":)" + escaped(text) + "}}";
    system.append(record.text());

    const JsonValue expected = json(R"({"id":"large","text":)" + escaped(text) + "}");
    EXPECT_EQ(json(from_now.next_event().data), expected);
    EventReader reader = watch(from_earliest());
    EXPECT_EQ(json(reader.next_event().data), expected);
    EventReader log = watch("/records?after=0");
    EXPECT_EQ(json(log.next_event().data)["dynamodb"]["NewImage"]["text"]["S"].text(), text);
    expect_well_formed(reader.bytes());
}

TEST_F(FramingTest, TheLogsFramesHoldTheRecordsAsTheyCame) {
    for (const std::string& text : hostile_texts()) system.append(said("key " + text, text));
    const std::vector<JsonValue> log = system.log();
    ASSERT_EQ(log.size(), hostile_texts().size());

    EventReader reader = watch("/records?after=0");

    for (const JsonValue& record : log) {
        const Frame frame = reader.next_event();
        EXPECT_EQ(json(frame.data), record);
        EXPECT_EQ(std::to_string(position_in(*frame.id)), record["position"].text());
    }
    expect_well_formed(reader.bytes());
}

// Members that Freshet does not know are kept as they came, with their line breaks.
TEST_F(FramingTest, LineBreaksBetweenTheTokensOfAnEnvelopeForgeNothing) {
    const std::vector<std::string> envelopes = {
        "\"extra\": {\n  \"a\": 1,\n\n  \"event\": \"reset\"\n}",
        "\"extra\": [\r\n1,\r\n\r\n2\r\r]", "\"extra\"\n\n:\n\n\"x\"",
        "\"a\":1\r\n,\r\n\"b\"\r:\n\n{\n}\n"};
    std::uint64_t sequence = 0;
    for (const std::string& envelope : envelopes) {
        RecordText outside = inserted("outside " + std::to_string(++sequence), 1);
        outside.more_outside = envelope;
        system.append(outside.text());
        RecordText inside = inserted("inside " + std::to_string(sequence), 1);
        inside.more = envelope;
        system.append(inside.text());
    }
    system.append(removed("closing", 1).text());
    const std::vector<JsonValue> log = system.log();
    ASSERT_EQ(log.size(), 2 * envelopes.size() + 1);
    EXPECT_EQ(log[0]["extra"], json("{" + envelopes[0] + "}")["extra"]);
    EXPECT_EQ(log[3]["dynamodb"]["extra"], json("{" + envelopes[1] + "}")["extra"]);

    EventReader reader = watch("/records?after=0");
    EventReader events = watch(from_earliest());

    for (const JsonValue& record : log) EXPECT_EQ(json(reader.next_event().data), record);
    EXPECT_FALSE(reader.received());
    expect_well_formed(reader.bytes());
    for (std::uint64_t position = 1; position <= log.size(); ++position) {
        EXPECT_EQ(position_in(*events.next_event().id), position);
    }
}

TEST_F(FramingTest, HalfOfASurrogatePairIsRefusedAndNotHeard) {
    EventReader reader = watch("/events");
    reader.await_bookmark();

    for (const std::string half : {R"("\ud800")", R"("\udc00x")", R"("\ud800\ud800")"}) {
        RecordText record;
        record.after = R"({"pk":{"S":"wrong"},"text":{"S":)" + half + "}}";
        EXPECT_EQ(system.post(record.text()).status, 400) << half;
    }
    system.append(removed("closing", 1).text());

    EXPECT_EQ(*reader.next_event().id, epoch_in(reader.last_event_id()) + ".1");
}

}  // namespace
}  // namespace freshet::systems
