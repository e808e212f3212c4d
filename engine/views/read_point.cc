#include "engine/views/read_point.h"

#include <utility>

#include "engine/access/grants.h"
#include "engine/catalog/item_key.h"
#include "engine/catalog/seen_image.h"
#include "engine/catalog/shown_image.h"
#include "engine/folding/lists.h"
#include "engine/folding/revocation_facts.h"
#include "engine/views/list_cursor.h"
#include "engine/views/page_ranges.h"
#include "engine/views/shape_json.h"
#include "engine/views/total_reading.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

std::string json_of(const Shape& shape, const SeenImage& image) {
    std::string json;
    append_shape_json(json, shape, image);
    return json;
}

ItemAnswer answer_without_json(const storage::Item& item, Patience patience) {
    const storage::ItemParts parts = item.parts();
    const bool is_long = item.bytes().size() > long_item_bytes;
    return {.json = {},
            .changed = parts.changed,
            .stale = parts.stale,
            .takes_long = patience == Patience::little && is_long};
}

ItemAnswer answer_of(const storage::Item& item, const Shape& shape, const SeenImage& image,
                     Patience patience) {
    ItemAnswer answer = answer_without_json(item, patience);
    if (!answer.takes_long) answer.json = json_of(shape, image);
    return answer;
}

Error being_built(const std::string& view) {
    return {Errc::unavailable, view + " is being built of the items that are there"};
}

Error not_for_you(const std::string& what) {
    return {Errc::forbidden, "these credentials do not admit to " + what};
}

// Whether the part of the view may be read. `rows` is the definition by which it is read: an
// earlier one has rows that the present `access` may not have been written for, such as those that
// a new `where` leaves out, so they are for those for whom they were, or for admins, until it is
// built.
template <class View>
Result<void> check_admission(const Caller& caller, const View& view, const View& rows,
                             const std::vector<std::string>& parts, const std::string& what) {
    if (!may_read(caller, view, rows.by, parts)) return fail(not_for_you("this part of " + what));
    const bool as_written = rows.fingerprint == view.fingerprint || rows.access == view.access;
    if (as_written || may_administer_all(caller)) return {};
    return fail(being_built(what));
}

}  // namespace

ReadPoint::ReadPoint(storage::LogMark mark, std::shared_ptr<const storage::StateSnapshot> state,
                     std::shared_ptr<const ProjectionSet> projections,
                     std::shared_ptr<const KnownFamilies> families,
                     std::shared_ptr<DamageFlag> damage)
    : mark_(mark),
      state_(std::move(state)),
      projections_(std::move(projections)),
      families_(std::move(families)),
      damage_(std::move(damage)) {
    invariant(state_ && projections_ && families_ && damage_,
              "a read point has a state and its definitions");
}

Result<ReadPoint::ItemPtr> ReadPoint::stored_item(const Table& table, std::string_view key) const {
    auto item = state_->item(table.name, key);
    if (!item) return fail(noticed(item.error()));
    if (*item && !shown_image(table, (*item)->parts())) return ItemPtr();
    return *std::move(item);
}

Result<std::optional<ItemAnswer>> ReadPoint::item(const ItemView& view,
                                                  const std::vector<std::string>& key,
                                                  const Caller& caller, Patience patience) const {
    using Answer = std::optional<ItemAnswer>;
    const auto refused = [&]() -> Result<Answer> {
        if (view.hide) return Answer();
        return fail(not_for_you("this item in view " + view.name));
    };
    const Clearance known = may_read(caller, view);
    if (known == Clearance::never) return refused();
    const auto key_bytes = item_key_from_text(*view.table, key);
    if (!key_bytes) return fail(key_bytes.error());
    // What the key decides is decided before the item is read: whether there is one, and how long
    // it is, is then not to be told from the time that the refusal takes.
    if (known == Clearance::by_attributes) {
        const auto key_image = key_attributes(*view.table, *key_bytes);
        if (!key_image) return fail(noticed(key_image.error()));
        const SeenImage seen_key(view.table->derive, key_image->view());
        if (may_read_by_key(caller, view, seen_key) == Clearance::never) return refused();
    }
    const auto item = stored_item(*view.table, *key_bytes);
    if (!item) return fail(item.error());
    if (!*item) return Answer();
    const storage::ItemParts parts = (*item)->parts();
    const SeenImage seen(view.table->derive, *parts.image);
    if (!may_read(caller, view, seen)) return refused();
    return Answer(answer_of(**item, view.shape, seen, patience));
}

Result<std::optional<ItemAnswer>> ReadPoint::item(const Table& table,
                                                  const std::vector<std::string>& key,
                                                  const Caller& caller, Patience patience,
                                                  ItemForm form) const {
    if (!may_administer(caller, table.name)) {
        return fail(not_for_you("whole items of table " + table.name));
    }
    const auto key_bytes = item_key_from_text(table, key);
    if (!key_bytes) return fail(key_bytes.error());
    const auto item = stored_item(table, *key_bytes);
    if (!item) return fail(item.error());
    if (!*item) return std::optional<ItemAnswer>();
    const storage::ItemParts parts = (*item)->parts();
    ItemAnswer answer = answer_without_json(**item, patience);
    if (!answer.takes_long) append_item_json(answer.json, *parts.image, form);
    return std::optional(std::move(answer));
}

Result<const ListView*> ReadPoint::definition_of(const ListView& list) const {
    if (const ListView* read_by = projections_->list(list.name)) {
        invariant(read_by->table->name == list.table->name, "a list stays with its table");
        return read_by;
    }
    return fail(being_built("list " + list.name));
}

