#include "engine/watching/picture_reading.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/item_key.h"
#include "engine/folding/lists.h"
#include "engine/folding/total_rows.h"
#include "engine/text/overloaded.h"

namespace freshet::engine {
namespace {

// Of the item, as in a path.
Result<std::string> key_text(const Table& table, std::string_view key,
                             const ReadPoint& read_point) {
    const auto attributes = key_attributes(table, key);
    if (!attributes) return fail(read_point.noticed(attributes.error()));
    return item_key_text(table, attributes->view());
}

// The texts of a group, joined as the parts of a key are.
std::string group_text(const std::vector<std::string>& texts) {
    std::string joined;
    for (const std::string& text : texts) {
        if (&text != texts.data()) joined += '/';
        for (const char c : text) {
            if (c == '%') {
                joined += "%25";
            } else if (c == '/') {
                joined += "%2F";
            } else {
                joined += c;
            }
        }
    }
    return joined;
}

// What a refusal says: it has ended. Any other failure is one.
Result<ReadPicture> ended_or(const Error& error, ReadPicture read) {
    if (error.code != Errc::forbidden) return fail(error);
    read.picture.has_ended = true;
    return read;
}

Result<ReadPicture> read(const LiveQuery::Item& asked, const Caller& caller,
                         const ReadPoint& read_point) {
    const Table& table = *asked.view->table;
    ReadPicture read;
    read.footprint.add_item(table.name, asked.key_bytes);
    auto item = read_point.item(*asked.view, asked.key, caller);
    if (!item) return ended_or(item.error(), std::move(read));
    if (!*item) return read;
    auto key = key_text(table, asked.key_bytes, read_point);
    if (!key) return fail(key.error());
    read.picture.entries.push_back({.key = *std::move(key), .json = std::move((*item)->json)});
    return read;
}

Result<ReadPicture> read(const LiveQuery::Page& asked, const Caller& caller,
                         const ReadPoint& read_point) {
    const auto rows = read_point.definition_of(*asked.list);
    if (!rows) return fail(rows.error());
    ReadPicture read;
    read.picture.kind = Picture::Kind::page;
    read.footprint.add_rows((*rows)->rows, partition_prefix(asked.request.partition));
    auto page = read_point.page(*asked.list, asked.request, caller);
    if (!page) return ended_or(page.error(), std::move(read));
    read.picture.next = std::move(page->next);
    read.picture.entries.reserve(page->items.size());
    for (std::size_t i = 0; i < page->items.size(); ++i) {
        read.footprint.add_item(asked.list->table->name, page->keys.at(i));
        auto key = key_text(*asked.list->table, page->keys[i], read_point);
        if (!key) return fail(key.error());
        read.picture.entries.push_back({.key = *std::move(key), .json = std::move(page->items[i])});
    }
    return read;
}

Result<ReadPicture> read(const LiveQuery::Group& asked, const Caller& caller,
                         const ReadPoint& read_point) {
    const auto rows = read_point.definition_of(*asked.total);
    if (!rows) return fail(rows.error());
    const TotalView& total = **rows;
    // An extreme is shown with the digits of its item, which change without a row.
    std::vector<std::string> shown;
    auto json = read_point.total(*asked.total, asked.texts, caller, &shown);
    // Its ranges are those of groups, and no other would be found in the index.
    if (asked.texts.size() != total.by.size()) {
        if (!json) return fail(json.error());
        return fail(Errc::refused, "found " + std::to_string(asked.texts.size()) +
                                       " parts, expected " + std::to_string(total.by.size()) +
                                       ": a group of total " + total.name);
    }
    ReadPicture read;
    const std::string group = partition_prefix(asked.texts);
    read.footprint.add_rows(total.rows, group_place(group));
    for (std::size_t i = 0; i < total.values.size(); ++i) {
        if (!is_extreme(total.values[i]) || path_of_extreme(total, i) != i) continue;
        read.footprint.add_rows(total.rows, extremes_prefix(group, i));
    }
    if (!json) return ended_or(json.error(), std::move(read));
    for (const std::string& key : shown) read.footprint.add_item(total.table->name, key);
    read.picture.entries.push_back({.key = group_text(asked.texts), .json = *std::move(json)});
    return read;
}

}  // namespace

Result<ReadPicture> read_picture(const LiveQuery& query, const ReadPoint& read_point) {
    auto picture = std::visit(
        [&](const auto& asked) { return read(asked, query.caller(), read_point); }, query.asked());
    if (picture) picture->footprint.sort();
    return picture;
}

}  // namespace freshet::engine
