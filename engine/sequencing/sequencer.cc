#include "engine/sequencing/sequencer.h"

#include <chrono>
#include <utility>

#include "engine/folding/state_steps.h"
#include "engine/values/same_value.h"

namespace freshet::engine {
namespace {

using storage::Change;
using storage::ChangeKind;
using storage::ItemParts;
using storage::LogMark;
using storage::Position;

constexpr auto watermark_interval = std::chrono::seconds(1);
constexpr auto recovery_interval = std::chrono::seconds(1);

// Whether the image before that the source sent shows that we missed a change of this item. An
// import is of another moment than the stream's records, so nothing follows from comparing the two.
bool shows_gap(const Change& change, const std::optional<ItemParts>& known) {
    if (!known || known->stale || known->imported) return false;
    if (change.kind == ChangeKind::insert) return known->image.has_value();
    if (!change.before) return false;
    return !known->image || !same_value(change.before->view(), *known->image);
}

double seconds_between(Clock::TimePoint begin, Clock::TimePoint end) {
    return std::chrono::duration<double>(end - begin).count();
}

BatchFate fate_of(const Error& error) {
    return error.code == Errc::busy ? BatchFate::busy : BatchFate::unavailable;
}

// Tallies the records from the index-th on, and the one behind them that could not be read.
void tally_refused(const ChangeBatch& batch, std::size_t index, RecordTally& tally) {
    for (std::size_t i = index; i < batch.records.size(); ++i) {
        const auto& change = batch.records[i].change;
        tally.add(change ? change->table : "", RecordFate::refused);
    }
    if (batch.refusal) tally.add("", RecordFate::refused);
}

// What a writer hears whose batch fell victim to a fault: it may or may not be in the log, and to
// send it again is safe.
Error unanswered(const Error& fault) {
    if (fault.code == Errc::disk_full) return fault;
    return Error{Errc::unavailable, fault.message};
}

}  // namespace

Sequencer::Sequencer(const Catalog& catalog, storage::DataFolder& folder, const Clock& clock,
                     Metrics& metrics, SequencerOptions options)
    : catalog_(catalog),
      folder_(folder),
      clock_(clock),
      metrics_(metrics),
      options_(std::move(options)),
      tail_(catalog, options_.tail_bytes),
      marked_at_(clock.now()) {}

Sequencer::~Sequencer() {
    stop();
}

// ---- from any thread ----

void Sequencer::submit(ChangeBatch batch, AppendDone done) {
    Waiting waiting{.batch = std::move(batch), .done = std::move(done), .submitted = clock_.now()};
    if (const auto queued = enqueue(waiting); !queued) {
        metrics_.count_batch(fate_of(queued.error()));
        return waiting.done(fail(queued.error()));
    }
    wake_.notify_one();
}

// Moves it onto the queue, or leaves it as it is and says why.
Result<void> Sequencer::enqueue(Waiting& waiting) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return fail(Errc::unavailable, "the server is stopping");
    if (status_.mode != SequencerMode::serving) {
        return fail(Errc::unavailable, unavailable_message());
    }
    const std::size_t bytes = waiting.batch.bytes;
    if (!queue_.empty() && status_.queued_bytes + bytes > options_.queue_bytes) {
        return fail(Errc::busy, "too many writes are waiting for the disk");
    }
    status_.queued_bytes += bytes;
    queue_.push_back(std::move(waiting));
    return {};
}

Result<std::shared_ptr<const ReadPoint>> Sequencer::read_point() const {
    const std::lock_guard lock(mutex_);
    if (!read_point_) return fail(Errc::unavailable, unavailable_message());
    return read_point_;
}

std::string Sequencer::unavailable_message() const {
    if (status_.mode == SequencerMode::recovering) {
        return "recovering from a fault of the disk: " + status_.fault;
    }
    return "folding the log: " + std::to_string(status_.folded.value) + " of " +
           std::to_string(status_.head.value);
}

