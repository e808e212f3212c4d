// What engine/commands/item_update.h promises, by example.

#include "engine/commands/item_update.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "engine/config/config.h"
#include "engine/records/image_reader.h"
#include "engine/records/item_body.h"
#include "engine/text/json.h"
#include "engine/values/dynamodb_number.h"
#include "engine/values/typed_json.h"
#include "tests/support/must.h"
#include "tests/world/tables.h"

namespace freshet::engine {
namespace {

using support::must;

class ItemUpdates : public ::testing::Test {
protected:
    // "/add/count: is …" for each fault.
    static std::string text_of(const std::vector<Fault>& faults) {
        std::string text;
        for (const Fault& fault : faults) text += fault.pointer + ": " + fault.detail + '\n';
        return text;
    }
    tl::expected<ItemUpdate, std::vector<Fault>> read(const std::string& body,
                                                      ItemForm form = ItemForm::plain) {
        return must(read_update(*config.catalog->table("counters"), body, form));
    }
    // An item may have come as a record, with what no direct write takes.
    static storage::Image stored(const std::string& item) {
        const auto document = must(JsonDocument::parse(item));
        Faults faults;
        return ImageReader(faults).read(document.root(), Place()).value();
    }
    // What the update makes of the item, which is typed, or what is wrong.
    std::string made(const std::string& item, const std::string& body,
                     ItemForm form = ItemForm::plain) {
        const auto update = read(body, form);
        if (!update) return "wrong " + text_of(update.error());
        const auto image = stored(item);
        const auto result = updated(image.view(), *update);
        if (!result) return text_of(result.error());
        std::string json;
        append_typed_attributes(json, result->view());
        return json;
    }
    std::string typed(const std::string& item, const std::string& body) {
        return made(item, body, ItemForm::typed);
    }

