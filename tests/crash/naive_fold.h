// The state of the two tables of tests/world/stepped_parts.h, computed the slow and plain way:
// what the projector's is compared with.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/catalog.h"
#include "storage/image.h"
#include "storage/record.h"
#include "storage/state_store.h"

namespace freshet::crash {

class NaiveFold {
public:
    explicit NaiveFold(const engine::Catalog& catalog) : catalog_(catalog) {}

    // Takes in the next record of the log; says what is wrong with it, or nothing.
    std::optional<std::string> take(const storage::Record& record);

    // What of the state is not what was taken in, if anything.
    [[nodiscard]] std::vector<std::string> differences(const storage::StateSnapshot& state) const;

private:
    struct Item {
        std::string sequence;
        storage::Position created;
        storage::Position changed;
        bool stale = false;
        std::optional<storage::Image> image;
    };
    using Id = std::pair<std::string, std::string>;  // table, key

    [[nodiscard]] std::optional<std::string> difference(const Id& id, const Item& item,
                                                        const storage::StateSnapshot& state) const;
    // The keys of a list's items in its order, by partition.
    using Partitions = std::map<std::vector<std::string>, std::vector<std::string>>;
    [[nodiscard]] Partitions partitions_of(const engine::ListView& list) const;

    const engine::Catalog& catalog_;
    std::map<Id, Item> items_;
};

}  // namespace freshet::crash
