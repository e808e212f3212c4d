// What can never happen, since others before it leave it nothing: a table that gets no records, an
// event rule that no change comes to.
//
// Only what is sure is noted: two earlier rules that share out what a later one wants are not seen,
// unless each takes other kinds of changes.
#pragma once

#include <optional>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/config/section.h"

namespace freshet::engine {

// The tables of a file, in its order. Only those whose name, `from` and `where` are right.
class TableReach {
public:
    // Notes if a table before takes every record that this one could take. Borrows the table.
    void add(const Table& table, Line line, Mistakes& mistakes);

private:
    std::vector<const Table*> tables_;
};

// The event rules of one table, in their order. Only those that are right.
class EventReach {
public:
    // Notes if rules before take every change that this one could take.
    void add(const EventRule& rule, Line line, Mistakes& mistakes);

private:
    struct Claim {
        std::optional<storage::ChangeKind> on;
        std::vector<AttributePath> changed;
        Pattern where;
        Line line = 0;
    };
    static bool takes_all(const Claim& claim, storage::ChangeKind kind, const EventRule& of);

    std::vector<Claim> claims_;
};

}  // namespace freshet::engine
