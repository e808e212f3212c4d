// What engine/records/item_body.h promises.

#include "engine/records/item_body.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/catalog/item_key.h"
#include "engine/config/config.h"
#include "engine/values/typed_json.h"
#include "tests/support/must.h"
#include "tests/world/tables.h"

namespace freshet::engine {
namespace {

using support::must;

std::string typed(storage::ImageView image) {
    std::string json;
    append_typed_attributes(json, image);
    return json;
}

std::string read(const std::string& body, ItemForm form = ItemForm::plain) {
    const auto document = must(read_document(body, form));
    return document ? typed(document->view()) : "wrong at " + document.error().front().pointer;
}

std::string nested(int levels) {
    std::string body;
    for (int i = 0; i < levels; ++i) body += R"({"a":)";
    body += "1";
    return body + std::string(static_cast<std::size_t>(levels), '}');
}

TEST(ItemBody, PlainJsonIsReadWithEveryDigit) {
    EXPECT_EQ(read(R"({"s":"x","n":-7.50,"e":1E+2,"t":true,"z":null,"l":[1,"a",[]],"m":{"k":{}}})"),
              R"({"e":{"N":"1E+2"},"l":{"L":[{"N":"1"},{"S":"a"},{"L":[]}]},)"
              R"("m":{"M":{"k":{"M":{}}}},"n":{"N":"-7.50"},"s":{"S":"x"},"t":{"BOOL":true},)"
              R"("z":{"NULL":true}})");
    EXPECT_EQ(read(R"({"n":12345678901234567890123456789012345.670})"),
              R"({"n":{"N":"12345678901234567890123456789012345.670"}})");
}

TEST(ItemBody, TypedJsonIsReadAsRecordsHaveIt) {
    const std::string body =
        R"({"b":{"B":"AP8="},"ns":{"NS":["2","1"]},"ss":{"SS":["b","a"]},"x":{"N":"1"}})";

    EXPECT_EQ(read(body, ItemForm::typed), body);
    EXPECT_EQ(read(R"({"a":1})", ItemForm::typed), "wrong at /a");
}

TEST(ItemBody, EachFaultHasItsPointer) {
    const auto faults =
        must(read_document(R"({"a":{"b":[1,1e9999999]},"c":1,"c":2})", ItemForm::plain));

    ASSERT_FALSE(faults.has_value());
    std::vector<std::string> pointers;
    for (const Fault& fault : faults.error()) pointers.push_back(fault.pointer);
    EXPECT_EQ(pointers, (std::vector<std::string>{"/a/b/1", "/c"}));
}

TEST(ItemBody, HasTheNumbersAndSetsOfDynamoDB) {
    for (const char* number :
         {"1e126", "-1e126", "1e-131", "1e400", "123456789012345678901234567890123456789"}) {
        const std::string plain = std::string(R"({"n":)") + number + '}';
        const std::string typed = std::string(R"({"n":{"N":")") + number + R"("}})";
        const std::string set = std::string(R"({"n":{"NS":["1",")") + number + R"("]}})";
        EXPECT_EQ(read(plain), "wrong at /n") << number;
        EXPECT_EQ(read(typed, ItemForm::typed), "wrong at /n/N") << number;
        EXPECT_EQ(read(set, ItemForm::typed), "wrong at /n/NS/1") << number;
    }
    for (const char* set : {"SS", "NS", "BS"}) {
        EXPECT_EQ(read(std::string(R"({"s":{")") + set + R"(":[]}})", ItemForm::typed),
                  std::string("wrong at /s/") + set);
    }
    const std::string largest = R"({"n":9.9999999999999999999999999999999999999e125,"s":-1e-130})";
    EXPECT_NE(read(largest).substr(0, 5), "wrong");
}

TEST(ItemBody, MustBeAnObject) {
    for (const char* body : {"[]", "1", "null", "\"a\""}) {
        EXPECT_EQ(read(body), "wrong at ") << body;
    }
    EXPECT_EQ(read_document("{", ItemForm::plain).error().code, Errc::malformed);
    EXPECT_EQ(read_document("", ItemForm::plain).error().code, Errc::malformed);
}

// What DynamoDB would not take could not be fed into a table of its own, nor into another Freshet.
TEST(ItemBody, HasABoundOnItsLevels) {
    EXPECT_NE(read(nested(33)), "wrong at ");
    EXPECT_EQ(read(nested(34)), "wrong at ");
}

class ItemBodyOfATable : public ::testing::Test {
protected:
    [[nodiscard]] const Table& table(const std::string& name) const {
        return *config.catalog->table(name);
    }
    [[nodiscard]] static storage::Image plain(const std::string& body) {
        return must(read_document(body, ItemForm::plain)).value();
    }

    const Config config = must(parse_config(support::server_section + R"(
[[table]]
name = "orders"
key = ["pk"]
[[table]]
name = "lines"
key = ["pk", "sk number"]
[[table]]
name = "files"
key = ["digest binary"]
)",
                                            "tables.toml"));
};

TEST_F(ItemBodyOfATable, MayLeaveOutTheKeyOrRepeatIt) {
    const auto line = must(ItemName::from_texts(table("lines"), {"a", "7"}));
    const auto document = [&](const std::string& body) {
        const auto read = document_of(table("lines"), line.keys.view(), plain(body).view());
        return read ? typed(read->view()) : read.error().front().pointer;
    };
    const std::string whole = R"({"pk":{"S":"a"},"sk":{"N":"7"},"z":{"N":"1"}})";

    EXPECT_EQ(document(R"({"z":1})"), whole);
    EXPECT_EQ(document(R"({"sk":7.0,"z":1,"pk":"a"})"), whole);
    EXPECT_EQ(document(R"({"z":null})"), R"({"pk":{"S":"a"},"sk":{"N":"7"},"z":{"NULL":true}})");
    EXPECT_EQ(document(R"({"sk":8,"z":1})"), "/sk");
    EXPECT_EQ(document(R"({"sk":"7","z":1})"), "/sk");
    EXPECT_EQ(document(R"({"pk":null})"), "/pk");
}

TEST_F(ItemBodyOfATable, ABinaryKeyIsBase64InPlainJson) {
    const auto file = must(ItemName::from_texts(table("files"), {"AP8"}));
    const auto document = [&](const std::string& body) {
        const auto read = document_of(table("files"), file.keys.view(), plain(body).view());
        return read ? typed(read->view()) : read.error().front().pointer;
    };

    EXPECT_EQ(document(R"({"digest":"AP8="})"), R"({"digest":{"B":"AP8="}})");
    EXPECT_EQ(document(R"({"digest":"AP7="})"), "/digest");
    EXPECT_EQ(document(R"({"digest":"AP"})"), "/digest");
}

TEST_F(ItemBodyOfATable, APatchSaysNothingOfTheKey) {
    const auto order = must(ItemName::from_texts(table("orders"), {"a"}));
    const auto patch = [&](const std::string& body) {
        const auto read = patch_of(table("orders"), order.keys.view(), plain(body).view());
        return read ? typed(read->view()) : read.error().front().pointer;
    };

    EXPECT_EQ(patch(R"({"pk":"a","x":null})"), R"({"x":{"NULL":true}})");
    EXPECT_EQ(patch(R"({"pk":null})"), "/pk");
    EXPECT_EQ(patch(R"({"pk":"b"})"), "/pk");
}

TEST_F(ItemBodyOfATable, AKeyIsMadeWhereOneAttributeOfItIsMissing) {
    const auto made = [&](const std::string& name, const std::string& body) {
        const auto item = item_made(table(name), plain(body).view(), [] { return "made"; });
        return item ? item->json() : "wrong at " + item.error().front().pointer;
    };

    EXPECT_EQ(made("orders", R"({"x":1})"), R"({"pk":"made"})");
    EXPECT_EQ(made("lines", R"({"sk":7})"), R"({"pk":"made","sk":7})");
    EXPECT_EQ(made("lines", R"({"x":7})"), "wrong at /sk");
    EXPECT_EQ(made("lines", R"({"sk":"7"})"), "wrong at /sk");
    EXPECT_EQ(made("lines", R"({"pk":"a"})"), "wrong at /sk");
    EXPECT_EQ(made("orders", R"({"pk":"a"})"), "wrong at ");
    EXPECT_EQ(made("orders", R"({"pk":1})"), "wrong at /pk");
    EXPECT_EQ(made("files", R"({})"), "wrong at /digest");
    EXPECT_EQ(made("lines", R"({"pk":"","x":1})"), "wrong at /sk");
}

TEST_F(ItemBodyOfATable, AnItemIsNamedByTheTextsThatNameItBack) {
    for (const auto& texts : {std::vector<std::string>{"a/b %", "7"}, {"x", "-1.5"}}) {
        const auto name = must(ItemName::from_texts(table("lines"), texts));
        EXPECT_EQ(name.texts(table("lines")), texts);
    }
    EXPECT_FALSE(ItemName::from_texts(table("lines"), {"a"}));
    EXPECT_FALSE(ItemName::from_texts(table("lines"), {"a", "b"}));
    EXPECT_FALSE(ItemName::from_texts(table("orders"), {std::string(3'000, 'a')}));
}

}  // namespace
}  // namespace freshet::engine
