// The part of a group's path that is of items whose time is over.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/catalog/item_key.h"
#include "engine/catalog/shown_image.h"
#include "engine/sequencing/group_writer.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

Command removal_of(const Table& table, const std::string& key, storage::Image keys) {
    return {.table = &table,
            .item = {.key = key, .keys = std::move(keys)},
            .kind = CommandKind::expire};
}

}  // namespace

// An item may have been written since somebody looked, or have expired already: only what it is at
// this place counts.
Result<void> GroupWriter::expire(const DueItems& due, Group& group, Receipt& receipt) {
    const Table& table = *due.table;
    invariant(table.expires.has_value(), "what expires is of a table that says when");
    for (const std::string& key : due.keys) {
        const auto known = group.state.known_item(table.name, key);
        if (!known) return fail(known.error());
        const std::shared_ptr<const storage::Item> item = (*known)->item();
        if (!item) continue;
        const auto image = shown_image(table, item->parts());
        if (!image || !due.times.hold(image->find(*table.expires))) continue;
        auto done = table.is_direct ? remove_expired(table, key, **known, group, receipt)
                                    : hide_expired(table, key, group, receipt);
        if (!done) return done;
    }
    return {};
}

// The sweep leaves such tables alone (is_written_here() in engine/folding/lineage.h); but between
// its look and this one, the table's stream may have been adopted.
Result<void> GroupWriter::remove_expired(const Table& table, const std::string& key,
                                         storage::StateBatch::KnownItem& known, Group& group,
                                         Receipt& receipt) {
    const auto lineage = lineages_.of(table.name, group.state);
    if (!lineage) return fail(lineage.error());
    if (!is_written_here(table, **lineage)) return {};
    auto keys = key_attributes(table, key);
    if (!keys) return fail(keys.error());
    auto done = carry_out(removal_of(table, key, *std::move(keys)), std::nullopt,
                          CommandRuling{.effect = CommandEffect::removed, .after = std::nullopt},
                          known, group);
    if (!done) return fail(done.error());
    group.tally.add(table.name, Fate::expired);
    ++receipt.appended;
    return {};
}

Result<void> GroupWriter::hide_expired(const Table& table, const std::string& key, Group& group,
                                       Receipt& receipt) {
    auto keys = key_attributes(table, key);
    if (!keys) return fail(keys.error());
    const storage::Notice expiry{.kind = storage::NoticeKind::expiry,
                                 .by = {},
                                 .table = table.name,
                                 .stream = {},
                                 .name = *table.expires,
                                 .keys = *std::move(keys)};
    group.tally.add(table.name, Fate::expired);
    return append_notice(expiry, group, receipt);
}

}  // namespace freshet::engine
