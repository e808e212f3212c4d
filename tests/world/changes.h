// Short ways to make changes in tests.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "storage/record.h"
#include "tests/support/must.h"
#include "tests/world/images.h"

namespace freshet::support {

// A change of the item that the key attribute `pk` names, in table orders. The key's bytes are
// those of the name; storage does not look into them.
inline storage::Change change(storage::ChangeKind kind, const std::string& name,
                              const std::string& sequence) {
    storage::Change change;
    change.table = "orders";
    change.key = name;
    change.kind = kind;
    change.source = "orders-source";
    change.label = "2026-01-01T00:00:00.000";
    change.sequence = must(storage::SequenceNumber::parse(sequence));
    change.keys = image_of({{"pk", name}});
    return change;
}

inline storage::Change inserted(const std::string& name, const std::string& sequence,
                                std::map<std::string, std::string> after = {}) {
    after["pk"] = name;
    storage::Change made = change(storage::ChangeKind::insert, name, sequence);
    made.after = image_of(after);
    return made;
}

}  // namespace freshet::support