Result<PageAnswer> ReadPoint::page(const ListView& list, const PageRequest& request,
                                   const Caller& caller, Patience patience) const {
    invariant(request.limit > 0, "a page of a list has room for an item");
    const auto found = definition_of(list);
    if (!found) return fail(found.error());
    const ListView& rows = **found;
    if (request.partition.size() != rows.by.size()) {
        return fail(Errc::refused, "found " + std::to_string(request.partition.size()) +
                                       " parts, expected " + std::to_string(rows.by.size()) +
                                       ": the partition of list " + list.name);
    }
    const auto admitted =
        check_admission(caller, list, rows, request.partition, "list " + list.name);
    if (!admitted) return fail(admitted.error());
    const CursorScope scope{.name = rows.name,
                            .fingerprint = rows.fingerprint,
                            .prefix = partition_prefix(request.partition),
                            .reading = reading_of(rows, request)};
    auto read = page_ranges(rows, request, scope.prefix);
    if (!read) return fail(read.error());
    if (!request.cursor.empty()) {
        const auto place = read_cursor(scope, request.cursor);
        if (!place) return fail(place.error());
        go_on_after(*read, *place);
    }

    if (patience == Patience::little && takes_long_to_order()) {
        return PageAnswer{.takes_long = true};
    }

    PageAnswer page;
    std::string last_place;
    std::size_t bytes = 0;
    std::size_t bytes_read = 0;
    const auto add_row = [&](std::string_view place, std::string_view key) -> Result<bool> {
        if (place.empty()) {
            return fail(Errc::damaged_state, "a row of list " + list.name + " has no place");
        }
        if (page.items.size() >= request.limit || bytes >= page_bytes_max ||
            bytes_read >= page_bytes_read_max) {
            page.next = write_cursor(scope, last_place);
            return false;
        }
        const auto item = state_->item(list.table->name, key);
        if (!item) return fail(item.error());
        if (!*item || !(*item)->parts().image) {
            return fail(Errc::damaged_state, "a row of list " + list.name + " points at no item");
        }
        bytes_read += (*item)->bytes().size();
        if (patience == Patience::little &&
            (page.items.size() >= long_page_rows || bytes_read > long_item_bytes)) {
            page = {.takes_long = true};
            return false;
        }
        const SeenImage seen(list.table->derive, *(*item)->parts().image);
        page.items.push_back(json_of(list.shape, seen));
        if (request.tells_keys) page.keys.emplace_back(key);
        bytes += page.items.back().size();
        last_place = place;
        return true;
    };
    for (const storage::RowRange& range : read->ranges) {
        const auto visited = state_->rows(rows.rows, range, read->order, add_row);
        if (!visited) return fail(noticed(visited.error()));
        if (page.takes_long || !page.next.empty()) break;
    }
    return page;
}

Result<const TotalView*> ReadPoint::definition_of(const TotalView& total) const {
    if (const TotalView* read_by = projections_->total(total.name)) {
        invariant(read_by->table->name == total.table->name, "a total stays with its table");
        return read_by;
    }
    return fail(being_built("total " + total.name));
}

template <class Read>
auto ReadPoint::read_total(const TotalView& total, const std::vector<std::string>& parts,
                           const Caller& caller, Read read) const
    -> decltype(read(std::declval<const TotalReading&>())) {
    const auto found = definition_of(total);
    if (!found) return fail(found.error());
    const auto admitted = check_admission(caller, total, **found, parts, "total " + total.name);
    if (!admitted) return fail(admitted.error());
    auto answer = read(TotalReading(*state_, **found));
    if (!answer) return fail(noticed(answer.error()));
    return answer;
}

Result<std::string> ReadPoint::total(const TotalView& total, const std::vector<std::string>& group,
                                     const Caller& caller, std::vector<std::string>* shown) const {
    return read_total(total, group, caller,
                      [&](const TotalReading& reading) { return reading.group(group, shown); });
}

Result<PageAnswer> ReadPoint::page(const TotalView& total, const GroupsRequest& request,
                                   const Caller& caller, Patience patience) const {
    return read_total(total, request.first, caller,
                      [&](const TotalReading& reading) -> Result<PageAnswer> {
                          if (patience == Patience::little && takes_long_to_order()) {
                              return PageAnswer{.takes_long = true};
                          }
                          return reading.page(request, patience);
                      });
}

Result<std::optional<std::vector<std::string>>> ReadPoint::first_group(
    const TotalView& total) const {
    return read_total(total, {}, *everybody(),
                      [](const TotalReading& reading) { return reading.first_group(); });
}

Result<Lineage> ReadPoint::lineage(const Table& table) const {
    auto lineage = Lineage::of(table.name, *state_);
    if (!lineage) return fail(noticed(lineage.error()));
    return lineage;
}

Result<std::vector<Revocation>> ReadPoint::revocations() const {
    auto revocations = revocations_in(*state_);
    if (!revocations) return fail(noticed(revocations.error()));
    return revocations;
}

Result<storage::Position> ReadPoint::newest_record(const Table& table, std::string_view key) const {
    const auto item = state_->item(table.name, key);
    if (!item) return fail(noticed(item.error()));
    return *item ? (*item)->parts().changed : storage::Position{};
}

Error ReadPoint::noticed(Error error) const {
    if (error.code == Errc::damaged_state) damage_->store(true);
    return error;
}

}  // namespace freshet::engine
