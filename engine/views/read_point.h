// One moment of everything that can be read: a position and the state as of it.
//
// Every read, page and ETag uses exactly one read point, so no answer ever mixes two moments.
//
// Invariants
//   - It never changes: its position, its state and its definitions are those of one commit.
//   - A list or total is read by a definition of its own table.
//   - A page holds an item if there is one, and its cursor stays within what was asked for.
//   - What a row points at is the disk's word: a row without its item is an error, not a broken
//     invariant.
//
// Threads: immutable; any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/access/caller.h"
#include "engine/access/revocation.h"
#include "engine/catalog/catalog.h"
#include "engine/folding/lineage.h"
#include "engine/folding/projection_set.h"
#include "engine/records/known_families.h"
#include "engine/values/item_form.h"
#include "storage/position.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

class TotalReading;

inline constexpr std::size_t page_limit_default = 100;
inline constexpr std::size_t page_limit_max = 1'000;
inline constexpr std::size_t page_bytes_max = 1U << 20U;  // a page ends once it is this long
// A page ends once the items that it was made of are this long: it may show little of each.
inline constexpr std::size_t page_bytes_read_max = 4U << 20U;

// What an item may have of bytes, as it is stored, for its JSON to be made at once; and all items
// of a page together.
inline constexpr std::size_t long_item_bytes = 256U << 10U;
inline constexpr std::size_t long_page_rows = 100;  // likewise, of a page
// Of what was committed lately, that has to be put in order before.
inline constexpr std::size_t long_unordered = 4'096;

// Whether what takes more than some milliseconds is to be done: by who has others waiting, no.
enum class Patience : std::uint8_t { little, any };

// One item as a reader sees it.
struct ItemAnswer {
    std::string json;           // empty if it `takes_long`
    storage::Position changed;  // the item's newest record
    bool stale = false;         // a newer change came without its image
    bool takes_long = false;    // and there was little patience
};

// A part of a list, and the cursor that goes on after it; empty at the end.
struct PageAnswer {
    std::vector<std::string> items;  // each as JSON; none if it `takes_long`
    std::string next;
    bool takes_long = false;  // and there was little patience
    // If they are asked for, the keys of the items, in order-preserving bytes.
    std::vector<std::string> keys;
};

struct PageRequest {
    std::vector<std::string> partition;  // one text for each `by`
    std::size_t limit = page_limit_default;
    std::string cursor;  // empty: from the beginning
    // Of the first sort attribute, of the key in a list without `sort`; the declared one if none is
    // given. The other one turns the whole list round, later sort attributes and ties included; but
    // items without the first sort attribute come last in both.
    std::optional<Direction> order;
    // Only items whose first sort attribute is at least `since` and below `until`: a string as
    // text, a number as a decimal if the bound is one, any other value not at all.
    std::optional<std::string> since;
    std::optional<std::string> until;
    bool tells_keys = false;
};

struct GroupsRequest {
    std::vector<std::string> first;  // texts of the first `by` attributes; the others may be any
    std::size_t limit = page_limit_default;
    std::string cursor;  // empty: from the beginning
};

// Raised by a read that meets damaged bytes, so that the sequencer folds the state anew.
using DamageFlag = std::atomic<bool>;

class ReadPoint {
public:
    ReadPoint(storage::LogMark mark, std::shared_ptr<const storage::StateSnapshot> state,
              std::shared_ptr<const ProjectionSet> projections,
              std::shared_ptr<const KnownFamilies> families, std::shared_ptr<DamageFlag> damage);

    [[nodiscard]] storage::Position position() const { return mark_.position; }
    [[nodiscard]] const storage::LogMark& mark() const { return mark_; }

    // By what lists and totals are read. Another one means that rows may have changed without a
    // record.
    [[nodiscard]] const std::shared_ptr<const ProjectionSet>& projections() const {
        return projections_;
    }

    // Each read is one of `caller`, and fails with forbidden  if it may not be
    // (engine/access/grants.h).

    // The item in the shape of the view; nothing if there is none, or if the view hides it from the
    // caller. `key` has one text for each part of the table's key (engine/catalog/item_key.h).
    // Fails with refused  if `key` does not fit the table; forbidden; damaged_state; io.
    [[nodiscard]] Result<std::optional<ItemAnswer>> item(const ItemView& view,
                                                         const std::vector<std::string>& key,
                                                         const Caller& caller,
                                                         Patience patience = Patience::any) const;

