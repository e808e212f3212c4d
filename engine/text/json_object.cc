#include "engine/text/json_object.h"

#include "engine/text/json.h"

namespace freshet::engine {

JsonObject::JsonObject(std::string& out) : out_(out) {
    out_ += '{';
}

std::string& JsonObject::member(std::string_view name) {
    if (!is_empty_) out_ += ',';
    is_empty_ = false;
    append_json_string(out_, name);
    out_ += ':';
    return out_;
}

void JsonObject::close() {
    out_ += '}';
}

}  // namespace freshet::engine