    Config config = must(parse_config(support::server_section + std::string(R"(
[[table]]
name   = "counters"
key    = ["pk"]
source = "direct"
)"),
                                      "update.toml"));
};

TEST_F(ItemUpdates, AddNumbersExactly) {
    EXPECT_EQ(made(R"({"n":{"N":"7.50"}})", R"({"add":{"n":0.25}})"), R"({"n":{"N":"7.75"}})");
    EXPECT_EQ(made(R"({"n":{"N":"1"}})", R"({"add":{"n":-1}})"), R"({"n":{"N":"0"}})");
    EXPECT_EQ(made("{}", R"({"add":{"n":1.0}})"), R"({"n":{"N":"1.0"}})");
    EXPECT_EQ(
        made(R"({"n":{"N":"99999999999999999999999999999999999999"}})", R"({"add":{"n":-1}})"),
        R"({"n":{"N":"99999999999999999999999999999999999998"}})");
    EXPECT_EQ(
        made(R"({"m":{"M":{"n":{"N":"1"},"x":{"S":"y"}}}})", R"({"add":{"m":{"n":1,"o":2}}})"),
        R"({"m":{"M":{"n":{"N":"2"},"o":{"N":"2"},"x":{"S":"y"}}}})");
}

TEST_F(ItemUpdates, BoundWhatIsAdded) {
    const std::string numbers(dynamodb_numbers);
    const std::string unbounded = "no " + numbers + "\n";
    for (const char* added :
         {"1e400", "-1e126", "1e-131", "1e-999999", "1.00000000000000000000000000000000000001"}) {
        EXPECT_EQ(made(R"({"m":{"M":{"n":{"N":"1"}}}})",
                       std::string(R"({"add":{"m":{"n":)") + added + "}}}"),
                  std::string("wrong /add/m/n: found `") + added + "`, expected a " + numbers +
                      ", as DynamoDB has them\n")
            << added;
    }
    EXPECT_EQ(made(R"({"n":{"N":"1"}})", R"({"add":{"n":1e-40}})"),
              std::string("/add/n: makes, with what is there, what is ") + unbounded);
    EXPECT_EQ(made(R"({"n":{"N":"1e400"}})", R"({"add":{"n":1}})"),
              std::string("/add/n: makes, with what is there, what is ") + unbounded);
    EXPECT_EQ(made(R"({"n":{"N":"9e125"}})", R"({"add":{"n":9e125}})"),
              std::string("/add/n: makes, with what is there, what is ") + unbounded);
    EXPECT_EQ(made(R"({"n":{"N":"0"}})", R"({"add":{"n":1e-100}})"), R"({"n":{"N":"1e-100"}})");
}

TEST_F(ItemUpdates, AddElements) {
    EXPECT_EQ(made(R"({"l":{"L":[{"S":"a"}]}})", R"({"add":{"l":["a",1]}})"),
              R"({"l":{"L":[{"S":"a"},{"S":"a"},{"N":"1"}]}})");
    EXPECT_EQ(made("{}", R"({"add":{"l":["a"]}})"), R"({"l":{"L":[{"S":"a"}]}})");
    EXPECT_EQ(made(R"({"s":{"SS":["b","a"]}})", R"({"add":{"s":["c","a","c"]}})"),
              R"({"s":{"SS":["b","a","c"]}})");
    EXPECT_EQ(made(R"({"s":{"NS":["1.0","2"]}})", R"({"add":{"s":[1,3,3.0]}})"),
              R"({"s":{"NS":["1.0","2","3"]}})");
    EXPECT_EQ(typed(R"({"s":{"BS":["AA=="]}})", R"({"add":{"s":{"BS":["AA==","AQ=="]}}})"),
              R"({"s":{"BS":["AA==","AQ=="]}})");
    EXPECT_EQ(typed("{}", R"({"add":{"s":{"SS":["a"]}}})"), R"({"s":{"SS":["a"]}})");
}

TEST_F(ItemUpdates, DeleteElementsOfSets) {
    EXPECT_EQ(made(R"({"s":{"SS":["a","b"]}})", R"({"delete":{"s":["b","z"]}})"),
              R"({"s":{"SS":["a"]}})");
    EXPECT_EQ(made(R"({"s":{"NS":["1.0","2"]}})", R"({"delete":{"s":[1]}})"),
              R"({"s":{"NS":["2"]}})");
    EXPECT_EQ(made(R"({"s":{"SS":["a"]},"t":{"S":"u"}})", R"({"delete":{"s":["a"]}})"),
              R"({"t":{"S":"u"}})");
    EXPECT_EQ(typed(R"({"m":{"M":{"s":{"SS":["a","b"]}}}})",
                    R"({"delete":{"m":{"M":{"s":{"SS":["a"]}}}}})"),
              R"({"m":{"M":{"s":{"SS":["b"]}}}})");
    EXPECT_EQ(made("{}", R"({"delete":{"s":["a"],"m":{"s":["a"]}}})"), "{}");
}

TEST_F(ItemUpdates, DoAllThreeAtOnce) {
    EXPECT_EQ(made(R"({"n":{"N":"1"},"old":{"S":"x"},"s":{"SS":["a","b"]}})",
                   R"({"set":{"old":null,"status":"PAID"},"add":{"n":1},"delete":{"s":["a"]}})"),
              R"({"n":{"N":"2"},"s":{"SS":["b"]},"status":{"S":"PAID"}})");
    EXPECT_EQ(
        made(R"({"m":{"M":{"n":{"N":"1"}}}})", R"({"set":{"m":{"x":"y"}},"add":{"m":{"n":1}}})"),
        R"({"m":{"M":{"n":{"N":"2"},"x":{"S":"y"}}}})");
}

TEST_F(ItemUpdates, NameEachValueThatDoesNotFit) {
    EXPECT_EQ(made(R"({"a":{"S":"x"},"b":{"N":"1"},"c":{"M":{"d":{"SS":["x"]}}},"e":{"M":{}}})",
                   R"({"add":{"a":1,"b":[1],"c":{"d":[1]},"e":1}})"),
              "/add/a: is a number, and cannot be added to what is there: a string\n"
              "/add/b: is a list, and cannot be added to what is there: a number\n"
              "/add/c/d: is a list, and cannot be added to what is there: a set of strings\n"
              "/add/e: is a number, and cannot be added to what is there: a map\n");
    EXPECT_EQ(made(R"({"a":{"L":[{"S":"x"}]},"b":{"S":"x"}})",
                   R"({"delete":{"a":["x"],"b":{"c":["x"]}}})"),
              "/delete/a: is a list, and cannot be deleted from what is there: a list\n"
              "/delete/b: is a map, and cannot be deleted from what is there: a string\n");
}

// What one update can make of faults is bounded, as it is made where all writers wait.
TEST_F(ItemUpdates, NameFewFaults) {
    const std::string long_name(60'000, 'x');
    std::string item = R"({"m":{"M":{)";
    std::string body = R"({"add":{"m":{)";
    for (int i = 0; i < 5'000; ++i) {
        item += (i > 0 ? ",\"" : "\"") + std::to_string(i) + R"(":{"S":""})";
        body += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":1";
    }
    const std::string faults = made(item + "}}}", body + "}}}");
    EXPECT_EQ(std::count(faults.begin(), faults.end(), '\n'), 100);

    std::string deep = R"({"add":{")" + long_name + R"(":{)";
    for (int i = 0; i < 50; ++i) deep += (i > 0 ? ",\"" : "\"") + std::to_string(i) + R"(":"x")";
    const std::string few = made("{}", deep + "}}}");
    EXPECT_EQ(std::count(few.begin(), few.end(), '\n'), 2);
}

TEST_F(ItemUpdates, AreRefusedIfTheyAreWrongByThemselves) {
    EXPECT_EQ(made("{}", R"({"put":{"n":1},"add":{"n":1},"add":{"m":1}})"),
              "wrong /put: is not known, expected set, add or delete\n/add: is there twice\n");
    EXPECT_EQ(made("{}", R"([{"add":{"n":1}}])"),
              "wrong : found an array, expected an object with set, add or delete\n");
    EXPECT_EQ(made("{}", "{}"),
              "wrong : found an object, expected an object with set, add or delete\n");
    EXPECT_EQ(made("{}", R"({"add":{"a":"x","m":{"b":true}},"delete":{"c":1}})"),
              "wrong /add/a: is a string, expected a number, a list or a set\n"
              "/add/m/b: is a boolean, expected a number, a list or a set\n"
              "/delete/c: is a number, expected elements of a set\n");
    EXPECT_EQ(made("{}", R"({"set":{"a":1,"m":{"b":1}},"add":{"a":1,"m":{"b":1,"c":1}}})"),
              "wrong /add/a: is also in \"set\"\n/add/m/b: is also in \"set\"\n");
    EXPECT_EQ(made("{}", R"({"set":{"pk":"b"},"add":{"pk":1}})"),
              "wrong /set/pk: is of the key, which does not change\n"
              "/add/pk: is of the key, which does not change\n");
}

}  // namespace
}  // namespace freshet::engine
