#include "engine/values/attribute_path.h"

#include <utility>

namespace freshet::engine {

Result<AttributePath> AttributePath::parse(std::string_view text) {
    AttributePath path;
    path.text_ = text;
    path.names_.emplace_back();
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '.') {
            path.names_.emplace_back();
            continue;
        }
        if (text[i] == '\\') {
            ++i;
            if (i == text.size() || (text[i] != '.' && text[i] != '\\')) {
                return fail(Errc::refused, "found a lone backslash in the path " + path.text_ +
                                               ", expected \\. or \\\\");
            }
        }
        path.names_.back() += text[i];
    }
    for (const std::string& name : path.names_) {
        if (name.empty()) {
            return fail(Errc::refused, "found an empty name in the path \"" + path.text_ +
                                           "\", expected names with single dots between them");
        }
    }
    return path;
}

std::optional<storage::ValueView> AttributePath::find(storage::ValueView image) const {
    std::optional<storage::ValueView> value = image;
    for (const std::string& name : names_) {
        value = value->find(name);
        if (!value) return std::nullopt;
    }
    return value;
}

}  // namespace freshet::engine
