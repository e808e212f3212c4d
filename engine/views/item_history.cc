#include "engine/views/item_history.h"

#include <algorithm>
#include <string_view>

#include "engine/catalog/item_key.h"
#include "engine/records/expiry.h"
#include "engine/text/json.h"
#include "engine/values/dynamodb_words.h"
#include "engine/values/plain_json.h"
#include "engine/values/same_value.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

using storage::ChangeKind;
using storage::Image;
using storage::ImageView;
using storage::Position;
using storage::Record;
using storage::ValueView;

// An item on one side of a change.
struct Side {
    bool known = false;
    std::optional<ImageView> image;  // nothing if the item was not there
};

Side absent() {
    return {.known = true, .image = std::nullopt};
}

Side seen(const std::optional<ImageView>& image) {
    return {.known = image.has_value(), .image = image};
}

std::size_t size_of(const Side& side) {
    return side.image ? side.image->size() : 0;
}

std::optional<ValueView> find(const Side& side, std::string_view attribute) {
    return side.image ? side.image->find(attribute) : std::nullopt;
}

// The attributes whose value is not the same on both sides, in the order of their names.
std::vector<std::string_view> changed_attributes(const Side& before, const Side& after) {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < size_of(before); ++i) {
        const ValueView was = before.image->at(i);
        const auto is = find(after, was.name());
        if (!is || !same_value(was, *is)) names.push_back(was.name());
    }
    for (std::size_t i = 0; i < size_of(after); ++i) {
        const std::string_view name = after.image->at(i).name();
        if (!find(before, name)) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

void append_side(std::string& json, std::string_view name, const Side& side) {
    if (!side.known) return;
    json += ',';
    append_json_string(json, name);
    json += ':';
    if (side.image) {
        append_plain_json(json, *side.image);
    } else {
        json += "null";
    }
}

void append_changed(std::string& json, const Side& before, const Side& after) {
    if (!before.known || !after.known) return;
    json += R"(,"changed":[)";
    bool first = true;
    for (const std::string_view name : changed_attributes(before, after)) {
        if (!first) json += ',';
        first = false;
        append_json_string(json, name);
    }
    json += ']';
}

std::string change_json(const Record& record) {
    const bool inserted = record.kind() == ChangeKind::insert;
    const bool removed = record.kind() == ChangeKind::remove;
    const std::optional<Image> was = inserted ? std::nullopt : record.before();
    // What an export shows had come into being before, and how is not known.
    const bool is_of_export = record.imported() || record.reconciled();
    const Side before = inserted && !is_of_export
                            ? absent()
                            : seen(was ? std::optional(was->view()) : std::nullopt);
    const Side after = removed ? absent() : seen(record.after());

    std::string json = R"({"position":)" + std::to_string(record.position().value);
    json += R"(,"eventName":)";
    append_json_string(json, name_in(event_names, record.kind()));
    json += R"(,"sequenceNumber":)";
    append_json_string(json, record.sequence());
    append_side(json, "before", before);
    append_side(json, "after", after);
    append_changed(json, before, after);
    if (is_expiry(record)) json += R"(,"expired":true)";
    if (record.imported()) json += R"(,"imported":true)";
    if (record.reconciled()) json += R"(,"reconciled":true)";
    return json + '}';
}

// What the fold keeps of an item through a change that came without the image after it. The outer
// value is missing where the record does not tell: then an earlier one does.
std::optional<std::optional<Image>> kept_image(const Record& record) {
    if (record.kind() != ChangeKind::modify) return std::optional<Image>();
    // What the source did not send is what was known of the item.
    if (!record.before_was_sent()) return record.before();
    return std::nullopt;
}

ItemAnswer item_answer(ImageView image, ItemForm form, Position changed, bool stale) {
    ItemAnswer answer{.json = {}, .changed = changed, .stale = stale};
    append_item_json(answer.json, image, form);
    return answer;
}

}  // namespace

