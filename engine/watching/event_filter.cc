#include "engine/watching/event_filter.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include "engine/access/grants.h"
#include "engine/catalog/item_key.h"
#include "engine/text/excerpt.h"
#include "engine/text/nearest_name.h"

namespace freshet::engine {

namespace {

using Names = std::vector<std::string_view>;

Names table_names(const Catalog& catalog) {
    Names names;
    for (const auto& table : catalog.tables()) names.emplace_back(table->name);
    return names;
}

// Each once, in the order of the file: several rules may name one type.
Names event_types(const Catalog& catalog) {
    Names types;
    for (const auto& table : catalog.tables()) {
        for (const EventRule& rule : table->events) {
            const bool known = std::find(types.begin(), types.end(), rule.type) != types.end();
            if (!known) types.emplace_back(rule.type);
        }
    }
    return types;
}

// Fails with refused  if one of `values` is not among `known`.
Result<void> check_known(std::string_view what, std::span<const std::string> values,
                         const Names& known) {
    for (const std::string& value : values) {
        if (std::find(known.begin(), known.end(), value) != known.end()) continue;
        return fail(Errc::refused, "found the " + std::string(what) + " \"" + excerpt(value) +
                                       "\", " + expected_name(value, known));
    }
    return {};
}

// Fails with refused  if a type or a table that is asked for is not declared.
Result<void> check_known(const Catalog& catalog, const EventFilter::Request& request) {
    const auto types = check_known("type", request.types, event_types(catalog));
    return types ? check_known("table", request.tables, table_names(catalog)) : types;
}

// Whether an event of the rule can have this topic: it begins and ends as the template does.
bool can_have_topic(const EventRule& rule, std::string_view topic) {
    const auto& parts = rule.topic.parts;
    if (parts.empty()) return topic == rule.type;
    const auto* begin = std::get_if<std::string>(&parts.front());
    const auto* end = std::get_if<std::string>(&parts.back());
    return (begin == nullptr || topic.starts_with(*begin)) &&
           (end == nullptr || topic.ends_with(*end));
}

// Whether the rule's events can be among those that are asked for.
bool fits(const Table& table, const EventRule& rule, const EventFilter::Request& request) {
    const auto any = [](const std::vector<std::string>& values, auto is) {
        return values.empty() || std::any_of(values.begin(), values.end(), is);
    };
    return any(request.types, [&](const auto& type) { return type == rule.type; }) &&
           any(request.topics, [&](const auto& topic) { return can_have_topic(rule, topic); }) &&
           any(request.tables, [&](const auto& name) { return name == table.name; });
}

// Whether the caller may ever hear an event of the rule, with one of these topics if there are any.
bool can_hear(const Caller& caller, const EventRule& rule, const std::vector<std::string>& topics) {
    if (topics.empty()) return may_watch(caller, rule) != Clearance::never;
    return std::any_of(topics.begin(), topics.end(), [&](const std::string& topic) {
        return can_have_topic(rule, topic) && may_watch(caller, rule, topic) != Clearance::never;
    });
}

// Whether the caller may watch none of the rules whose events are asked for, though there are such.
// Those who show no credential are not told which there are: to them it makes no difference.
bool is_never_allowed(const Catalog& catalog, const Caller& caller,
                      const EventFilter::Request& request) {
    bool found = caller.is_anonymous;
    for (const auto& table : catalog.tables()) {
        for (const EventRule& rule : table->events) {
            if (!fits(*table, rule, request)) continue;
            if (can_hear(caller, rule, request.topics)) return false;
            found = true;
        }
    }
    return found;
}

// Each value alone must be able to bring something, and so must all of them together.
// Fails with forbidden  as EventFilter::make() does.
Result<void> check_allowed(const Catalog& catalog, const EventFilter::Request& request,
                           const Caller& caller) {
    using Values = std::vector<std::string> EventFilter::Request::*;
    constexpr std::array<std::pair<std::string_view, Values>, 3> parts{{
        {"type", &EventFilter::Request::types},
        {"topic", &EventFilter::Request::topics},
        {"table", &EventFilter::Request::tables},
    }};
    for (const auto& [what, values] : parts) {
        for (const std::string& value : request.*values) {
            EventFilter::Request alone;
            alone.*values = {value};
            if (!is_never_allowed(catalog, caller, alone)) continue;
            return fail(Errc::forbidden, "these credentials do not admit to events of the " +
                                             std::string(what) + " \"" + excerpt(value) + "\"");
        }
    }
    if (!is_never_allowed(catalog, caller, request)) return {};
    return fail(Errc::forbidden, "these credentials do not admit to such events");
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            decoded += text[at];
            continue;
        }
        const std::string_view digits = text.substr(at + 1, 2);
        const char* const end = digits.data() + digits.size();
        unsigned byte = 0;
        const auto read = std::from_chars(digits.data(), end, byte, 16);
        if (digits.size() < 2 || read.ec != std::errc() || read.ptr != end) return std::nullopt;
        decoded += static_cast<char>(byte);
        at += 2;
    }
    return decoded;
}

