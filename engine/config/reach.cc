#include "engine/config/reach.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "engine/catalog/pattern_cover.h"

namespace freshet::engine {

namespace {

using storage::ChangeKind;

constexpr std::array<ChangeKind, 3> kinds = {ChangeKind::insert, ChangeKind::modify,
                                             ChangeKind::remove};

// What changes inside of an attribute changes the attribute.
bool leads_into(const AttributePath& outer, const AttributePath& inner) {
    const auto& names = outer.names();
    return names.size() <= inner.names().size() &&
           std::equal(names.begin(), names.end(), inner.names().begin());
}

// Whether any of `wide` surely changes when any of `narrow` does; none of them asks for nothing.
bool changed_covers(const std::vector<AttributePath>& wide,
                    const std::vector<AttributePath>& narrow) {
    if (wide.empty()) return true;
    return !narrow.empty() &&
           std::all_of(narrow.begin(), narrow.end(), [&](const AttributePath& inner) {
               return std::any_of(wide.begin(), wide.end(), [&](const AttributePath& outer) {
                   return leads_into(outer, inner);
               });
           });
}

// `the rule in line 5`, `the rules in lines 5, 9 and 13`
std::string rules_in(const std::set<Line>& lines) {
    std::string text = lines.size() == 1 ? "the rule in line " : "the rules in lines ";
    std::size_t number = 0;
    for (const Line line : lines) {
        if (number > 0) text += number + 1 == lines.size() ? " and " : ", ";
        text += std::to_string(line);
        ++number;
    }
    return text;
}

}  // namespace

void TableReach::add(const Table& table, Line line, Mistakes& mistakes) {
    const auto taker = std::find_if(tables_.begin(), tables_.end(), [&](const Table* before) {
        return before->from == table.from && covers(before->where, table.where);
    });
    const Table* before = taker == tables_.end() ? nullptr : *taker;
    tables_.push_back(&table);
    if (before == nullptr) return;

    const std::string found =
        "found the table " + in_quotes(table.name) + ", which gets no records, expected ";
    mistakes.add(line, before->where.empty()
                           ? found + "a where in the table " + in_quotes(before->name) +
                                 " before it: that one takes all of " + in_quotes(table.from)
                           : found + "it before the table " + in_quotes(before->name) +
                                 ", whose where takes every record that it would take");
}

bool EventReach::takes_all(const Claim& claim, ChangeKind kind, const EventRule& of) {
    return (!claim.on || *claim.on == kind) && changed_covers(claim.changed, of.changed) &&
           covers(claim.where, of.where);
}

void EventReach::add(const EventRule& rule, Line line, Mistakes& mistakes) {
    std::set<Line> takers;
    bool reached = false;
    for (const ChangeKind kind : kinds) {
        if (rule.on && *rule.on != kind) continue;
        const auto taker = std::find_if(claims_.begin(), claims_.end(), [&](const Claim& claim) {
            return takes_all(claim, kind, rule);
        });
        if (taker == claims_.end()) {
            reached = true;
        } else {
            takers.insert(taker->line);
        }
    }
    claims_.push_back({rule.on, rule.changed, rule.where, line});
    if (reached) return;

    mistakes.add(line, "found the event " + in_quotes(rule.type) +
                           ", which never happens, expected it before " + rules_in(takers) +
                           ", which " + (takers.size() == 1 ? "takes" : "take") +
                           " every change that it would take");
}

}  // namespace freshet::engine