std::uint64_t Sequencer::when_reached(Position position, std::function<void()> reached) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t ticket = ++tickets_;
    if (read_point_ && read_point_->position() >= position) {
        reached();
    } else {
        waiters_.emplace(position, Waiter{.ticket = ticket, .reached = std::move(reached)});
    }
    return ticket;
}

void Sequencer::give_up(std::uint64_t ticket) {
    const std::lock_guard lock(mutex_);
    std::erase_if(waiters_, [ticket](const auto& entry) { return entry.second.ticket == ticket; });
}

SequencerStatus Sequencer::status() const {
    const std::lock_guard lock(mutex_);
    SequencerStatus status = status_;
    status.queued_batches = queue_.size();
    status.queue_bytes_max = options_.queue_bytes;
    return status;
}

// ---- the sequencer's own thread ----

void Sequencer::start() {
    thread_ = std::thread(&Sequencer::run, this);
}

void Sequencer::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    answer_queue(Error{Errc::unavailable, "the server is stopping"});
}

void Sequencer::run() {
    while (wait_for_work()) {
        if (status().mode != SequencerMode::serving) {
            const auto recovered = recover();
            if (!recovered && !is_stopping()) suspend(recovered.error());
        } else if (damage_->exchange(false)) {
            suspend({Errc::damaged_state, "a read met damaged bytes in the state"});
        } else {
            step();
            build();
            mark_if_due();
        }
    }
    if (status().mode == SequencerMode::serving) {
        // What cannot be settled now is folded again at the next start.
        if (const auto settled = folder_.settle(); !settled) suspend(settled.error());
    }
    const std::lock_guard lock(mutex_);
    status_.mode = SequencerMode::stopped;
}

bool Sequencer::is_stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

// Returns false once it is time to end: stopping, and nothing left that can be answered.
bool Sequencer::wait_for_work() {
    std::unique_lock lock(mutex_);
    const auto has_work = [this] { return stopping_ || !queue_.empty(); };
    switch (status_.mode) {
        case SequencerMode::folding:
            return !stopping_;
        case SequencerMode::recovering:
            wake_.wait_for(lock, recovery_interval, [this] { return stopping_; });
            return !stopping_;
        default:
            if (contents_.walks.empty()) wake_.wait_for(lock, watermark_interval, has_work);
            return !stopping_ || !queue_.empty();
    }
}

bool Sequencer::step() {
    std::vector<Waiting> group = take_group();
    if (group.empty()) return false;
    auto receipts = process(group);
    const Clock::TimePoint now = clock_.now();
    for (std::size_t i = 0; i < group.size(); ++i) {
        if (receipts) {
            count(group[i], (*receipts)[i], now);
            group[i].done(std::move((*receipts)[i]));
        } else {
            const bool busy = receipts.error().code == Errc::busy;
            metrics_.count_batch(busy ? BatchFate::busy : BatchFate::failed);
            group[i].done(fail(receipts.error()));
        }
    }
    return true;
}

void Sequencer::count(const Waiting& answered, const Receipt& receipt, Clock::TimePoint now) {
    if (receipt.refusal) return metrics_.count_batch(BatchFate::refused);
    metrics_.count_batch(BatchFate::admitted);
    metrics_.observe_append(seconds_between(answered.submitted, now));
}