Result<std::optional<ItemHistory>> ItemHistory::find(const storage::ChangeLog& log,
                                                     const ReadPoint& read_point,
                                                     const Table& table,
                                                     const std::vector<std::string>& key,
                                                     const WalkLimit& limit) {
    auto key_bytes = item_key_from_text(table, key);
    if (!key_bytes) return fail(key_bytes.error());
    const auto newest = read_point.newest_record(table, *key_bytes);
    if (!newest) return fail(newest.error());
    if (*newest == Position{}) return std::optional<ItemHistory>();
    return std::optional<ItemHistory>(
        ItemHistory(log, table, *std::move(key_bytes), *newest, limit));
}

Result<HistoryPage> ItemHistory::page(const HistoryRequest& request) const {
    invariant(request.limit > 0, "a page of changes has room for a change");
    auto walk = walk_from(request.before);
    if (!walk) return fail(walk.error());
    if (walk->next == request.before && walk->next != Position{}) {
        const auto skipped = step(*walk);
        if (!skipped) return fail(skipped.error());
    }

    HistoryPage page;
    std::size_t bytes = 0;
    Position last;
    while (walk->next != Position{}) {
        const bool is_full = page.changes.size() >= request.limit || bytes >= page_bytes_max;
        if (is_full || (!page.changes.empty() && is_spent(*walk))) {
            page.next = last;
            break;
        }
        const auto record = step(*walk);
        if (!record) return fail(record.error());
        page.changes.push_back(change_json(*record));
        bytes += page.changes.back().size();
        last = record->position();
    }
    return page;
}

Result<std::optional<ItemAnswer>> ItemHistory::item_at(Position position, ItemForm form) const {
    auto walk = walk_from(position);
    if (!walk) return fail(walk.error());
    const Position changed = walk->next;
    while (walk->next != Position{}) {
        // What was looked for so long is at least looked at.
        if (walk->next != changed && is_spent(*walk)) return fail(too_far(*walk, position));
        const auto record = step(*walk);
        if (!record) return fail(record.error());
        if (const auto image = record->after()) {
            const bool stale = record->position() != changed;
            return std::optional(item_answer(*image, form, changed, stale));
        }
        const auto kept = kept_image(*record);
        if (!kept) continue;
        if (!*kept) break;
        return std::optional(item_answer((*kept)->view(), form, changed, true));
    }
    return std::optional<ItemAnswer>();
}

Result<ItemHistory::Walk> ItemHistory::walk_from(Position position) const {
    if (position == Position{}) return Walk{};
    Walk walk{.next = newest_};
    if (position < newest_) {
        const auto record = log_->read(position);
        if (!record) return fail(record.error());
        if (*record && is_of_item(**record)) walk.next = position;
    }
    while (walk.next > position) {
        if (is_spent(walk)) return fail(too_far(walk, position));
        const auto skipped = step(walk);
        if (!skipped) return fail(skipped.error());
    }
    return walk;
}

Result<Record> ItemHistory::step(Walk& walk) const {
    auto record = log_->read(walk.next);
    if (!record) return fail(record.error());
    if (!*record || !is_of_item(**record) || (*record)->previous() >= walk.next) {
        return fail(Errc::corrupt, "the history of an item of table " + table_->name +
                                       " is broken at position " + std::to_string(walk.next.value));
    }
    walk.next = (*record)->previous();
    ++walk.records;
    walk.bytes += (*record)->bytes().size();
    return **std::move(record);
}

bool ItemHistory::is_spent(const Walk& walk) const {
    return walk.records >= limit_.records || walk.bytes >= limit_.bytes;
}

bool ItemHistory::is_of_item(const Record& record) const {
    if (record.is_notice() || record.table() != table_->name) return false;
    const auto key = item_key(*table_, record.keys());
    return key && *key == key_;
}

Error ItemHistory::too_far(const Walk& walk, Position wanted) const {
    return {Errc::too_large,
            "this item has changed too often since position " + std::to_string(wanted.value) +
                ": of its changes at most " + std::to_string(limit_.records) + ", or " +
                std::to_string(limit_.bytes >> 20U) +
                " MiB, are looked at. The position of one of its own changes is found at once: "
                "its history tells them, from here on with before=" +
                std::to_string(walk.next.value)};
}

}  // namespace freshet::engine
