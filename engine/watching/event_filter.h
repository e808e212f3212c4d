// Which events a subscriber asked for.
//
//     ?type=…&topic=…&table=…&key=…  ->  EventFilter  ->  asked for each record that is followed
//
// Values of one kind are ORed and different kinds ANDed; a kind without values takes everything.
// A key's value is its text, as in a URL: a string as it is, a number in any spelling, a binary in
// base64url. A key of two parts is both joined by `/`, with `%` and `/` inside a part written
// `%25` and `%2F`. It may be an item's key in several tables; in a table whose keys it cannot be,
// it is the key of no item.
//
// Threads: immutable, any thread may ask. Borrows the catalog.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/access/caller.h"
#include "engine/catalog/catalog.h"
#include "engine/watching/event_rules.h"
#include "engine/watching/watched_record.h"
#include "storage/result.h"

namespace freshet::engine {

// What one subscriber may make us keep and look through for each record.
inline constexpr std::size_t filter_values_max = 256;

class EventFilter {
public:
    EventFilter() = default;  // takes everything

    struct Request {
        std::vector<std::string> types;
        std::vector<std::string> topics;
        std::vector<std::string> tables;
        std::vector<std::string> keys;
    };
    // Fails with refused    if a table or type is not declared (the message names those that are),
    //                       a key can be that of no item in any table, or beyond filter_values_max
    //                       in all;
    //            forbidden  if `caller` may never watch what one of the values, or all of them
    //                       together, would bring. To a caller who shows no credential, what is not
    //                       declared is that, too.
    static Result<EventFilter> make(const Catalog& catalog, const Request& request,
                                    const Caller& caller);

    // Whether the record's event can match, by table and key alone: to be asked first, since
    // working out the event costs more. No record of a table that is no longer declared can.
    [[nodiscard]] bool may_match(const WatchedRecord& record) const;

    // Whether type and topic are asked for.
    [[nodiscard]] bool matches(const Event& event) const;

private:
    bool add_key(const Catalog& catalog, const std::string& value);

    using Texts = std::set<std::string, std::less<>>;

    Texts types_;
    Texts topics_;
    std::set<const Table*> tables_;
    bool by_key_ = false;
    std::map<const Table*, Texts>
        keys_;  // of each table that can have them (engine/catalog/item_key.h)
};

}  // namespace freshet::engine
