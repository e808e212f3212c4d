// What engine/catalog/item_key.h promises: one text of bytes for each key, and none for what is no
// key.

#include "engine/catalog/item_key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using std::string_literals::operator""s;
using storage::Image;
using storage::ImageBuilder;
using storage::ValueType;
using support::must;

Table table_of(std::vector<KeyPart> key) {
    Table table;
    table.name = "orders";
    table.key = std::move(key);
    return table;
}

const Table by_text = table_of({{"pk", ValueType::string}});
const Table by_number = table_of({{"n", ValueType::number}});
const Table by_binary = table_of({{"b", ValueType::binary}});
const Table by_two = table_of({{"pk", ValueType::string}, {"sk", ValueType::number}});

struct Attribute {
    std::string name;
    ValueType type;
    std::string text;
};

Image keys_of(std::vector<Attribute> attributes) {
    std::sort(attributes.begin(), attributes.end(),
              [](const Attribute& a, const Attribute& b) { return a.name < b.name; });
    ImageBuilder builder;
    std::vector<ImageBuilder::Value> values;
    for (const auto& [name, type, text] : attributes) {
        values.push_back(builder.scalar(type, name, text));
    }
    return builder.finish(values);
}

std::string key_of(const Table& table, const std::vector<Attribute>& attributes) {
    const auto key = item_key(table, keys_of(attributes).view());
    EXPECT_TRUE(key) << key.error().detail;
    return key.value_or("");
}

Fault fault_of(const Table& table, const Image& keys) {
    const auto key = item_key(table, keys.view());
    EXPECT_FALSE(key);
    return key ? Fault{} : key.error();
}

std::string refusal_of(const Table& table, const std::vector<std::string>& parts) {
    const auto key = item_key_from_text(table, parts);
    EXPECT_FALSE(key);
    if (key) return {};
    EXPECT_EQ(key.error().code, Errc::refused);
    return key.error().message;
}

TEST(ItemKey, IsTheSameForNumbersOfTheSameValue) {
    const auto key = key_of(by_number, {{"n", ValueType::number, "7.5"}});

    EXPECT_EQ(key_of(by_number, {{"n", ValueType::number, "7.50"}}), key);
    EXPECT_EQ(key_of(by_number, {{"n", ValueType::number, "75e-1"}}), key);
    EXPECT_NE(key_of(by_number, {{"n", ValueType::number, "7.51"}}), key);
}

TEST(ItemKey, IsAnotherForEveryOtherKeyWhateverItHolds) {
    const Table table = table_of({{"pk", ValueType::string}, {"sk", ValueType::string}});
    const std::vector<std::string> texts = {"a",
                                            "ab",
                                            "b",
                                            "\0"s,
                                            "a\0"s,
                                            "\0b"s,
                                            "\0\x01"s,
                                            "\xFF"s,
                                            "a/b",
                                            "a\0\x01"
                                            "b"s,
                                            "é",
                                            "."};

    std::vector<std::string> keys;
    for (const std::string& first : texts) {
        for (const std::string& second : texts) {
            keys.push_back(key_of(
                table, {{"pk", ValueType::string, first}, {"sk", ValueType::string, second}}));
        }
    }
    std::sort(keys.begin(), keys.end());

    EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
}

TEST(ItemKey, OrdersKeysByTheirPartsInTheDeclaredOrder) {
    const auto key = [](const std::string& first, const std::string& second) {
        return key_of(by_two,
                      {{"pk", ValueType::string, first}, {"sk", ValueType::number, second}});
    };

    EXPECT_LT(key("a", "9"), key("a", "10"));
    EXPECT_LT(key("a", "10"), key("b", "-1"));
    EXPECT_LT(key("a", "10"), key("aa", "-1"));
}

TEST(ItemKey, NamesTheAttributeOfAnotherTypeThanDeclared) {
    const Fault text = fault_of(by_text, keys_of({{"pk", ValueType::number, "5"}}));
    const Fault number = fault_of(by_number, keys_of({{"n", ValueType::binary, "5"}}));
    ImageBuilder builder;
    const auto list = builder.list("b", std::vector{builder.null("")});
    const Fault binary = fault_of(by_binary, builder.finish(std::vector{list}));

    EXPECT_EQ(text.pointer, "/pk");
    EXPECT_EQ(text.detail, "found a number (N), expected a string (S)");
    EXPECT_EQ(number.detail, "found a binary (B), expected a number (N)");
    EXPECT_EQ(binary.pointer, "/b");
    EXPECT_EQ(binary.detail, "found a list (L), expected a binary (B)");
}

