#include "engine/rebuilding/rebuild.h"

#include <utility>

#include "engine/clock.h"
#include "engine/folding/state_steps.h"
#include "engine/folding/table_walk.h"
#include "storage/state_cursor.h"

namespace freshet::engine {
namespace {

using storage::LogMark;
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
    auto side = fold_anew(sum.records);
    if (!side) return fail(side.error());
    {
        const auto state = (*side)->state().snapshot();
        if (!state) return fail(state.error());
        const auto counted = count_entries(**state, sum);
        if (!counted) return fail(counted.error());
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
    const auto side = fold_anew(records);
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
    const auto mark = mark_of((*copy)->state());
    if (!mark) return fail(mark.error());
    const auto before = (*copy)->state().snapshot();
    if (!before) return fail(before.error());
    const auto held = held_projections(**before);
    if (!held) return fail(held.error());
    // In the copy: for what it refuses.
    const auto fits = take_over_state(catalog_, (*copy)->state(), *mark);
    if (!fits) return fail(fits.error());
    std::uint64_t records = 0;
    const auto side = fold_anew(records);
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

// Folds the whole log into an empty state beside the folder's own.
Result<std::unique_ptr<SideState>> Rebuild::fold_anew(std::uint64_t& records) {
    auto side = folder_.make_side_state();
    if (!side) return side;
    const LogMark begin = begin_of(folder_.log());
    const auto contents = take_over_state(catalog_, (*side)->state(), begin);
    if (!contents) return fail(contents.error());
    LogFold fold(catalog_, folder_.log(), (*side)->state());
    const auto folded = fold.run(begin, **contents, report_);
    if (!folded) return fail(folded.error());
    records = fold.records();
    return side;
}

// Up to where the state takes account of the log.
Result<LogMark> Rebuild::mark_of(StateStore& state) {
    const auto checkpoint = state.checkpoint();
    if (!checkpoint) return fail(checkpoint.error());
    if (!*checkpoint) return begin_of(folder_.log());
    if ((*checkpoint)->layout != state_layout) {
        return fail(Errc::damaged_state,
                    "the state was written by another release, which lays it "
                    "out otherwise");
    }
    const auto held = folder_.log().contains((*checkpoint)->mark);
    if (!held) return fail(held.error());
    if (!*held) return fail(Errc::damaged_state, "the state is not of this log");
    return (*checkpoint)->mark;
}

// Makes of the state what the next start would make of it.
Result<void> Rebuild::bring_up(StateStore& state, RebuildCheck& check) {
    const auto mark = mark_of(state);
    if (!mark) return fail(mark.error());
    auto contents = take_over_state(catalog_, state, *mark);
    if (!contents) return fail(contents.error());
    if (!*contents) {
        return fail(Errc::damaged_state,
                    "the state lacks the records of a table that was not declared before");
    }
    LogFold fold(catalog_, folder_.log(), state);
    const auto head = fold.run(*mark, **contents, report_);
    if (!head) return fail(head.error());
    check.records_behind = fold.records();
    for (TableWalk& walk : (*contents)->walks) {
        for (std::string& name : names_of(walk.rows())) check.completed.push_back(std::move(name));
        auto walked = finish_walk(walk, state);
        if (!walked) return walked;
    }
    if (check.completed.empty()) return {};
    // What the new lists replace goes.
    contents = take_over_state(catalog_, state, *head);
    if (!contents) return fail(contents.error());
    return {};
}

Result<void> Rebuild::finish_walk(TableWalk& walk, StateStore& state) {
    const SystemClock clock;
    const LogMark mark = folder_.log().head();
    for (bool more = true; more;) {
        const auto walked = walk_on(walk, slice_items_default, catalog_, state, mark, clock);
        if (!walked) return fail(walked.error());
        more = *walked;
    }
    return {};
}

}  // namespace freshet::engine