    // The whole item as it is stored; nothing if there is none. Fails likewise.
    [[nodiscard]] Result<std::optional<ItemAnswer>> item(const Table& table,
                                                         const std::vector<std::string>& key,
                                                         const Caller& caller,
                                                         Patience patience = Patience::any,
                                                         ItemForm form = ItemForm::plain) const;

    // The definition by which the list is read: its own, or, while that is being built, the one
    // before. Fails with unavailable  while it is being built and there was none before.
    [[nodiscard]] Result<const ListView*> definition_of(const ListView& list) const;

    // A page of the list, in its present shape. An unknown partition is an empty page.
    // Fails with refused    if the partition's parts do not fit the list, or there are bounds for
    //                       a list without `sort`;
    //            malformed  if the cursor is none of ours, or of another partition, order, `since`
    //                       or `until`;
    //            gone       if the cursor is of an earlier definition of the list;
    //            unavailable  as definition_of() does;
    //            forbidden, damaged_state, io.
    [[nodiscard]] Result<PageAnswer> page(const ListView& list, const PageRequest& request,
                                          const Caller& caller,
                                          Patience patience = Patience::any) const;

    [[nodiscard]] Result<const TotalView*> definition_of(const TotalView& total) const;

    // One group of the total as JSON: `group` has one text for each `by`. A group without items
    // shows count 0, sums of 0 and null for each extreme. The keys of the items whose attributes
    // it shows are added to `shown`, if that is given.
    // Fails with refused  if the parts do not fit the total; unavailable  as definition_of() does;
    //            forbidden; damaged_state; io.
    [[nodiscard]] Result<std::string> total(const TotalView& total,
                                            const std::vector<std::string>& group,
                                            const Caller& caller,
                                            std::vector<std::string>* shown = nullptr) const;

    // A page of groups that have items, in the order of their texts.
    // Fails with refused    if there are more parts than the total has;
    //            malformed  if the cursor is none of ours, or of groups that begin otherwise;
    //            gone       if the cursor is of an earlier definition of the total;
    //            unavailable  as definition_of() does;
    //            forbidden, damaged_state, io.
    [[nodiscard]] Result<PageAnswer> page(const TotalView& total, const GroupsRequest& request,
                                          const Caller& caller,
                                          Patience patience = Patience::any) const;

    // The texts of the first group that has items, as an example; nothing if there is none.
    // Fails with unavailable  as definition_of() does; damaged_state; io.
    [[nodiscard]] Result<std::optional<std::vector<std::string>>> first_group(
        const TotalView& total) const;

    // From which streams the table's records came. Fails with damaged_state or io.
    [[nodiscard]] Result<Lineage> lineage(const Table& table) const;

    // From which families each table takes.
    [[nodiscard]] const std::shared_ptr<const KnownFamilies>& families() const { return families_; }

    // Which tokens are revoked, those included whose time is over by now.
    // Fails with damaged_state or io.
    [[nodiscard]] Result<std::vector<Revocation>> revocations() const;

    // The item's newest record, also of an item that was removed; position 0 if it never was.
    // `key` is in order-preserving bytes. Fails with damaged_state or io.
    [[nodiscard]] Result<storage::Position> newest_record(const Table& table,
                                                          std::string_view key) const;

    // Whether rows can be read only once what was committed lately is in order, which takes some
    // milliseconds. The first who reads them does it for all.
    [[nodiscard]] bool takes_long_to_order() const { return state_->unordered() > long_unordered; }

    // For walks of all items. Whose read of it fails, passes the error through noticed().
    [[nodiscard]] const storage::StateSnapshot& state() const { return *state_; }
    // The same error; lets the sequencer fold the state again if it is of damaged bytes.
    [[nodiscard]] Error noticed(Error error) const;

private:
    using ItemPtr = std::shared_ptr<const storage::Item>;

    // The item, if there is one and it is shown; null otherwise.
    // `key` is in order-preserving bytes.
    [[nodiscard]] Result<ItemPtr> stored_item(const Table& table, std::string_view key) const;

    // Reads by the definition that is whole, if `caller` may read the groups that begin with
    // `parts`, and notices damage.
    template <class Read>
    auto read_total(const TotalView& total, const std::vector<std::string>& parts,
                    const Caller& caller, Read read) const
        -> decltype(read(std::declval<const TotalReading&>()));

    const storage::LogMark mark_;
    const std::shared_ptr<const storage::StateSnapshot> state_;
    const std::shared_ptr<const ProjectionSet> projections_;
    const std::shared_ptr<const KnownFamilies> families_;
    const std::shared_ptr<DamageFlag> damage_;
};

}  // namespace freshet::engine
