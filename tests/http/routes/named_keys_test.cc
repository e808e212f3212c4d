// Every key that POST /records takes can be read at the places that the server itself gives out.

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/config/config.h"
#include "engine/text/base64.h"
#include "engine/text/json.h"
#include "http/messages/target.h"
#include "tests/readers/json_value.h"
#include "tests/support/must.h"
#include "tests/support/rounds.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using support::JsonValue;
using support::must;

constexpr std::string_view config_text = R"(
[server]
listen = "127.0.0.1:0"

[[table]]
name = "texts"
key  = ["pk"]

[[table.view]]
name   = "text"
fields = ["*"]

[[table.list]]
name   = "by-pk"
by     = "pk"
sort   = "pk"
fields = ["*"]

[[table]]
name = "pairs"
key  = ["pk", "sk"]

[[table.view]]
name   = "pair"
fields = ["*"]

[[table]]
name = "rows"
key  = ["b binary", "n number"]

[[table.view]]
name   = "row"
fields = ["*"]
)";

struct Attribute {
    std::string name;
    std::string tag;   // S, N or B
    std::string text;  // as the record has it
    std::string part;  // as a path names it
};
using Key = std::vector<Attribute>;

Attribute text(std::string name, const std::string& value) {
    return {.name = std::move(name), .tag = "S", .text = value, .part = value};
}
Attribute binary(std::string name, std::string_view value) {
    Attribute attribute{.name = std::move(name), .tag = "B", .text = {}, .part = {}};
    engine::append_base64(attribute.text, value);
    engine::append_base64url(attribute.part, value);
    return attribute;
}
Attribute number(std::string name, const std::string& value) {
    return {.name = std::move(name), .tag = "N", .text = value, .part = value};
}

std::string encoded(std::string_view text) {
    std::string out;
    append_percent_encoded(out, text);
    return out;
}

class NamedKeys : public ::testing::Test {
protected:
    Answer post(const std::string& kind, const std::string& table, const Key& key) {
        std::string keys = "{";
        for (const Attribute& attribute : key) {
            if (&attribute != key.data()) keys += ',';
            engine::append_json_string(keys, attribute.name);
            keys += ":{\"" + attribute.tag + "\":";
            engine::append_json_string(keys, attribute.text);
            keys += '}';
        }
        keys += '}';
        std::string body = R"({"eventName":")" + kind + R"(","dynamodb":{"Keys":)" + keys;
        if (kind != "REMOVE") body += R"(,"NewImage":)" + keys;
        body += R"(,"SequenceNumber":")" + std::to_string(++sequence) + "\"}}";
        return shop.post(body, "?table=" + table);
    }

    // The target of the line that the index shows for it.
    std::string target_of(const std::string& kind, const std::string& name) {
        const JsonValue index = JsonValue::parse(shop.get("/").body).value_or(JsonValue());
        for (const JsonValue& element : index[kind].elements()) {
            if (element["name"].text() != name) continue;
            std::string line = element["curl"].text();
            line = line.substr(std::string("curl ").size());
            if (line.starts_with('\'')) line = line.substr(1, line.size() - 2);
            return line.substr(std::string("http://localhost:8080").size());
        }
        return "";
    }

    void expect_named(const std::string& table, const std::string& view, const Key& key) {
        const Answer taken = post("INSERT", table, key);
        ASSERT_EQ(taken.status, 200) << taken.body;
        const Answer item = shop.get(target_of("views", view));
        EXPECT_EQ(item.status, 200) << target_of("views", view);
        const auto shown = JsonValue::parse(item.body).value_or(JsonValue());
        for (const Attribute& attribute : key) {
            if (attribute.tag != "S") continue;
            EXPECT_EQ(shown[attribute.name].text(), attribute.text);
        }
        EXPECT_EQ(shop.get(target_of("tables", table)).status, 200);

        // By each way that there is, whichever the index chose.
        std::string query = "?";
        std::string joined;
        for (const Attribute& attribute : key) {
            if (&attribute != key.data()) query += '&';
            query += "key=" + encoded(attribute.part);
            if (!joined.empty()) joined += '/';
            joined += key.size() == 1 ? attribute.part : encoded(attribute.part);
        }
        const std::string items = "/tables/" + table + "/items";
        EXPECT_EQ(shop.get("/views/" + view + query).body, item.body);
        EXPECT_EQ(shop.get(items + query).status, 200);
        EXPECT_EQ(shop.get(items + "/history" + query).status, 200);
        const auto events = shop.ask({"GET", "/events?key=" + encoded(joined), {}, ""});
        EXPECT_TRUE(std::holds_alternative<StreamToFollow>(events)) << joined;
        expect_named_by_path("/views/" + view, key, item.body);

        EXPECT_EQ(post("REMOVE", table, key).status, 200);
    }

    // No segment is `.` or `..`, however it is written.
    void expect_named_by_path(std::string path, const Key& key, const std::string& body) {
        for (const Attribute& attribute : key) {
            if (attribute.part == "." || attribute.part == "..") return;
            path += '/' + encoded(attribute.part);
        }
        EXPECT_EQ(shop.get(path).body, body) << path;
    }

    std::string any_text(std::size_t bytes_max) {
        static const std::array<std::string, 22> pieces{std::string(1, '\0'),
                                                        "/",
                                                        "%",
                                                        "%00",
                                                        "%2F",
                                                        ".",
                                                        "..",
                                                        "?",
                                                        "#",
                                                        "&",
                                                        "=",
                                                        "+",
                                                        " ",
                                                        "\"",
                                                        "\\",
                                                        "'",
                                                        "\n",
                                                        "\x7f",
                                                        "\xC2\x85",
                                                        "\xE2\x80\xAE",
                                                        "\xF0\x9F\x8D\x95",
                                                        "a"};
        std::string made;
        const std::size_t length = below(40) == 0 ? bytes_max : 1 + below(8);
        while (made.size() < length) {
            const std::string& piece = pieces.at(below(pieces.size()));
            if (made.size() + piece.size() > bytes_max) break;
            made += piece;
        }
        return made.empty() ? "a" : made;
    }
    std::size_t below(std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(dice);
    }

    RouteShop shop{must(engine::parse_config(std::string(config_text), "keys.toml"))};
    std::mt19937 dice{20'261'129};
    std::uint64_t sequence = 0;
};

