#include "engine/values/shown_names.h"

#include <set>

namespace freshet::engine {

std::vector<std::string> shown_names(const std::vector<AttributePath>& paths) {
    std::vector<std::string> names;
    std::vector<std::string> texts;
    for (const AttributePath& path : paths) {
        names.push_back(path.names().back());
        texts.push_back(path.text());
    }
    const std::set<std::string> different(names.begin(), names.end());
    return different.size() == names.size() ? names : texts;
}

}  // namespace freshet::engine
