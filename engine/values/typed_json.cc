#include "engine/values/typed_json.h"

#include <cstddef>
#include <string_view>

#include "engine/text/base64.h"
#include "engine/text/json.h"
#include "engine/values/dynamodb_words.h"

namespace freshet::engine {
namespace {

using storage::ValueType;

void append_quoted_base64(std::string& out, std::string_view bytes) {
    out += '"';
    append_base64(out, bytes);
    out += '"';
}

void append_elements(std::string& out, storage::ValueView set) {
    out += '[';
    for (std::size_t i = 0; i < set.size(); ++i) {
        if (i > 0) out += ',';
        if (set.type() == ValueType::binary_set) {
            append_quoted_base64(out, set.element(i));
        } else {
            append_json_string(out, set.element(i));
        }
    }
    out += ']';
}

void append_values(std::string& out, storage::ValueView list) {
    out += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (i > 0) out += ',';
        append_typed_json(out, list.at(i));
    }
    out += ']';
}

void append_content(std::string& out, storage::ValueView value) {
    switch (value.type()) {
        case ValueType::string:
        case ValueType::number:
            append_json_string(out, value.text());
            return;
        case ValueType::binary:
            append_quoted_base64(out, value.text());
            return;
        case ValueType::boolean:
            out += value.truth() ? "true" : "false";
            return;
        case ValueType::null:
            out += "true";
            return;
        case ValueType::string_set:
        case ValueType::number_set:
        case ValueType::binary_set:
            append_elements(out, value);
            return;
        case ValueType::list:
            append_values(out, value);
            return;
        case ValueType::map:
            append_typed_attributes(out, value);
            return;
    }
}

}  // namespace

void append_typed_json(std::string& out, storage::ValueView value) {
    out += "{\"";
    out += name_in(type_tags, value.type());
    out += "\":";
    append_content(out, value);
    out += '}';
}

void append_typed_attributes(std::string& out, storage::ValueView map) {
    out += '{';
    for (std::size_t i = 0; i < map.size(); ++i) {
        const storage::ValueView attribute = map.at(i);
        if (i > 0) out += ',';
        append_json_string(out, attribute.name());
        out += ':';
        append_typed_json(out, attribute);
    }
    out += '}';
}

}  // namespace freshet::engine
