#include "engine/folding/projection_set.h"

#include <algorithm>

#include "storage/invariant.h"

namespace freshet::engine {

TableRows& ProjectionSet::rows_by(const Table& definition) {
    std::vector<TableRows>& rows = rows_[definition.name];
    const auto known = std::find_if(rows.begin(), rows.end(),
                                    [&](const TableRows& one) { return one.table == &definition; });
    if (known != rows.end()) return *known;
    rows.push_back({.table = &definition, .lists = {}});
    return rows.back();
}

void ProjectionSet::take_id(const std::string& id, const std::string& name) {
    invariant(id.starts_with(name + '\0'), "the id of a projection begins with its name");
    const bool is_new = ids_.insert(id).second;
    invariant(is_new, "a projection is in the set once");
}

void ProjectionSet::add(const ListView& list) {
    take_id(list.rows, list.name);
    lists_.insert_or_assign(list.name, &list);
    rows_by(*list.table).lists.push_back(&list);
}

void ProjectionSet::add(const TotalView& total) {
    take_id(total.rows, total.name);
    totals_.insert_or_assign(total.name, &total);
    rows_by(*total.table).totals.push_back(&total);
}

const std::vector<TableRows>& ProjectionSet::rows_of(std::string_view table) const {
    static const std::vector<TableRows> none;
    const auto known = rows_.find(table);
    return known == rows_.end() ? none : known->second;
}

const ListView* ProjectionSet::list(std::string_view name) const {
    const auto known = lists_.find(name);
    return known == lists_.end() ? nullptr : known->second;
}

const TotalView* ProjectionSet::total(std::string_view name) const {
    const auto known = totals_.find(name);
    return known == totals_.end() ? nullptr : known->second;
}

}  // namespace freshet::engine
