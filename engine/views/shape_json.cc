#include "engine/views/shape_json.h"

#include <algorithm>
#include <cstddef>
#include <optional>
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

void append_shape_json(std::string& out, const Shape& shape, storage::ImageView image) {
    JsonObject object(out);
    for (const Field& field : shape.fields) {
        const std::optional<ValueView> value = field.path.find(image);
        if (value) append_plain_json(object.member(field.name), *value);
    }
    for (std::size_t i = 0; shape.all && i < image.size(); ++i) {
        const ValueView attribute = image.at(i);
        if (is_named(shape, attribute.name()) || is_hidden(shape, attribute.name())) continue;
        append_plain_json(object.member(attribute.name()), attribute);
    }
    object.close();
}

}  // namespace freshet::engine