// The parts of a key of `table` that `value` stands for; nothing if it is not in that form.
std::optional<std::vector<std::string>> key_parts(const Table& table, const std::string& value) {
    if (table.key.size() == 1) return std::vector{value};
    std::vector<std::string> parts;
    std::size_t begin = 0;
    while (begin <= value.size()) {
        const std::size_t end = std::min(value.find('/', begin), value.size());
        auto part = percent_decoded(std::string_view(value).substr(begin, end - begin));
        if (!part) return std::nullopt;
        parts.push_back(*std::move(part));
        begin = end + 1;
    }
    return parts;
}

// The bytes of that key; nothing if no item of `table` can have it.
std::optional<std::string> key_in(const Table& table, const std::string& value) {
    const auto parts = key_parts(table, value);
    if (!parts) return std::nullopt;
    auto key = item_key_from_text(table, *parts);
    if (!key) return std::nullopt;
    return *std::move(key);
}

}  // namespace

Result<EventFilter> EventFilter::make(const Catalog& catalog, const Request& request,
                                      const Caller& caller) {
    const std::size_t values =
        request.types.size() + request.topics.size() + request.tables.size() + request.keys.size();
    if (values > filter_values_max) {
        return fail(Errc::refused, "found " + std::to_string(values) +
                                       " values of type, topic, table and key, expected at most " +
                                       std::to_string(filter_values_max) + " in all");
    }
    if (!caller.is_anonymous) {
        if (const auto known = check_known(catalog, request); !known) return fail(known.error());
    }
    if (const auto allowed = check_allowed(catalog, request, caller); !allowed) {
        return fail(allowed.error());
    }

    EventFilter filter;
    filter.types_.insert(request.types.begin(), request.types.end());
    filter.topics_.insert(request.topics.begin(), request.topics.end());
    for (const std::string& name : request.tables) filter.tables_.insert(catalog.table(name));
    filter.by_key_ = !request.keys.empty();
    for (const std::string& value : request.keys) {
        if (filter.add_key(catalog, value)) continue;
        return fail(Errc::refused, "found the key \"" + excerpt(value) +
                                       "\", expected one that an item can have: a key of two parts "
                                       "is both with a / between them");
    }
    return filter;
}

// Returns whether it can be a key in any table.
bool EventFilter::add_key(const Catalog& catalog, const std::string& value) {
    bool fits = false;
    for (const auto& table : catalog.tables()) {
        auto key = key_in(*table, value);
        if (!key) continue;
        keys_[table.get()].insert(*std::move(key));
        fits = true;
    }
    return fits;
}

bool EventFilter::may_match(const WatchedRecord& record) const {
    const Table* table = record.table();
    if (table == nullptr) return false;
    if (!tables_.empty() && !tables_.contains(table)) return false;
    if (!by_key_) return true;
    const auto asked = keys_.find(table);
    if (asked == keys_.end()) return false;
    const std::string* key = record.key();
    return key != nullptr && asked->second.contains(*key);
}

bool EventFilter::matches(const Event& event) const {
    return (types_.empty() || types_.contains(event.rule->type)) &&
           (topics_.empty() || topics_.contains(event.topic));
}

}  // namespace freshet::engine
