#include "engine/text/json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using support::must;

std::string rewritten(const std::string& body) {
    const JsonDocument document = must(JsonDocument::parse(body));
    std::string text;
    append_json(text, document.root());
    return text;
}

// What is wrong with the body; empty if nothing is.
std::string fault_of(const std::string& body) {
    const auto document = JsonDocument::parse(body);
    if (document) return "";
    EXPECT_EQ(document.error().code, Errc::malformed);
    return document.error().message;
}

std::string written(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

std::string repeated(std::string_view part, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) text += part;
    return text;
}

TEST(JsonTest, ReadsEveryTypeInTheOrderOfTheDocument) {
    const JsonDocument document =
        must(JsonDocument::parse(R"( { "z" : [ 1 , "two" , [ ] , { } ] , "a" : null ,
                                       "t" : true , "f" : false } )"));

    const JsonNode& root = document.root();
    ASSERT_TRUE(root.is(JsonType::object));
    EXPECT_EQ(root.size(), 4u);
    std::vector<std::string> names;
    for (const JsonNode& member : root) names.emplace_back(member.name());
    EXPECT_EQ(names, (std::vector<std::string>{"z", "a", "t", "f"}));

    const JsonNode& array = *root.find("z");
    std::vector<std::string_view> types;
    for (const JsonNode& element : array) types.push_back(name_of(element.type()));
    EXPECT_EQ(types,
              (std::vector<std::string_view>{"a number", "a string", "an array", "an object"}));
    EXPECT_TRUE(root.find("a")->is(JsonType::null));
    EXPECT_TRUE(root.find("t")->truth());
    EXPECT_TRUE(root.find("f")->is(JsonType::boolean));
    EXPECT_FALSE(root.find("f")->truth());
    EXPECT_EQ(root.find("none"), nullptr);
    EXPECT_EQ(array.find("z"), nullptr) << "an array has no members";
}

TEST(JsonTest, WritesAnyByteWhereverItStandsAsByItself) {
    for (int byte = 0; byte < 0x80; ++byte) {
        const std::string odd(1, static_cast<char>(byte));
        const std::string alone = written(odd).substr(1, written(odd).size() - 2);
        for (std::size_t before = 0; before < 20; ++before) {
            for (const std::size_t after : {0U, 1U, 7U, 8U, 9U}) {
                const std::string begin(before, 'a');
                const std::string end(after, '~');
                EXPECT_EQ(written(begin + odd + end), "\"" + begin + alone + end + "\"")
                    << byte << " after " << before;
            }
        }
    }
}

