// Changes of orders, as a test says them in a line.
//
// Threads: any.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "storage/record.h"
#include "tests/support/must.h"
#include "tests/world/images.h"

namespace freshet::support {

// What becomes of one order: its key attribute is `pk`, and its other attributes are texts.
struct Order {
    std::string id;
    std::map<std::string, std::string> attributes;
    std::optional<std::string> sequence;  // "1" if nothing is said
    std::string source = "orders";
    std::string label = "2026-01-01T00:00:00.000";
};

// A change of that order without images, in table orders. The key's bytes are those of the id;
// storage does not look into them, and keyed() gives those of a catalog.
inline storage::Change bare_change(storage::ChangeKind kind, const Order& order) {
    storage::Change change;
    change.table = "orders";
    change.key = order.id;
    change.kind = kind;
    change.source = order.source;
    change.label = order.label;
    change.sequence = must(storage::SequenceNumber::parse(order.sequence.value_or("1")));
    change.keys = image_of({{"pk", order.id}});
    return change;
}

// The same with the image after it, unless it is a removal.
inline storage::Change change_of(storage::ChangeKind kind, const Order& order) {
    storage::Change change = bare_change(kind, order);
    if (kind == storage::ChangeKind::remove) return change;
    auto attributes = order.attributes;
    attributes["pk"] = order.id;
    change.after = image_of(attributes);
    return change;
}

// Those of a source of its own, `orders-source`.
inline storage::Change change(storage::ChangeKind kind, const std::string& name,
                              const std::string& sequence) {
    return bare_change(
        kind, {.id = name, .attributes = {}, .sequence = sequence, .source = "orders-source"});
}
inline storage::Change inserted(const std::string& name, const std::string& sequence,
                                std::map<std::string, std::string> after = {}) {
    return change_of(storage::ChangeKind::insert, {.id = name,
                                                   .attributes = std::move(after),
                                                   .sequence = sequence,
                                                   .source = "orders-source"});
}

}  // namespace freshet::support
