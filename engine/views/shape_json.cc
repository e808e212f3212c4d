#include "engine/views/shape_json.h"

#include <algorithm>
#include <string_view>

#include "engine/text/json_object.h"
#include "engine/values/plain_json.h"

namespace freshet::engine {
namespace {

using storage::ValueView;

bool is_named(const Shape& shape, std::string_view attribute) {
    return std::any_of(shape.fields.begin(), shape.fields.end(),
                       [&](const Field& field) { return field.name == attribute; });
}

bool is_hidden(const Shape& shape, std::string_view attribute) {
    return std::find(shape.hidden.begin(), shape.hidden.end(), attribute) != shape.hidden.end();
}

}  // namespace

void append_shape_json(std::string& out, const Shape& shape, const SeenImage& image) {
    JsonObject object(out);
    for (const Field& field : shape.fields) {
        const auto value = image.find(field.path);
        if (value) append_plain_json(object.member(field.name), *value);
    }
    if (shape.all) {
        image.visit(
            [&](std::string_view name) {
                return !is_named(shape, name) && !is_hidden(shape, name);
            },
            [&](std::string_view name, ValueView value) {
                append_plain_json(object.member(name), value);
            });
    }
    object.close();
}

}  // namespace freshet::engine
