#include "engine/views/shape_json.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/seen_image.h"
#include "storage/image.h"
#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using storage::Image;
using storage::ImageBuilder;
using storage::ValueType;
using support::must;

// Attributes a to d: two texts, and a map `c` of a text under the hostile name `x.y`.
Image sample() {
    ImageBuilder builder;
    const std::vector<ImageBuilder::Value> inner = {
        builder.scalar(ValueType::string, "city", "Paris"),
        builder.scalar(ValueType::string, "x.y", "dotted")};
    const std::vector<ImageBuilder::Value> attributes = {
        builder.scalar(ValueType::string, "a", "1"), builder.scalar(ValueType::number, "b", "2.50"),
        builder.map("c", inner), builder.null("d")};
    return builder.finish(attributes);
}

std::string shaped(const Shape& shape, const Image& image) {
    std::string out;
    append_shape_json(out, shape, SeenImage(image.view()));
    return out;
}

Field field(std::string name, std::string_view path) {
    return {std::move(name), must(AttributePath::parse(path))};
}

TEST(ShapeJsonTest, ShowsTheFieldsInTheirOrder) {
    Shape shape;
    shape.fields = {field("id", "b"), field("town", "c.city"), field("dotted", "c.x\\.y"),
                    field("a", "a"), field("d", "d")};

    EXPECT_EQ(shaped(shape, sample()),
              R"({"id":2.50,"town":"Paris","dotted":"dotted","a":"1","d":null})");
}

TEST(ShapeJsonTest, LeavesOutWhatTheItemLacks) {
    Shape shape;
    shape.fields = {field("none", "none"), field("deep", "a.b.c"), field("a", "a")};

    EXPECT_EQ(shaped(shape, sample()), R"({"a":"1"})");
    EXPECT_EQ(shaped(Shape(), sample()), "{}");
}

TEST(ShapeJsonTest, ShowsAllOthersAfterTheFields) {
    Shape shape;
    shape.all = true;

    EXPECT_EQ(shaped(shape, sample()),
              R"({"a":"1","b":2.50,"c":{"city":"Paris","x.y":"dotted"},"d":null})");

    shape.fields = {field("d", "b"), field("id", "a"), field("b", "none")};
    shape.hidden = {"c"};

    EXPECT_EQ(shaped(shape, sample()), R"({"d":2.50,"id":"1","a":"1"})")
        << "no name is there twice, whether or not its field has a value";
}

}  // namespace
}  // namespace freshet::engine