std::vector<Sequencer::Waiting> Sequencer::take_group() {
    const std::lock_guard lock(mutex_);
    std::vector<Waiting> group;
    std::size_t records = 0;
    std::size_t bytes = 0;
    while (!queue_.empty()) {
        const ChangeBatch& next = queue_.front().batch;
        const bool fits = records + next.records.size() <= group_records_max &&
                          bytes + next.bytes <= group_bytes_max;
        if (!group.empty() && !fits) break;
        records += next.records.size();
        bytes += next.bytes;
        group.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    status_.queued_bytes -= bytes;
    return group;
}

// The way of a record: admit, fold, append, show. The answer holds one receipt for each batch.
Result<std::vector<Receipt>> Sequencer::process(std::vector<Waiting>& group) {
    auto state = folder_.state().begin();
    if (!state) return fail(state.error());
    Group pending{.log = folder_.log().begin(), .state = std::move(*state)};

    std::vector<Receipt> receipts;
    for (const Waiting& waiting : group) {
        auto receipt = admit(waiting.batch, pending);
        if (!receipt) {
            suspend(receipt.error());
            return fail(unanswered(receipt.error()));
        }
        receipts.push_back(std::move(*receipt));
    }
    const RecordTally tally = std::move(pending.tally);
    const auto committed = commit(std::move(pending));
    if (!committed) return fail(committed.error());
    metrics_.count_records(tally);
    return receipts;
}

Result<Receipt> Sequencer::admit(const ChangeBatch& batch, Group& group) {
    auto judgement = judge_batch(batch, group.state);
    if (!judgement) return fail(judgement.error());

    Receipt receipt;
    receipt.refusal = std::move(judgement->refusal);
    const bool admitted = !receipt.refusal || batch.partial;
    const std::size_t end = admitted ? judgement->end : 0;
    auto judged = judgement->changes.begin();
    for (std::size_t i = 0; i < end; ++i) {
        const BatchRecord& record = batch.records[i];
        RecordOutcome outcome{.outcome = Outcome::ignored, .sequence = {}, .position = {}};
        if (!record.change) {
            group.tally.add("", RecordFate::ignored);
        } else if (judged->verdict == Verdict::next) {
            const auto position = take_in(*record.change, *judged++, group);
            if (!position) return fail(position.error());
            outcome.outcome = Outcome::appended;
            outcome.position = *position;
            group.tally.add(record.change->table, RecordFate::appended);
        } else {
            outcome.outcome = Outcome::duplicate;
            outcome.position = judged++->known->item()->parts().changed;
            group.tally.add(record.change->table, RecordFate::duplicate);
        }
        receipt.appended += outcome.outcome == Outcome::appended ? 1 : 0;
        receipt.duplicates += outcome.outcome == Outcome::duplicate ? 1 : 0;
        receipt.ignored += outcome.outcome == Outcome::ignored ? 1 : 0;
        if (!batch.tells_outcomes) continue;
        outcome.sequence = record.sequence;
        receipt.outcomes.push_back(std::move(outcome));
    }
    if (receipt.refusal) tally_refused(batch, end, group.tally);
    receipt.position = group.log.head().position;
    return receipt;
}

Result<Position> Sequencer::take_in(const Change& change, const Judged& judged, Group& group) {
    const std::shared_ptr<const storage::Item> item = judged.known->item();
    std::optional<ItemParts> known;
    if (item) known = item->parts();
    if (shows_gap(change, known)) {
        ++group.gaps;
        group.tally.add(change.table, RecordFate::gap);
    }
    if (change.kind == ChangeKind::modify && !known) {
        group.tally.add(change.table, RecordFate::late_join);
    }

    storage::Admission admission{.source = judged.head->source,
                                 .label = judged.head->label,
                                 .previous = known ? known->changed : Position{},
                                 .before = std::nullopt};
    if (change.before) {
        admission.before = change.before->view();
    } else if (known && change.kind != ChangeKind::insert && !(known->imported && change.after)) {
        // An import may be of a later moment than this record: it says nothing of what was before.
        admission.before = known->image;
    }
    const storage::Record& record = group.log.add(change, admission);
    if (const Table* table = catalog_.table(change.table)) {
        const auto applied =
            Projector::apply_to(*table, change.key, *judged.known, record, contents_, group.state);
        if (!applied) return fail(applied.error());
    } else {
        note_skipped(change.table, group.state);
    }
    return record.position();
}

Result<void> Sequencer::commit(Group group) {
    if (group.log.empty()) return {};
    const LogMark head = group.log.head();
    const Clock::TimePoint begin = clock_.now();
    const auto appended = folder_.log().append(group.log);
    if (!appended) {
        // A disk that is merely behind has written nothing and needs no mending.
        if (appended.error().code == Errc::busy) return stall(appended.error());
        suspend(appended.error());
        return fail(unanswered(appended.error()));
    }
    metrics_.observe_log_write(seconds_between(begin, clock_.now()), group.log.records().size());
    auto shown = folder_.state().commit(std::move(group.state), checkpoint_at(head));
    if (shown) {
        tail_.publish(group.log.records());
        shown = show(head);
    }
    if (!shown) {
        suspend(shown.error());
        return fail(unanswered(shown.error()));
    }
    const std::lock_guard lock(mutex_);
    status_.gaps += group.gaps;
    return {};
}

tl::unexpected<Error> Sequencer::stall(const Error& error) {
    const std::lock_guard lock(mutex_);
    ++status_.stalls;
    return fail(error);
}

Result<void> Sequencer::show(const LogMark& mark) {
    auto state = folder_.state().snapshot();
    if (!state) return fail(state.error());
    auto read_point =
        std::make_shared<const ReadPoint>(mark, std::move(*state), contents_.whole, damage_);

    // Whoever hears that a position is reached can write at once.
    const std::lock_guard lock(mutex_);
    read_point_.swap(read_point);
    status_.mode = SequencerMode::serving;
    status_.fault.clear();
    status_.folded = mark.position;
    status_.head = mark.position;
    const auto reached = waiters_.upper_bound(mark.position);
    for (auto waiter = waiters_.begin(); waiter != reached; ++waiter) waiter->second.reached();
    waiters_.erase(waiters_.begin(), reached);
    return {};
}

// ---- folding what the state does not take account of ----

// The position up to which the state can be trusted. Empties a state that cannot.
Result<LogMark> Sequencer::trusted_state() {
    const LogMark nothing = begin_of(folder_.log());
    const auto checkpoint = folder_.state().checkpoint();
    if (checkpoint && !checkpoint->has_value()) return nothing;
    if (checkpoint && state_is_sound_ && (*checkpoint)->layout == state_layout) {
        const auto held = folder_.log().contains((*checkpoint)->mark);
        if (!held) return fail(held.error());
        if (*held) return (*checkpoint)->mark;
    }
    if (!checkpoint && checkpoint.error().code != Errc::damaged_state) {
        return fail(checkpoint.error());
    }
    return clear_state();
}

// Empties the state: everything is folded into it anew.
Result<LogMark> Sequencer::clear_state() {
    hide();
    const auto cleared = folder_.state().clear();
    if (!cleared) return fail(cleared.error());
    state_is_sound_ = true;
    return begin_of(folder_.log());
}

// Makes the state hold what the catalog declares, as far as that can be done at once. Returns up to
// where the state takes account of the log then.
Result<LogMark> Sequencer::take_over_state(const LogMark& trusted) {
    const auto taken = try_to_take_over(trusted);
    if (!taken) return fail(taken.error());
    if (*taken) return trusted;
    // What would stop the fold is found before everything that can be read now is gone.
    if (const auto fits = check_keys(catalog_, folder_.log()); !fits) return fail(fits.error());
    const auto cleared = clear_state();
    if (!cleared) return fail(cleared.error());
    const auto taken_anew = try_to_take_over(*cleared);
    if (!taken_anew) return fail(taken_anew.error());
    return *cleared;
}

// Returns false if everything has to be folded anew.
Result<bool> Sequencer::try_to_take_over(const LogMark& trusted) {
    auto contents = engine::take_over_state(catalog_, folder_.state(), trusted);
    if (!contents) return fail(contents.error());
    if (!*contents) return false;
    contents_ = *std::move(*contents);
    const auto state = folder_.state().snapshot();
    if (!state) return fail(state.error());
    tell_builds(**state);
    return true;
}

Result<void> Sequencer::fold_log() {
    auto trusted = trusted_state();
    if (trusted) trusted = take_over_state(*trusted);
    if (!trusted) return fail(trusted.error());
    LogFold fold(catalog_, folder_.log(), folder_.state());
    const auto head = fold.run(*trusted, contents_,
                               [this](const FoldProgress& progress) { return tell(progress); });
    if (!head) return fail(head.error());
    tail_.restart(head->position);
    return show(*head);
}

// ---- building what the state does not hold yet ----

bool Sequencer::build() {
    if (contents_.walks.empty() || status().mode != SequencerMode::serving) return false;
    if (const auto built = build_slice(); !built) suspend(built.error());
    return !contents_.walks.empty();
}

Result<void> Sequencer::build_slice() {
    const LogMark mark = folder_.log().head();
    const auto more = walk_on(contents_.walks.front(), options_.slice_items, catalog_,
                              folder_.state(), mark, clock_);
    if (!more) return fail(more.error());
    if (*more) {
        const auto state = folder_.state().snapshot();
        if (!state) return fail(state.error());
        tell_builds(**state);
        return {};
    }
    // What it replaces goes; its readers have read points of their own.
    const auto taken = try_to_take_over(mark);
    if (!taken) return fail(taken.error());
    if (!*taken) return fail(Errc::damaged_state, "the state does not fit what was built");
    return show(mark);
}

void Sequencer::tell_builds(const storage::StateSnapshot& state) {
    std::vector<BuildStatus> builds;
    for (const TableWalk& walk : contents_.walks) {
        BuildStatus build{
            .table = walk.rows().table->name, .views = names_of(walk.rows()), .share = 0};
        if (!walk.cursor().empty()) build.share = state.share_of_items(build.table, walk.cursor());
        builds.push_back(std::move(build));
    }
    const std::lock_guard lock(mutex_);
    status_.builds = std::move(builds);
}

// Tells how far the fold is; fails if it is to end here.
Result<void> Sequencer::tell(const FoldProgress& progress) {
    const std::lock_guard lock(mutex_);
    status_.folded = progress.folded;
    status_.head = progress.head;
    if (stopping_) return fail(Errc::unavailable, "the server is stopping");
    return {};
}

// ---- when the disk has failed ----

// Shows no state until there is a new one, so that nothing holds on to the old.
void Sequencer::hide() {
    std::shared_ptr<const ReadPoint> hidden;  // let go of without the lock: it may close the state
    const std::lock_guard lock(mutex_);
    hidden.swap(read_point_);
}

// Takes no more batches until recover() has succeeded, and answers those that wait.
void Sequencer::suspend(const Error& fault) {
    if (fault.code == Errc::damaged_state) state_is_sound_ = false;
    metrics_.count_fault(fault.code);
    {
        const std::lock_guard lock(mutex_);
        status_.mode = SequencerMode::recovering;
        status_.fault = fault.message;
    }
    if (options_.on_fault) options_.on_fault(fault);
    answer_queue(unanswered(fault));
}

void Sequencer::answer_queue(const Error& error) {
    std::deque<Waiting> waiting;
    {
        const std::lock_guard lock(mutex_);
        status_.queued_bytes = 0;
        waiting.swap(queue_);
    }
    for (const Waiting& left : waiting) {
        metrics_.count_batch(BatchFate::unavailable);
        left.done(fail(error));
    }
}

Result<void> Sequencer::recover() {
    if (status().mode == SequencerMode::recovering) {
        const auto log = folder_.log().reopen();
        if (!log) return fail(log.error());
        hide();
        auto state = folder_.state().reopen();
        if (!state && state.error().code == Errc::damaged_state) state = folder_.state().clear();
        if (!state) return fail(state.error());
    }
    return fold_log();
}

void Sequencer::mark_if_due() {
    const Clock::TimePoint now = clock_.now();
    const LogMark head = folder_.log().head();
    if (head == marked_ || now - marked_at_ < watermark_interval) return;
    marked_at_ = now;
    const auto marked = folder_.log().persist_watermark();
    if (!marked) return suspend(marked.error());
    marked_ = head;
}

}  // namespace freshet::engine
