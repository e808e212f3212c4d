#include "http/routes/path_parts.h"

namespace freshet::http {

OrAnswer<std::vector<std::string>> parts_of(const Target& target, std::size_t from,
                                            std::size_t behind) {
    std::vector<std::string> named = find_parameters(target, "key");
    const auto first = target.segments.begin() + static_cast<std::ptrdiff_t>(from);
    const auto last = target.segments.end() - static_cast<std::ptrdiff_t>(behind);
    std::vector<std::string> parts(first, last);
    if (!named.empty() && !parts.empty()) {
        return tl::unexpected(
            problem(400, "name the key either by path segments or by ?key=, not by both"));
    }
    return named.empty() ? parts : named;
}

OrAnswer<std::vector<std::string>> key_of(const Target& target, const engine::Table& table,
                                          std::size_t from, std::size_t behind) {
    auto key = parts_of(target, from, behind);
    if (!key || key->size() == table.key.size()) return key;
    std::vector<std::string> names;
    names.reserve(table.key.size());
    for (const engine::KeyPart& part : table.key) names.push_back(part.name);
    return tl::unexpected(wrong_part_count("the key", names));
}

bool ends_behind_item(const Target& target, const engine::Table& table, std::string_view last) {
    const auto& segments = target.segments;
    if (segments.size() <= item_key_begin || segments.back() != last) return false;
    if (segments.size() == item_key_begin + table.key.size() + 1) return true;
    return segments.size() == item_key_begin + 1 && find_parameter(target, "key").has_value();
}

Answer wrong_part_count(std::string_view what, const std::vector<std::string>& names) {
    std::string detail(what);
    detail += names.empty() ? " has no parts: name none" : " has these parts: ";
    for (const std::string& name : names) {
        if (&name != names.data()) detail += ", ";
        detail += name;
    }
    if (!names.empty()) detail += "; name each by one path segment or one ?key=";
    return problem(400, detail);
}

std::vector<std::string> names_of(const std::vector<engine::AttributePath>& by) {
    std::vector<std::string> names;
    names.reserve(by.size());
    for (const engine::AttributePath& path : by) names.push_back(path.text());
    return names;
}

}  // namespace freshet::http
