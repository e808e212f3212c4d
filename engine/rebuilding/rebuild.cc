#include "engine/rebuilding/rebuild.h"

#include <utility>

#include "engine/folding/state_contents.h"
#include "engine/folding/state_keeper.h"
#include "engine/folding/table_walk.h"
#include "storage/state_cursor.h"

namespace freshet::engine {
namespace {

using storage::SideState;
using storage::StateCursor;
using storage::StateKind;
using storage::StateSnapshot;
using storage::StateStore;

Result<void> count_entries(const StateSnapshot& state, RebuildSum& sum) {
    StateCursor cursor(StateCursor::over_everything(state));
    for (; cursor.valid(); cursor.next()) {
        const StateKind kind = storage::take_apart(cursor.key()).kind;
        if (kind == StateKind::item) ++sum.items;
        if (kind == StateKind::row) ++sum.rows;
    }
    return cursor.status();
}

}  // namespace

Result<RebuildSum> Rebuild::run() {
    RebuildSum sum{.position = folder_.log().head().position};
    std::optional<BulkSum> counted;
    auto side = fold_beside(sum.records, counted);
    if (!side) return fail(side.error());
    if (counted) {
        sum.items = counted->items;
        sum.rows = counted->rows;
    } else {
        const auto state = (*side)->state().snapshot();
        if (!state) return fail(state.error());
        const auto read = count_entries(**state, sum);
        if (!read) return fail(read.error());
    }
    const auto swapped = folder_.swap_in(*std::move(side));
    if (!swapped) return fail(swapped.error());
    return sum;
}

Result<RebuildCheck> Rebuild::check() {
    RebuildCheck check;
    const auto copy = folder_.copy_state();
    if (!copy) return fail(copy.error());
    const auto brought = bring_up((*copy)->state(), check);
    if (!brought) return fail(brought.error());
    std::uint64_t records = 0;
    std::optional<BulkSum> counted;
    const auto side = fold_beside(records, counted);
    if (!side) return fail(side.error());

    const auto found = (*copy)->state().snapshot();
    if (!found) return fail(found.error());
    const auto expected = (*side)->state().snapshot();
    if (!expected) return fail(expected.error());
    auto comparison = compare_states(catalog_, **found, **expected);
    if (!comparison) return fail(comparison.error());
    check.comparison = *std::move(comparison);
    return check;
}

Result<RebuildPreview> Rebuild::preview() {
    const auto copy = folder_.copy_state();
    if (!copy) return fail(copy.error());
    StateKeeper keeper(catalog_, folder_.log(), (*copy)->state(), clock_);
    const auto mark = keeper.trusted_mark();
    if (!mark) return fail(mark.error());
    const auto before = (*copy)->state().snapshot();
    if (!before) return fail(before.error());
    const auto held = held_projections(catalog_, **before);
    if (!held) return fail(held.error());
    // In the copy: for what it refuses.
    const auto fits = keeper.take_over(*mark);
    if (!fits) return fail(fits.error());
    std::uint64_t records = 0;
    std::optional<BulkSum> counted;
    const auto side = fold_beside(records, counted);
    if (!side) return fail(side.error());

    const auto after = (*side)->state().snapshot();
    if (!after) return fail(after.error());
    auto views = compare_views(*held, **before, catalog_, **after);
    if (!views) return fail(views.error());
    auto gone_tables = gone_from(**before);
    if (!gone_tables) return fail(gone_tables.error());
    return RebuildPreview{.gone_tables = *std::move(gone_tables),
                          .views = *std::move(views),
                          .unknown = held->unknown,
                          .before = mark->position,
                          .after = folder_.log().head().position};
}

// The tables with items that the catalog does not declare.
Result<std::vector<RebuildPreview::GoneTable>> Rebuild::gone_from(const StateSnapshot& state) {
    const auto names = held_tables(state);
    if (!names) return fail(names.error());
    std::vector<RebuildPreview::GoneTable> gone;
    for (const std::string& name : *names) {
        if (catalog_.table(name) != nullptr) continue;
        RebuildPreview::GoneTable table{.name = name};
        const auto read = state.items(name, "", [&](std::string_view, const storage::Item&) {
            ++table.items;
            return Result<bool>(true);
        });
        if (!read) return fail(read.error());
        gone.push_back(std::move(table));
    }
    return gone;
}

// Folds the whole log into an empty state beside the folder's own, and says what it holds, if that
// was counted.
Result<std::unique_ptr<SideState>> Rebuild::fold_beside(std::uint64_t& records,
                                                        std::optional<BulkSum>& counted) {
    auto side = folder_.make_side_state();
    if (!side) return side;
    StateKeeper keeper(catalog_, folder_.log(), (*side)->state(), clock_);
    const auto folded = keeper.bring_up(report_, [] {});
    if (!folded) return fail(folded.error());
    records = keeper.records();
    counted = keeper.bulk_sum();
    return side;
}

// Makes of the state what the next start would make of it, and builds what that would build.
Result<void> Rebuild::bring_up(StateStore& state, RebuildCheck& check) {
    StateKeeper keeper(catalog_, folder_.log(), state, clock_);
    const auto mark = keeper.trusted_mark();
    if (!mark) return fail(mark.error());
    const auto taken = keeper.take_over(*mark);
    if (!taken) return fail(taken.error());
    if (!*taken) {
        return fail(Errc::damaged_state,
                    "the state lacks the records of a table that was not declared before");
    }
    const auto folded = keeper.fold(*mark, report_);
    if (!folded) return fail(folded.error());
    check.records_behind = keeper.records();
    for (const TableWalk& walk : keeper.contents().walks) {
        for (std::string& name : names_of(walk.rows())) check.completed.push_back(std::move(name));
    }
    while (keeper.is_building()) {
        const auto built = keeper.build(slice_items_default);
        if (!built) return fail(built.error());
    }
    return {};
}

}  // namespace freshet::engine
