#include "storage/image.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/support/must.h"
#include "tests/world/images.h"

namespace freshet::storage {
namespace {

using Value = ImageBuilder::Value;

// One attribute of each of the ten types, nested, in the order of names.
Image everything() {
    ImageBuilder builder;
    const Value binary = builder.scalar(ValueType::binary, "b", std::string("\0\xFF\n", 3));
    const std::array<std::string_view, 2> blobs{std::string_view("\0", 1), "x"};
    const Value binary_set = builder.set(ValueType::binary_set, "bs", blobs);
    const Value boolean = builder.boolean("bool", true);
    const Value inner = builder.scalar(ValueType::string, "", "in a list");
    const Value null_in_list = builder.null("");
    const Value list = builder.list("l", std::array{inner, null_in_list});
    const Value size = builder.scalar(ValueType::string, "size", "large");
    const Value map = builder.map("m", std::array{size});
    const Value number = builder.scalar(ValueType::number, "n", "12345678901234567890.0123456789");
    const std::array<std::string_view, 2> numbers{"7.50", "-1"};
    const Value number_set = builder.set(ValueType::number_set, "ns", numbers);
    const Value null = builder.null("null");
    const Value text = builder.scalar(ValueType::string, "s", std::string("a\0b", 3));
    const std::array<std::string_view, 2> texts{"z", "a"};
    const Value text_set = builder.set(ValueType::string_set, "ss", texts);
    return builder.finish(std::array{binary, boolean, binary_set, list, map, number, number_set,
                                     null, text, text_set});
}

TEST(ImageTest, GivesBackEveryTypeAsItWasBuilt) {
    const Image image = everything();
    const ImageView view = image.view();

    EXPECT_EQ(view.find("b")->text(), std::string_view("\0\xFF\n", 3));
    EXPECT_TRUE(view.find("bool")->truth());
    EXPECT_EQ(view.find("bs")->element(0), std::string_view("\0", 1));
    EXPECT_EQ(view.find("l")->at(0).text(), "in a list");
    EXPECT_EQ(view.find("l")->at(1).type(), ValueType::null);
    EXPECT_EQ(view.find("m")->find("size")->text(), "large");
    EXPECT_EQ(view.find("n")->text(), "12345678901234567890.0123456789");
    EXPECT_EQ(view.find("ns")->element(0), "7.50") << "a set keeps the order it came in";
    EXPECT_EQ(view.find("null")->type(), ValueType::null);
    EXPECT_EQ(view.find("s")->text(), std::string_view("a\0b", 3));
    EXPECT_EQ(view.find("ss")->size(), 2U);
}

TEST(ImageTest, FindsNothingWhereThereIsNothing) {
    const Image image = everything();

    EXPECT_FALSE(image.view().find("missing"));
    EXPECT_FALSE(image.view().find(""));
    EXPECT_FALSE(image.view().find("s")->find("size")) << "a string has no attributes";
}

TEST(ImageTest, BuildsTheSameBytesFromTheSameAttributes) {
    EXPECT_EQ(everything().bytes(), everything().bytes());

    ImageBuilder builder;
    std::vector<Value> copies;
    const Image original = everything();
    for (std::size_t i = 0; i < original.view().size(); ++i) {
        copies.push_back(builder.copy(original.view().at(i)));
    }
    EXPECT_TRUE(identical(builder.finish(copies).view(), original.view()));
}

TEST(ImageTest, IsIdenticalOnlyToTheLetter) {
    const Image one = support::image_of({{"a", "1"}, {"b", "2"}});

    EXPECT_TRUE(identical(one.view(), support::image_of({{"a", "1"}, {"b", "2"}}).view()));
    EXPECT_FALSE(identical(one.view(), support::image_of({{"a", "1"}, {"b", "3"}}).view()));
    EXPECT_FALSE(identical(one.view(), support::image_of({{"a", "1"}, {"c", "2"}}).view()));
    EXPECT_FALSE(identical(one.view(), support::image_of({{"a", "1"}}).view()));

    ImageBuilder builder;
    const Image number = builder.finish(std::array{builder.scalar(ValueType::number, "a", "1"),
                                                   builder.scalar(ValueType::string, "b", "2")});
    EXPECT_FALSE(identical(one.view(), number.view())) << "N 1 is not S 1";
}

TEST(ImageTest, RefusesBytesThatAreNoImage) {
    const std::string bytes = everything().bytes();

    EXPECT_TRUE(Image::from_bytes(bytes));
    EXPECT_FALSE(Image::from_bytes(""));
    EXPECT_FALSE(Image::from_bytes(bytes.substr(0, bytes.size() / 2)));
    EXPECT_FALSE(Image::from_bytes(std::string(64, '\xFF')));
}

// ---- what must always hold ----

TEST(ImageDeathTest, HasItsAttributesInTheOrderOfNames) {
    ImageBuilder builder;
    const Value b = builder.null("b");
    const Value a = builder.null("a");

    EXPECT_DEATH(builder.finish(std::array{b, a}), "attributes are sorted by name");
    EXPECT_DEATH(builder.map("m", std::array{b, a}), "attributes are sorted by name");
}

TEST(ImageDeathTest, HasEachAttributeOnce) {
    ImageBuilder builder;
    const Value one = builder.null("a");
    const Value other = builder.null("a");

    EXPECT_DEATH(builder.finish(std::array{one, other}), "each name once");
}

TEST(ImageDeathTest, HoldsNoValueOfTheImageBefore) {
    ImageBuilder builder;
    const Value old = builder.scalar(ValueType::string, "a", "of the image before");
    builder.finish(std::array{old});

    EXPECT_DEATH(builder.finish(std::array{old}), "a value belongs to the image");
    EXPECT_DEATH(builder.list("l", std::array{old}), "a value belongs to the image");
}

TEST(ImageDeathTest, HoldsValuesOfTheirKindOnly) {
    ImageBuilder builder;

    EXPECT_DEATH(builder.scalar(ValueType::boolean, "a", "true"), "a scalar is a string");
    EXPECT_DEATH(builder.set(ValueType::list, "a", {}), "a set is of strings");
    EXPECT_DEATH(builder.set(ValueType::binary, "a", {}), "a set is of strings");
}

}  // namespace
}  // namespace freshet::storage