// What no URL could name is not to come in; what came in before stays a key.
TEST(ItemKey, SaysWhichPartIsLongerThanAnyOfDynamoDb) {
    const auto fault = [](std::size_t pk, std::size_t b) {
        const Table table = table_of({{"pk", ValueType::string}, {"b", ValueType::binary}});
        const Image keys = keys_of({{"pk", ValueType::string, std::string(pk, 'a')},
                                    {"b", ValueType::binary, std::string(b, '\0')}});
        EXPECT_TRUE(item_key(table, keys.view()));
        const auto found = key_length_fault(table, keys.view());
        return found ? found->pointer + ": " + found->detail : "";
    };

    EXPECT_EQ(fault(2'048, 1'024), "");
    EXPECT_EQ(fault(2'049, 1),
              "/pk: found 2049 bytes, expected at most the 2048 that a part of a key may have");
    EXPECT_EQ(fault(1, 1'025),
              "/b: found 1025 bytes, expected at most the 1024 that a part of a key may have");
}

TEST(ItemKey, RefusesKeysWithAMissingAttribute) {
    const Fault fault = fault_of(by_two, keys_of({{"pk", ValueType::string, "a"}}));

    EXPECT_EQ(fault.pointer, "");
    EXPECT_EQ(fault.detail,
              "found no attribute sk, expected the whole key of table orders: pk, sk");
}

TEST(ItemKey, RefusesKeysWithAnAttributeThatIsNotDeclared) {
    const Fault fault = fault_of(
        by_text, keys_of({{"pk", ValueType::string, "a"}, {"x/y~z", ValueType::string, "b"}}));

    EXPECT_EQ(fault.pointer, "/x~1y~0z");
    EXPECT_EQ(fault.detail, "found an attribute that is no part of the key, expected only pk");
}

TEST(ItemKey, RefusesEmptyValuesAndNumbersBeyondAllBounds) {
    EXPECT_EQ(fault_of(by_text, keys_of({{"pk", ValueType::string, ""}})).pointer, "/pk");
    EXPECT_EQ(fault_of(by_binary, keys_of({{"b", ValueType::binary, ""}})).pointer, "/b");
    EXPECT_EQ(fault_of(by_number, keys_of({{"n", ValueType::number, "1e1000001"}})).pointer, "/n");
}

TEST(ItemKey, QuotesLongTextsInPart) {
    const std::string digits(1'000, '1');
    const std::string quoted = "found \"" + digits.substr(0, 60) + "…\"";

    EXPECT_EQ(fault_of(by_number, keys_of({{"n", ValueType::number, digits + "e1000001"}})).detail,
              quoted + ", expected a decimal number with a smaller exponent");
    EXPECT_EQ(refusal_of(by_number, {digits + "x"}), quoted + " for n, expected a decimal number");
}

TEST(ItemKey, FromTextIsTheKeyOfTheRecord) {
    EXPECT_EQ(must(item_key_from_text(by_text, {"a/b c\0"s})),
              key_of(by_text, {{"pk", ValueType::string, "a/b c\0"s}}));
    EXPECT_EQ(must(item_key_from_text(by_number, {"7.50"})),
              key_of(by_number, {{"n", ValueType::number, "7.5"}}));
    EXPECT_EQ(must(item_key_from_text(by_binary, {"-_8"})),
              key_of(by_binary, {{"b", ValueType::binary, "\xFB\xFF"}}));
    EXPECT_EQ(must(item_key_from_text(by_two, {"a", "1e1"})),
              key_of(by_two, {{"pk", ValueType::string, "a"}, {"sk", ValueType::number, "10"}}));
}

TEST(ItemKey, FromTextRefusesAnotherCountOfParts) {
    EXPECT_EQ(refusal_of(by_text, {}), "found 0 of the key's parts, expected 1: pk");
    EXPECT_EQ(refusal_of(by_two, {"a"}), "found 1 of the key's parts, expected 2: pk, sk");
    EXPECT_EQ(refusal_of(by_text, {"a", "b"}), "found 2 of the key's parts, expected 1: pk");
}

TEST(ItemKey, FromTextRefusesPartsInTheWrongForm) {
    EXPECT_EQ(refusal_of(by_number, {"five"}), "found \"five\" for n, expected a decimal number");
    EXPECT_EQ(refusal_of(by_number, {""}), "found \"\" for n, expected a decimal number");
    EXPECT_EQ(refusal_of(by_binary, {"+/8="}),
              "found \"+/8=\" for b, expected base64url without padding");
    EXPECT_EQ(refusal_of(by_binary, {""}), "found \"\" for b, expected a key of at least one byte");
    EXPECT_EQ(refusal_of(by_text, {""}), "found \"\" for pk, expected a key of at least one byte");
}

TEST(ItemKey, AsTextIsWhatAKeyIsReadFrom) {
    EXPECT_EQ(item_key_text(by_text, keys_of({{"pk", ValueType::string, "a/b%"}}).view()), "a/b%");
    EXPECT_EQ(item_key_text(by_number, keys_of({{"n", ValueType::number, "7.50"}}).view()), "7.5");
    EXPECT_EQ(item_key_text(by_binary, keys_of({{"b", ValueType::binary, "\xFB\xFF"}}).view()),
              "-_8");
    EXPECT_EQ(
        item_key_text(
            by_two,
            keys_of({{"pk", ValueType::string, "a/b%"}, {"sk", ValueType::number, "10"}}).view()),
        "a%2Fb%25/10");
    EXPECT_EQ(item_key_text(by_two, keys_of({{"sk", ValueType::string, "10"}}).view()), "/");
}

TEST(ItemKeyTest, ComesApartIntoItsAttributes) {
    const std::string two =
        key_of(by_two, {{"pk", ValueType::string, "a\0b"s}, {"sk", ValueType::number, "7.50"}});
    const Image parts = must(key_attributes(by_two, two));

    EXPECT_EQ(parts.view().find("pk")->text(), "a\0b"s);
    EXPECT_EQ(parts.view().find("sk")->text(), "7.5") << "in its canonical form";
    EXPECT_EQ(item_key(by_two, parts.view()).value_or(""), two);
    const std::string binary = key_of(by_binary, {{"b", ValueType::binary, "\x00\xff"s}});
    EXPECT_EQ(must(key_attributes(by_binary, binary)).view().find("b")->text(), "\x00\xff"s);
    EXPECT_EQ(key_attributes(by_number, two).error().code, Errc::damaged_state);
    EXPECT_EQ(key_attributes(by_two, "").error().code, Errc::damaged_state);
}

}  // namespace
}  // namespace freshet::engine