TEST(JsonTest, KeepsTheDigitsOfNumbers) {
    for (const std::string number :
         {"0", "-0", "0.0", "1.10", "1e5", "1E+05", "-1.5e-300", "9007199254740993",
          "12345678901234567890123456789012345678.90", "1e999999"}) {
        EXPECT_EQ(rewritten(number), number);
        EXPECT_EQ(rewritten("[" + number + " ,\n" + number + "\t]"),
                  "[" + number + "," + number + "]");
    }
    const std::string long_number(5'000, '7');
    EXPECT_EQ(rewritten(long_number), long_number);
}

TEST(JsonTest, TakesAnyValueAsADocument) {
    for (const std::string value : {"1", "\"a\"", "true", "false", "null", "[]", "{}"}) {
        EXPECT_EQ(rewritten(value), value);
        EXPECT_EQ(rewritten(" \r\n\t" + value + "\n "), value);
    }
}

TEST(JsonTest, UnescapesStringsAndNames) {
    const JsonDocument document = must(JsonDocument::parse(
        R"({"a\u0000\"\\\/\b\f\n\r\t\u00e9\ud83d\uDE42\u2028":"\u005c\u0022","\u0062":"plain"})"));

    const JsonNode& first = *document.root().begin();
    EXPECT_EQ(first.name(),
              std::string_view("a\0\"\\/\b\f\n\r\t\xC3\xA9\xF0\x9F\x99\x82\xE2\x80\xA8", 19));
    EXPECT_EQ(first.text(), "\\\"");
    EXPECT_EQ(document.root().find("b")->text(), "plain");
}

TEST(JsonTest, KeepsDuplicateNamesAsTheyCome) {
    const JsonDocument document = must(JsonDocument::parse(R"({"a":1,"b":2,"a":3})"));

    EXPECT_EQ(document.root().size(), 3u);
    EXPECT_EQ(document.root().find("a")->text(), "1");
}

TEST(JsonTest, StaysReadableWhereverItIsMovedTo) {
    JsonDocument first = must(JsonDocument::parse(R"({"a":"x","b":"\n"})"));
    JsonDocument second = std::move(first);
    first = must(JsonDocument::parse("[]"));

    EXPECT_EQ(second.root().find("a")->text(), "x");
    EXPECT_EQ(second.root().find("b")->text(), "\n");
    EXPECT_EQ(second.bytes(), 18u);
    EXPECT_EQ(first.bytes(), 2u);
}

// Each value of the document has its own text, which is that value and nothing around it.
void expect_texts(const JsonDocument& document, const JsonNode& node) {
    const std::string text(document.text_of(node));
    std::string compact;
    append_json(compact, node);
    EXPECT_EQ(rewritten(text), compact);
    EXPECT_NE(text.front(), ' ');
    EXPECT_NE(text.back(), ' ');
    for (const JsonNode& child : node) expect_texts(document, child);
}

TEST(JsonTest, KnowsTheTextOfEachValue) {
    const std::string body =
        R"( { "a" : [ 1 , -2.5e+3 , "t,]}\\", "\"{[\u0041" , [ ] , { } , null , true , false ] ,)"
        R"( "b" : { "\u0063" : { "d" : [ [ [ "é" ] ] , 7 ] } } , "e" : 8 } )";
    const JsonDocument document = must(JsonDocument::parse(body));

    expect_texts(document, document.root());
    EXPECT_EQ(document.text_of(document.root()), body.substr(1, body.size() - 2));
    const JsonNode& list = *document.root().find("a");
    EXPECT_EQ(document.text_of(*++ ++ ++list.begin()), R"("\"{[\u0041")") << "as it stands there";
    EXPECT_EQ(document.text_of(*document.root().find("b")),
              R"({ "\u0063" : { "d" : [ [ [ "é" ] ] , 7 ] } })");

    for (const char* word : {"7", " 7 ", "\"\"", " null\n", "[]"}) {
        const JsonDocument one = must(JsonDocument::parse(word));
        expect_texts(one, one.root());
    }
}