TEST_F(NamedKeys, AnyTextIsReadWhereTheServerSaysItIs) {
    for (int round = 0; round < static_cast<int>(support::rounds(150)); ++round) {
        SCOPED_TRACE(round);
        expect_named("texts", "text", {text("pk", any_text(2'048))});
        expect_named("pairs", "pair", {text("pk", any_text(2'048)), text("sk", any_text(1'024))});
    }
}

TEST_F(NamedKeys, AnyBytesAndNumbersAreReadWhereTheServerSaysTheyAre) {
    const std::vector<std::string> numbers{"0",
                                           "-0",
                                           "7.50",
                                           "+5",
                                           "1e2",
                                           "1E+2",
                                           "-1e-9",
                                           "007",
                                           ".5",
                                           "5.",
                                           "1e125",
                                           "-1E-130",
                                           "12345678901234567890123456789012345678"};
    for (const std::string& n : numbers) {
        std::string bytes;
        for (std::size_t i = 0, end = 1 + below(64); i < end; ++i) {
            bytes += static_cast<char>(below(256));
        }
        SCOPED_TRACE(n);
        expect_named("rows", "row", {binary("b", bytes), number("n", n)});
    }
    expect_named("rows", "row", {binary("b", std::string(2'048, '\xFF')), number("n", "1")});
}

TEST_F(NamedKeys, AnyTextNamesAPartitionAndItsNextPage) {
    for (const std::string& name :
         {std::string(1, '\0'), std::string("a\0b", 3), std::string("."), std::string("a/b")}) {
        post("INSERT", "texts", {text("pk", name)});
        const Answer page = shop.get(target_of("views", "by-pk"));
        EXPECT_EQ(page.status, 200) << page.body;
        const auto items = JsonValue::parse(page.body).value_or(JsonValue())["items"];
        ASSERT_EQ(items.size(), 1U);
        EXPECT_EQ(items[0]["pk"].text(), name);
        post("REMOVE", "texts", {text("pk", name)});
    }
}

// What no URL could name does not come in.
TEST_F(NamedKeys, AKeyThatIsTooLongForAUrlIsRefusedByItsPlace) {
    const Answer answer = post("INSERT", "texts", {text("pk", std::string(2'049, 'a'))});

    EXPECT_EQ(answer.status, 422);
    EXPECT_NE(answer.body.find(R"("pointer":"/dynamodb/Keys/pk")"), std::string::npos)
        << answer.body;
}

}  // namespace
}  // namespace freshet::http
