#include "engine/folding/state_steps.h"

#include <utility>

#include "engine/folding/log_fold.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

bool is_at(const storage::StateStore& state, const storage::LogMark& mark) {
    const auto newest = state.newest_commit();
    return !newest || newest->mark == mark;
}

}  // namespace

Result<std::optional<StateContents>> take_over_state(const Catalog& catalog,
                                                     storage::StateStore& state,
                                                     const storage::LogMark& mark) {
    invariant(is_at(state, mark), "taking over a state leaves its checkpoint where it is");
    const auto present = state.snapshot();
    if (!present) return fail(present.error());
    auto batch = state.begin();
    if (!batch) return fail(batch.error());
    auto contents = take_over(catalog, **present, *batch);
    if (!contents || !*contents) return contents;
    const auto written = state.commit(*std::move(batch), checkpoint_at(mark));
    if (!written) return fail(written.error());
    return contents;
}

Result<bool> walk_on(TableWalk& walk, std::size_t items_max, const Catalog& catalog,
                     storage::StateStore& state, const storage::LogMark& mark, const Clock& clock) {
    invariant(is_at(state, mark), "a walk leaves the checkpoint where it is");
    const auto items = state.snapshot();
    if (!items) return fail(items.error());
    auto batch = state.begin();
    if (!batch) return fail(batch.error());
    TableWalk next = walk;
    const auto more = next.next_slice(items_max, **items, *batch, clock);
    if (!more) return more;
    if (*more) {
        note_progress(next, *batch);
    } else {
        note_end(next, catalog, *batch);
    }
    const auto written = state.commit(*std::move(batch), checkpoint_at(mark));
    if (!written) return fail(written.error());
    walk = std::move(next);
    return more;
}

}  // namespace freshet::engine
