#include "engine/folding/state_keeper.h"

#include <utility>

#include "engine/folding/state_steps.h"
#include "storage/invariant.h"

namespace freshet::engine {

using storage::LogMark;

Result<LogMark> StateKeeper::bring_up(const LogFold::Report& report,
                                      const std::function<void()>& before_clearing) {
    auto mark = trusted_mark();
    if (!mark && mark.error().code == Errc::damaged_state) {
        const auto left = store_.checkpoint();
        was_interrupted_ = left && *left && (*left)->layout == unfinished_layout;
        mark = clear(before_clearing);
    }
    if (!mark) return mark;
    const auto taken = take_over(*mark);
    if (!taken) return fail(taken.error());
    if (!*taken) {
        // What would stop the fold is found before everything that can be read now is gone.
        const auto fits = check_keys(catalog_, log_);
        if (!fits) return fail(fits.error());
        mark = clear(before_clearing);
        if (!mark) return mark;
        const auto taken_empty = take_over(*mark);
        if (!taken_empty) return fail(taken_empty.error());
        invariant(*taken_empty, "an empty state can be taken over");
    }
    is_trusted_ = true;  // also where it was emptied past us
    return fold(*mark, report);
}

Result<LogMark> StateKeeper::trusted_mark() const {
    const auto checkpoint = store_.checkpoint();
    if (!checkpoint) return fail(checkpoint.error());
    if (!*checkpoint) return begin_of(log_);  // an empty state is true, whatever it was before
    if (!is_trusted_) return fail(Errc::damaged_state, "the state was seen to be damaged");
    if ((*checkpoint)->layout == unfinished_layout) {
        return fail(Errc::damaged_state, "the state was not finished when its process ended");
    }
    if ((*checkpoint)->layout != state_layout) {
        return fail(Errc::damaged_state,
                    "the state was written by another release, which lays it out otherwise");
    }
    const auto held = log_.contains((*checkpoint)->mark);
    if (!held) return fail(held.error());
    if (!*held) return fail(Errc::damaged_state, "the state is not of this log");
    return (*checkpoint)->mark;
}

Result<LogMark> StateKeeper::clear(const std::function<void()>& before_clearing) {
    before_clearing();
    const auto cleared = store_.clear();
    if (!cleared) return fail(cleared.error());
    contents_ = {};
    return begin_of(log_);
}

Result<bool> StateKeeper::take_over(const LogMark& mark) {
    auto contents = take_over_state(catalog_, store_, mark);
    if (!contents) return fail(contents.error());
    if (!*contents) return false;
    contents_ = *std::move(*contents);
    folded_ = mark;
    return true;
}

const StateContents& StateKeeper::contents() const {
    invariant(contents_.whole != nullptr, "what the state holds is known before it is used");
    return contents_;
}

Result<LogMark> StateKeeper::fold(const LogMark& from, const LogFold::Report& report) {
    invariant(from.position <= log_.head().position, "a state is never ahead of its log");
    if (folds_at_once(from)) {
        const auto folded = fold_at_once(report);
        if (folded) return folded_;
        const Errc code = folded.error().code;
        if (code != Errc::disk_full && code != Errc::unavailable) return fail(folded.error());
        // Record by record takes no room but that of the state. It begins with an empty one.
        if (auto cleared = clear([] {}); !cleared) return cleared;
        const auto taken = take_over(from);
        if (!taken) return fail(taken.error());
        invariant(*taken, "an empty state can be taken over");
    }
    LogFold fold(catalog_, log_, store_);
    auto head = fold.run(from, contents(), report);
    records_ += fold.records();
    if (head) folded_ = *head;
    return head;
}

// A state in memory is short of room already. What ended one fold at once may end the next, and all
// that it had done is gone; record by record, each start comes farther.
bool StateKeeper::folds_at_once(const LogMark& from) const {
    const bool is_whole_log = from == begin_of(log_) && contents().walks.empty();
    return is_whole_log && log_.head().position.value >= options_.bulk_positions_min &&
           !store_.is_in_memory() && !was_interrupted_;
}

Result<void> StateKeeper::fold_at_once(const LogFold::Report& report) {
    const LogMark head = log_.head();
    BulkOptions options = options_.bulk;
    // The state's cache is empty meanwhile, and is in the plan of who shares out the memory.
    options.memory = std::min(options.memory, std::max(store_.cache_bytes(), bulk_memory_min));
    auto sum = BulkFold(catalog_, log_, store_, options).run(contents(), report);
    if (!sum) return fail(sum.error());
    records_ += sum->records;
    bulk_sum_ = *sum;
    folded_ = head;
    return {};
}

Result<void> StateKeeper::commit(storage::StateBatch batch, const LogMark& mark) {
    invariant(mark == log_.head(), "what is folded is in the log first");
    auto committed = store_.commit(std::move(batch), checkpoint_at(mark));
    if (committed) folded_ = mark;
    return committed;
}

Result<bool> StateKeeper::build(std::size_t items_max) {
    invariant(is_building(), "a slice is built only of what is lacking");
    invariant(folded_ == log_.head(), "rows are built of everything that is in the log");
    auto more = walk_on(contents_.walks.front(), items_max, catalog_, store_, folded_, clock_);
    if (!more) return more;
    if (*more) return false;
    // What the new rows replace goes; those who read it have read points of their own.
    auto taken = take_over(folded_);
    if (taken && !*taken) {
        return fail(Errc::damaged_state, "the state does not fit what was built");
    }
    return taken;
}

Result<std::vector<BuildStatus>> StateKeeper::builds() const {
    std::vector<BuildStatus> builds;
    if (!is_building()) return builds;
    const auto state = store_.snapshot();
    if (!state) return fail(state.error());
    for (const TableWalk& walk : contents_.walks) {
        BuildStatus build{
            .table = walk.rows().table->name, .views = names_of(walk.rows()), .share = 0};
        if (!walk.cursor().empty()) {
            build.share = (*state)->share_of_items(build.table, walk.cursor());
        }
        builds.push_back(std::move(build));
    }
    return builds;
}

}  // namespace freshet::engine
