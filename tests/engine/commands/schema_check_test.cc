// What engine/commands/schema_check.h promises, by example.

#include "engine/commands/schema_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "engine/config/config.h"
#include "engine/records/item_body.h"
#include "tests/support/must.h"
#include "tests/world/tables.h"

namespace freshet::engine {
namespace {

using support::must;

// "/items/0/size: is missing", a line for each fault of the item, which is typed or plain.
std::string faults(const std::string& schema, const std::string& item,
                   ItemForm form = ItemForm::plain) {
    const Config config =
        must(parse_config(support::server_section +
                              std::string("[[table]]\nname = \"orders\"\nkey = [\"pk\"]\n"
                                          "source = \"direct\"\n[table.schema]\n") +
                              schema,
                          "schema.toml"));
    const auto image = must(read_document(item, form)).value();
    std::string text;
    for (const Fault& fault : faults_of(*config.catalog->table("orders")->schema, image.view())) {
        text += fault.pointer + ": " + fault.detail + '\n';
    }
    return text;
}

TEST(SchemaCheck, AsksForWhatIsRequired) {
    const std::string schema = R"(required = ["title", "items"])";
    EXPECT_EQ(faults(schema, R"({"title":"x","items":[],"more":1})"), "");
    EXPECT_EQ(faults(schema, R"({"title":null,"more":1})"), "/items: is missing\n");
    EXPECT_EQ(faults(schema, "{}"), "/title: is missing\n/items: is missing\n");
    EXPECT_EQ(
        faults("required = [\"by\"]\nmade = { by = { caller = \"sub\" } }", "{}"),
        "/by: is missing: it is made of the caller's `sub`, and these credentials have none\n");
}

TEST(SchemaCheck, AsksForTypes) {
    const std::string schema = R"(
[table.schema.attributes]
s = { type = "string" }
n = { type = "number" }
b = { type = "boolean" }
y = { type = "binary" }
l = { type = "list" }
m = { type = "map" }
t = { type = "set" }
z = { type = "null" }
)";
    EXPECT_EQ(faults(schema,
                     R"({"s":{"S":""},"n":{"N":"1"},"b":{"BOOL":true},"y":{"B":"AA=="},)"
                     R"("l":{"L":[]},"m":{"M":{}},"t":{"NS":["1"]},"z":{"NULL":true}})",
                     ItemForm::typed),
              "");
    EXPECT_EQ(faults(schema, R"({"s":1,"n":"1","b":null,"l":{},"m":[],"t":["a"],"z":false})"),
              "/b: is a null, expected a boolean\n/l: is a map, expected a list\n"
              "/m: is a list, expected a map\n/n: is a string, expected a number\n"
              "/s: is a number, expected a string\n/t: is a list, expected a set\n"
              "/z: is a boolean, expected a null\n");
}

TEST(SchemaCheck, AsksForOneOfTheValues) {
    const std::string schema =
        R"(attributes = { size = { enum = ["small", "large", 7.5, true] } })";
    for (const char* value : {R"("small")", R"("large")", "7.50", "75e-1", "true"}) {
        EXPECT_EQ(faults(schema, std::string(R"({"size":)") + value + "}"), "") << value;
    }
    for (const char* value : {R"("Small")", R"("7.5")", "7", "false", "null", "[]"}) {
        EXPECT_EQ(faults(schema, std::string(R"({"size":)") + value + "}"),
                  "/size: is none of \"small\", \"large\", 7.5, true\n")
            << value;
    }
}

TEST(SchemaCheck, BoundsNumbersTextsAndEntries) {
    const std::string schema = R"(
[table.schema.attributes]
n = { min = 0.5, max = 10 }
s = { type = "string", min = 2, max = 3 }
l = { type = "list", max = 1 }
m = { type = "map", min = 1 }
y = { type = "binary", max = 1 }
t = { type = "set", max = 1 }
)";
    EXPECT_EQ(faults(schema, R"({"n":0.5,"s":"äöü","l":[1],"m":{"a":1}})"), "");
    EXPECT_EQ(faults(schema, R"({"n":"1"})"), "/n: is a string, expected a number\n");
    EXPECT_EQ(faults(schema, R"({"n":0.4999,"s":"ä","l":[1,2],"m":{}})"),
              "/l: has 2 elements, expected at most 1\n/m: has 0 attributes, expected at least 1\n"
              "/n: is 0.4999, expected at least 0.5\n/s: has 1 character, expected at least 2\n");
    EXPECT_EQ(faults(schema,
                     R"({"n":{"N":"10.1"},"s":{"S":"abcd"},"y":{"B":"AAA="},)"
                     R"("t":{"SS":["a","b"]}})",
                     ItemForm::typed),
              "/n: is 10.1, expected at most 10\n/s: has 4 characters, expected at most 3\n"
              "/t: has 2 elements, expected at most 1\n/y: has 2 bytes, expected at most 1\n");
}

TEST(SchemaCheck, KnowsAllThatAClosedMapMayHave) {
    const std::string schema = R"(
closed = true
attributes = { m = { attributes = { size = {} }, closed = true } }
made = { at = { now = "write" } }
)";
    EXPECT_EQ(faults(schema, R"({"pk":"a","at":"x","m":{"size":1}})"), "");
    EXPECT_EQ(faults(schema, R"({"pk":"a","m":{"sise":1},"price":0})"),
              "/m/sise: is not known here, expected \"size\": did you mean \"size\"?\n"
              "/price: is not known here, expected \"at\", \"m\" or \"pk\"\n");
}

TEST(SchemaCheck, AsksForPatterns) {
    const std::string schema = R"(attributes = { email = { pattern = '^[^@ ]+@[^@ ]+$' } })";
    EXPECT_EQ(faults(schema, R"({"email":"a@b"})"), "");
    EXPECT_EQ(faults(schema, R"({"email":7})"), "/email: is a number, expected a string\n");
    EXPECT_EQ(faults(schema, R"({"email":"a"})"), "/email: does not match ^[^@ ]+@[^@ ]+$\n");
}

TEST(SchemaCheck, LooksIntoMapsAndLists) {
    const std::string schema = R"(
[table.schema.attributes.items]
type = "list"
max  = 2

[table.schema.attributes.items.each]
type     = "map"
required = ["size"]

[table.schema.attributes.items.each.attributes]
size     = { enum = ["small"] }
toppings = { each = { type = "string" } }
)";
    EXPECT_EQ(faults(schema, R"({"items":[{"size":"small","toppings":["a"]},{"size":"small"}]})"),
              "");
    EXPECT_EQ(faults(schema, R"({"items":[{"size":"small","toppings":["a",1]},{},7]})"),
              "/items: has 3 elements, expected at most 2\n"
              "/items/0/toppings/1: is a number, expected a string\n"
              "/items/1/size: is missing\n/items/2: is a number, expected a map\n");
}

TEST(SchemaCheck, NamesFewFaults) {
    std::string item = R"({"l":[)";
    for (int i = 0; i < 1'000; ++i) item += i > 0 ? ",1" : "1";
    const std::string all =
        faults(R"(attributes = { l = { each = { type = "string" } } })", item + "]}");
    EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 100);
}

}  // namespace
}  // namespace freshet::engine
