// What engine/values/attribute_path.h promises: a name for every attribute, however deep and
// however it is called.

#include "engine/values/attribute_path.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using storage::Image;
using storage::ImageBuilder;
using storage::ValueType;
using support::must;

using Names = std::vector<std::string>;

Names names_in(std::string_view text) {
    return must(AttributePath::parse(text)).names();
}

// { "a.b": "dotted", "address": { "city": "Paris", "street": { "number": 5 } }, "tags": ["x"] }
Image order() {
    ImageBuilder builder;
    const auto dotted = builder.scalar(ValueType::string, "a.b", "dotted");
    const auto city = builder.scalar(ValueType::string, "city", "Paris");
    const auto number = builder.scalar(ValueType::number, "number", "5");
    const auto street = builder.map("street", std::vector{number});
    const auto address = builder.map("address", std::vector{city, street});
    const auto tag = builder.scalar(ValueType::string, "", "x");
    const auto tags = builder.list("tags", std::vector{tag});
    return builder.finish(std::vector{dotted, address, tags});
}

std::string text_at(std::string_view path) {
    const Image image = order();
    const auto value = must(AttributePath::parse(path)).find(image.view());
    return value ? std::string(value->text()) : "nothing";
}

TEST(AttributePath, DividesNamesAtDots) {
    EXPECT_EQ(names_in("status"), Names{"status"});
    EXPECT_EQ(names_in("address.street.number"), (Names{"address", "street", "number"}));
    EXPECT_EQ(names_in("due at.x y"), (Names{"due at", "x y"}));
}

TEST(AttributePath, TakesEscapedDotsAndBackslashesAsPartsOfAName) {
    EXPECT_EQ(names_in(R"(a\.b)"), Names{"a.b"});
    EXPECT_EQ(names_in(R"(a\.b.c)"), (Names{"a.b", "c"}));
    EXPECT_EQ(names_in(R"(a\\.b)"), (Names{R"(a\)", "b"}));
    EXPECT_EQ(names_in(R"(\.)"), Names{"."});
}

TEST(AttributePath, RefusesEmptyNamesAndLoneBackslashes) {
    for (const std::string text : {"", ".", "a.", ".a", "a..b", R"(a\)", R"(a\b)", R"(a\\\)"}) {
        const auto path = AttributePath::parse(text);

        ASSERT_FALSE(path) << text;
        EXPECT_EQ(path.error().code, Errc::refused);
        EXPECT_NE(path.error().message.find("expected"), std::string::npos);
    }
}

TEST(AttributePath, IsTheSameWhereItsNamesAre) {
    EXPECT_EQ(must(AttributePath::parse("a.b")), must(AttributePath::parse("a.b")));
    EXPECT_FALSE(must(AttributePath::parse("a.b")) == must(AttributePath::parse(R"(a\.b)")));
}

TEST(AttributePath, FindsWhatIsAtItsEnd) {
    EXPECT_EQ(text_at("address.city"), "Paris");
    EXPECT_EQ(text_at("address.street.number"), "5");
    EXPECT_EQ(text_at(R"(a\.b)"), "dotted");
}

TEST(AttributePath, FindsNothingWhereANameIsMissingOrNotInAMap) {
    EXPECT_EQ(text_at("a.b"), "nothing");
    EXPECT_EQ(text_at("address.country"), "nothing");
    EXPECT_EQ(text_at("address.city.name"), "nothing");
    EXPECT_EQ(text_at("tags.x"), "nothing");
}

}  // namespace
}  // namespace freshet::engine