TEST(JsonTest, SaysWhereTheTextEnds) {
    EXPECT_EQ(fault_of(""), "the body is empty");
    EXPECT_EQ(fault_of(" \n"), "the body is empty");
    EXPECT_EQ(fault_of(R"({"Records":[],"a")"),
              "line 1, column 18: the text ends inside an object");
    EXPECT_EQ(fault_of(R"({"a":)"), "line 1, column 6: the text ends inside an object");
    EXPECT_EQ(fault_of("{\"a\":1,\n"), "line 2, column 1: the text ends inside an object");
    EXPECT_EQ(fault_of(R"({"a":[1,{}})"),
              "line 1, column 11: found '}', expected ',' or ']' inside an array");
    EXPECT_EQ(fault_of("[1,2"), "line 1, column 5: the text ends inside an array");
    EXPECT_EQ(fault_of("[[1]"), "line 1, column 5: the text ends inside an array");
    EXPECT_EQ(fault_of(R"(["abc)"), "line 1, column 6: the text ends inside a string");
    EXPECT_EQ(fault_of(R"(["abc\)"), "line 1, column 7: the text ends inside a string");
    EXPECT_EQ(fault_of(R"(["\u00)"), "line 1, column 7: the text ends inside a string");
}

TEST(JsonTest, SaysWhatStandsThereAndWhatIsExpected) {
    EXPECT_EQ(fault_of("{a:1}"),
              "line 1, column 2: found 'a', expected a member's name in double quotes");
    EXPECT_EQ(fault_of(R"({"a":1,})"),
              "line 1, column 8: found '}', expected a member's name in double quotes");
    EXPECT_EQ(fault_of(R"({"a" 1})"),
              "line 1, column 6: found '1', expected ':' after a member's name");
    EXPECT_EQ(fault_of(R"({"a":1 "b":2})"),
              "line 1, column 8: found '\"', expected ',' or '}' inside an object");
    EXPECT_EQ(fault_of(R"({"a":1]})"),
              "line 1, column 7: found ']', expected ',' or '}' inside an object");
    EXPECT_EQ(fault_of(R"({"a":})"), "line 1, column 6: found '}', expected a value");
    EXPECT_EQ(fault_of("[1,]"), "line 1, column 4: found ']', expected a value");
    EXPECT_EQ(fault_of("[,1]"), "line 1, column 2: found ',', expected a value");
    EXPECT_EQ(fault_of("[1 2]"),
              "line 1, column 4: found '2', expected ',' or ']' inside an array");
    EXPECT_EQ(fault_of(R"(["a":1])"),
              "line 1, column 5: found ':', expected ',' or ']' inside an array");
    EXPECT_EQ(fault_of("\n\n  [tru]"), "line 3, column 4: found `tru`, expected a value");
    EXPECT_EQ(fault_of("\xEF\xBB\xBF{}"),
              "line 1, column 1: found a byte order mark, expected a value");
    EXPECT_EQ(fault_of("[1\f]"),
              "line 1, column 3: found the byte 0x0C, expected ',' or ']' inside an array");
    EXPECT_EQ(fault_of(std::string("[1]\0", 4)),
              "line 1, column 4: found the byte 0x00 after the document's end");
}

TEST(JsonTest, RefusesWhatFollowsTheDocument) {
    for (const std::string value :
         {"1", "\"a\"", "true", "null", "[]", "[1]", "{}", R"({"a":1})"}) {
        for (const std::string more : {" 1", " x", "\"\"", "[]", "{}", "]", "}", ",", ":"}) {
            EXPECT_NE(fault_of(value + more), "") << value << more;
        }
    }
    EXPECT_EQ(fault_of("{} {}"),
              "line 1, column 4: found '{' after the document's end: send several documents one by "
              "one, as an array, or as lines (NDJSON)");
}

TEST(JsonTest, RefusesNumbersThatJsonDoesNotKnow) {
    for (const std::string number : {"01", "-01", "00", "-", "1.", ".5", "+1", "1e", "1e+", "0x10",
                                     "1.e5", "1.5.5", "1-2", "--1", "Infinity", "NaN", "1_000"}) {
        EXPECT_NE(fault_of(number), "") << number;
        EXPECT_NE(fault_of("[" + number + "]"), "") << number;
        EXPECT_NE(fault_of(R"({"a":)" + number + " }"), "") << number;
    }
    EXPECT_EQ(fault_of("[1, 007]"), "line 1, column 5: `007` is not a number in JSON");
    EXPECT_NE(fault_of(R"([1"a"])"), "");
}

TEST(JsonTest, RefusesWrongEscapes) {
    EXPECT_EQ(fault_of(R"(["\x"])"),
              "line 1, column 3: a backslash must be followed by one of \" \\ / b f n r t u");
    EXPECT_EQ(fault_of(R"(["\u12g4"])"),
              "line 1, column 3: `\\u` must be followed by four hexadecimal digits");
    EXPECT_EQ(fault_of("[\"a\nb\"]"),
              "line 1, column 4: the byte 0x0A must be escaped inside a string");
}

TEST(JsonTest, RefusesHalvesOfSurrogatePairs) {
    for (const std::string text : {R"(\ud800)", R"(\udc00)", R"(\ud83d\u0041)", R"(\ud83d\ud83d)",
                                   R"(\ud83dx)", R"(\ud83d\n)", R"(\udc00\ud800)"}) {
        EXPECT_EQ(fault_of("\"" + text + "\""),
                  "line 1, column 2: `" + text.substr(0, 6) + "` is half of a surrogate pair");
        EXPECT_NE(fault_of("{\"" + text + "\":1}"), "") << "in a name";
    }
}

TEST(JsonTest, RefusesBytesThatAreNotUtf8) {
    for (const std::string bytes :
         {"\xFF", "\x80", "\xC0\xAF", "\xC3", "\xE2\x80", "\xE0\x80\xAF", "\xED\xA0\x80",
          "\xF4\x90\x80\x80", "\xF0\x8F\xBF\xBF", "\xC3("}) {
        EXPECT_EQ(fault_of("[\"\xC3\xA9" + bytes + "\"]").find("line 1, column 4: the byte 0x"), 0u)
            << "the column counts characters";
    }
    EXPECT_EQ(fault_of("[\n\"\xFF\"]"), "line 2, column 2: the byte 0xFF is not UTF-8");
}

TEST(JsonTest, BoundsTheDepth) {
    const auto nested = [](std::size_t levels) {
        return repeated("[", levels) + repeated("]", levels);
    };

    EXPECT_EQ(rewritten(nested(json_depth_max)), nested(json_depth_max));
    EXPECT_EQ(fault_of(nested(json_depth_max + 1)),
              "line 1, column 97: more than 96 levels of arrays and objects");
    EXPECT_NE(fault_of(repeated(R"({"a":)", json_depth_max + 1) + "1" +
                       repeated("}", json_depth_max + 1)),
              "");
}

TEST(JsonTest, RefusesTwentyThousandLevels) {
    for (const std::string level : {"[", R"({"a":)", R"([{"a":)"}) {
        EXPECT_NE(fault_of(repeated(level, 20'000)), "");
        EXPECT_NE(fault_of(repeated(level, 20'000) + repeated("}]", 20'000)), "");
    }
    EXPECT_NE(fault_of(repeated("[", 20'000) + repeated("]", 20'000)), "");
}

TEST(JsonTest, RefusesATextCutAnywhere) {
    const std::string body =
        R"({"a":[1,-2.5e3,"\u00e9\ud83d\ude42",{"b":null,"c":[true,false]}],"d":"x\\","":{}})";
    ASSERT_EQ(fault_of(body), "");

    for (std::size_t bytes = 0; bytes < body.size(); ++bytes) {
        EXPECT_NE(fault_of(body.substr(0, bytes)), "") << bytes;
    }
}

TEST(JsonTest, TakesOrRefusesWithAPlaceWhateverHasChanged) {
    const std::string body =
        R"({"a":[1,-2.5e3,"\u00e9\ud83d\ude42",{"b":null,"c":[true,false]}],"d":"x\\","":{}})";
    const std::string pieces = "{}[]:,\"\\ \n0123456789-+.eEtrufalsn\x01\x0C\x1A\x80\xC3\xFF";
    std::mt19937 random(20'230'710);
    const auto below = [&random](std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
    };

    std::size_t taken = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string changed = body;
        for (std::size_t change = 0; change <= below(3); ++change) {
            changed.replace(below(changed.size()), below(3), 1, pieces[below(pieces.size())]);
        }
        const std::string fault = fault_of(changed);
        if (fault.empty()) {
            ++taken;
            const std::string once = rewritten(changed);
            EXPECT_EQ(rewritten(once), once);
        } else {
            EXPECT_EQ(fault.find("line "), 0u) << changed << ": " << fault;
        }
    }
    EXPECT_GT(taken, 100u);
}

TEST(JsonTest, EscapesNothingButWhatMustBe) {
    EXPECT_EQ(written(""), R"("")");
    EXPECT_EQ(written("a\"b\\c/d"), R"("a\"b\\c/d")");
    EXPECT_EQ(written(std::string_view("\0\x01\n\r\t\x1F\x7F", 7)),
              "\"\\u0000\\u0001\\n\\r\\t\\u001f\x7F\"");
    EXPECT_EQ(written("\xC3\xA9 \xE2\x80\xA8 \xF0\x9F\x99\x82 </script>"),
              "\"\xC3\xA9 \xE2\x80\xA8 \xF0\x9F\x99\x82 </script>\"");
}

TEST(JsonTest, ReplacesBytesThatAreNotUtf8) {
    EXPECT_EQ(written("a\xFF"
                      "b"),
              "\"a\xEF\xBF\xBD"
              "b\"");
    EXPECT_EQ(written("\xC3"), "\"\xEF\xBF\xBD\"");
    EXPECT_EQ(fault_of(written("\xED\xA0\x80\xF4\x90\x80\x80\xC0\xAF\x80")), "");
}

TEST(JsonTest, GivesBackEveryStringThatIsUtf8) {
    std::string text;
    for (char c = 0; c < 0x7F; ++c) text += c;
    text +=
        "\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F"
        "\xBF\xBF";

    const JsonDocument document = must(JsonDocument::parse(written(text)));

    EXPECT_EQ(document.root().text(), text);
}

TEST(JsonTest, WritesCompactly) {
    EXPECT_EQ(
        rewritten(R"({ "b" : [ 1.50 , { } , [ ] ] , "" : { "x\u0041" : null , "y" : true } })"),
        R"({"b":[1.50,{},[]],"":{"xA":null,"y":true}})");
}

TEST(JsonTest, EscapesTokensOfPointers) {
    std::string pointer = "/Records/0";

    append_pointer(pointer, "a/b~c");
    append_pointer(pointer, "");
    append_pointer(pointer, "~1");

    EXPECT_EQ(pointer, "/Records/0/a~1b~0c//~01");
}

}  // namespace
}  // namespace freshet::engine
