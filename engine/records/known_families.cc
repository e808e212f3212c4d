#include "engine/records/known_families.h"

#include <algorithm>

#include "engine/records/stream_arn.h"

namespace freshet::engine {

bool TableFamilies::knows(std::string_view family) const {
    return std::find(families.begin(), families.end(), family) != families.end();
}

bool TableFamilies::takes(std::string_view family) const {
    const bool is_nameless = families.size() == 1 && families.front().empty();
    return families.empty() || is_nameless || knows(family);
}

bool TableFamilies::has_adopted(std::string_view source) const {
    if (table->from == source) return false;
    return std::any_of(families.begin(), families.end(), [&](const std::string& family) {
        const auto arn = parse_stream_arn(family);
        return arn && arn->source == source;
    });
}

}  // namespace freshet::engine
