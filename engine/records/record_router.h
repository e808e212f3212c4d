// Which table takes a record: by the source that its stream names, its keys, and the families of
// streams that each table knows.
//
//     RecordReader, PlainReader  ->  RecordRouter  ->  a table, or nothing
//
// Invariant: all answers of a router are as of one moment (engine/records/known_families.h).
//
// Threads: a router belongs to one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/records/dynamodb_json.h"
#include "engine/records/known_families.h"
#include "engine/text/fault.h"
#include "storage/image.h"

namespace freshet::engine {

class RecordRouter {
public:
    // Borrows both, which must outlive this.
    RecordRouter(const Catalog& catalog, const DecodeOptions& options)
        : catalog_(catalog), options_(options) {}

    // Whether a table may take records of the source.
    [[nodiscard]] bool knows(std::string_view source) const;
    // The sources that it knows, for a message.
    [[nodiscard]] std::string known_sources() const;

    // The table that the caller has named, if its `where` matches the keys. Otherwise, of the
    // tables whose `where` the keys match, the first that takes from the family; or else one that
    // may be asked to adopt it. Null if there is none.
    [[nodiscard]] const Table* table_for(std::string_view source, std::string_view family,
                                         storage::ImageView keys) const;

    // Of keys that no table takes. Those that are none of their source's are wrong, whatever the
    // tables take: no `where` could tell.
    [[nodiscard]] std::optional<Fault> fault_of(std::string_view source,
                                                storage::ImageView keys) const;

private:
    // Those that name the source as their `from`, then those that have adopted a family of it.
    [[nodiscard]] std::vector<const Table*> tables_from(std::string_view source) const;
    [[nodiscard]] const KnownFamilies& families() const;

    const Catalog& catalog_;
    const DecodeOptions& options_;
    mutable std::shared_ptr<const KnownFamilies> families_;  // null: not asked for yet
};

// The bytes of a key that may come in: one that a URL can name. The fault is as of item_key().
tl::expected<std::string, Fault> taken_key(const Table& table, storage::ImageView keys);

}  // namespace freshet::engine
