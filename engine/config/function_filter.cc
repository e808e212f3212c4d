#include "engine/config/function_filter.h"

#include <string>
#include <utility>

#include "engine/catalog/marshalled_pattern.h"
#include "engine/config/pattern.h"

namespace freshet::engine {
namespace {

Pattern read_one(const toml::node& node, const Section& section) {
    const auto* table = node.as_table();
    if (table == nullptr) {
        section.mistakes().add(line_of(node), "found " + description_of(node) +
                                                  " for filter, expected a table, such as "
                                                  "{ eventName = [\"INSERT\"] }, or several");
        return {};
    }
    const std::size_t mistakes = section.mistakes().count();
    Pattern pattern = read_pattern(*table, section.mistakes(), "filter");
    if (section.mistakes().count() != mistakes) return pattern;
    auto filter = marshalled_pattern(pattern);
    if (filter) return *std::move(filter);
    section.mistakes().add(line_of(node), filter.error() + " (in filter)");
    return pattern;
}

}  // namespace

Pattern read_filter(const Section& section) {
    const toml::node* node = section.find("filter");
    if (node == nullptr) return {};
    const auto* several = node->as_array();
    if (several == nullptr) return read_one(*node, section);
    if (several->empty() || several->size() > filters_max) {
        section.mistakes().add(line_of(*node), "found " + std::to_string(several->size()) +
                                                   " filters, expected 1 to " +
                                                   std::to_string(filters_max));
        return {};
    }
    Pattern::Rule any{.attribute = {}, .entries = {}, .inner = nullptr};
    for (const toml::node& one : *several) any.alternatives.push_back(read_one(one, section));
    return Pattern({std::move(any)});
}

}  // namespace freshet::engine
