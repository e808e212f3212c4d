// The projections that are whole at some moment: every item of their tables is in them.
//
// Most are those that the catalog declares. While a list that was defined anew is built, the one
// of its earlier definition stands here in its place: it is folded and read until the swap.
//
// Invariants
//   - Each projection is in the set once, or its rows would be folded twice.
//   - The id of a projection's rows begins with its name.
//
// Threads: immutable once it is shared; any.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/folding/rows.h"

namespace freshet::engine {

class ProjectionSet {
public:
    // Takes in a list or a total, by its name. It must outlive the set, or be of a catalog that is
    // kept.
    void add(const ListView& list);
    void add(const TotalView& total);
    // Keeps an earlier catalog for as long as the set.
    void keep(std::shared_ptr<const Catalog> catalog) { kept_.push_back(std::move(catalog)); }

    // The rows that the table's records lead to, by each definition of it.
    [[nodiscard]] const std::vector<TableRows>& rows_of(std::string_view table) const;

    // By which definition the list or total of that name is read; null while it is being built and
    // there is no earlier one.
    [[nodiscard]] const ListView* list(std::string_view name) const;
    [[nodiscard]] const TotalView* total(std::string_view name) const;

private:
    void take_id(const std::string& id, const std::string& name);
    TableRows& rows_by(const Table& definition);

    std::set<std::string> ids_;  // of all rows
    std::map<std::string, std::vector<TableRows>, std::less<>> rows_;
    std::map<std::string, const ListView*, std::less<>> lists_;
    std::map<std::string, const TotalView*, std::less<>> totals_;
    std::vector<std::shared_ptr<const Catalog>> kept_;
};

}  // namespace freshet::engine
