#include "engine/sequencing/sequencer.h"

#include <chrono>
#include <utility>

#include "storage/thread_turns.h"

namespace freshet::engine {
namespace {

using storage::LogMark;

constexpr auto watermark_interval = std::chrono::seconds(1);
constexpr auto recovery_interval = std::chrono::milliseconds(250);
constexpr auto look_interval = std::chrono::seconds(1);
// After so long without a group the state is written, and shown as its database has it.
constexpr auto idle_interval = std::chrono::milliseconds(20);

// What writers hear whose batches fell victim to a fault: they may or may not be in the log. To
// send records again is safe.
Error for_writers(const Error& fault) {
    if (fault.code == Errc::disk_full) return fault;
    return Error{Errc::unavailable, fault.message};
}

// Of a batch that was turned away before it was tried.
BatchFate fate_of(const Error& error) {
    using enum BatchFate;
    if (error.code == Errc::busy) return busy;
    return error.code == Errc::disk_full ? disk_full : unavailable;
}

// What the server itself hands in is no writer's, and not counted as such.
bool is_of_writer(const WaitingBatch& waiting) {
    return !waiting.batch.due;
}

void answer_all(std::vector<WaitingBatch>& batches, const Error& error, BatchFate fate,
                Metrics& metrics) {
    for (WaitingBatch& waiting : batches) {
        if (is_of_writer(waiting)) metrics.count_batch(fate);
        waiting.done(fail(error));
    }
}

}  // namespace

Sequencer::Sequencer(const Catalog& catalog, storage::DataFolder& folder, const Clock& clock,
                     Metrics& metrics, SequencerOptions options)
    : folder_(folder),
      clock_(clock),
      metrics_(metrics),
      options_(std::move(options)),
      tail_(catalog, options_.tail_bytes),
      live_(options_.live),
      queue_(options_.queue_bytes),
      progress_(queue_, board_),
      keeper_(catalog, folder.log(), folder.state(), clock),
      writer_(catalog, folder, keeper_, tail_, live_, board_, metrics, clock),
      looked_at_(clock.now()),
      marked_at_(clock.now()),
      wrote_at_(clock.now()) {}

Sequencer::~Sequencer() {
    stop();
}

// ---- from any thread ----

void Sequencer::submit(ChangeBatch batch, AppendDone done) {
    WaitingBatch waiting{
        .batch = std::move(batch), .done = std::move(done), .submitted = clock_.now()};
    const BatchQueue::Answer answer = queue_.put(waiting);
    if (answer == BatchQueue::Answer::taken) return;
    const Error error = refusal(answer);
    if (is_of_writer(waiting)) metrics_.count_batch(fate_of(error));
    waiting.done(fail(error));
}

Error Sequencer::refusal(BatchQueue::Answer answer) const {
    switch (answer) {
        case BatchQueue::Answer::full:
            return {Errc::busy, "too many writes are waiting for the disk"};
        case BatchQueue::Answer::full_of_client:
            return {Errc::busy,
                    "too many of this client's writes are waiting for the disk; those of others "
                    "have their turn"};
        case BatchQueue::Answer::ended:
            return {Errc::unavailable, "the server is stopping"};
        default:
            return progress_.refusal();
    }
}

Result<std::shared_ptr<const ReadPoint>> Sequencer::read_point() const {
    auto newest = board_.newest();
    if (!newest) return fail(progress_.unavailable());
    return newest;
}

void Sequencer::hear_revocations(RevocationBoard::Listener listener) {
    revocations_.listen(std::move(listener), [this]() -> Result<std::vector<Revocation>> {
        const auto newest = read_point();
        if (!newest) return fail(newest.error());
        return (*newest)->revocations();
    });
}

// ---- the sequencer's own thread ----

void Sequencer::start() {
    thread_ = std::thread(&Sequencer::run, this);
}

void Sequencer::stop() {
    queue_.end();
    if (thread_.joinable()) thread_.join();
    auto waiting = queue_.close();
    answer_all(waiting, refusal(BatchQueue::Answer::ended), BatchFate::unavailable, metrics_);
}

void Sequencer::run() {
    storage::take_short_turns();
    while (wait_for_work()) {
        if (progress_.mode() != SequencerMode::serving) {
            if (has_more_to_wake_) has_more_to_wake_ = board_.wake();
            mend_if_due();
        } else if (writer_.take_damage()) {
            suspend({Errc::damaged_state, "a read met damaged bytes in the state"});
        } else {
            step();
            suspicious_.tell(options_.on_suspicious, clock_.now());
            refused_.tell(options_.on_refused, clock_.now());
            build();
            write_state_behind();
            mark_if_due();
            look_at_disk_if_due();
        }
    }
    if (progress_.mode() == SequencerMode::serving) {
        // What cannot be settled now is folded again at the next start.
        if (const auto settled = folder_.settle(); !settled) suspend(settled.error());
    }
    progress_.stop();
}

// Returns false once it is time to end: stopping, and nothing left that can be answered.
bool Sequencer::wait_for_work() const {
    switch (progress_.mode()) {
        case SequencerMode::folding:
            return !queue_.has_ended();
        case SequencerMode::read_only:
        case SequencerMode::recovering:
            if (!has_more_to_wake_) queue_.wait_for_end(recovery_interval);
            return !queue_.has_ended();
        default:
            if (!keeper_.is_building() && !has_more_to_wake_) {
                queue_.wait(folder_.state().has_unwritten() ? idle_interval : watermark_interval);
            }
            return !queue_.has_ended() || queue_.load().batches > 0;
    }
}

bool Sequencer::step() {
    has_more_to_wake_ = board_.wake();
    std::vector<WaitingBatch> group = queue_.take_group();
    if (group.empty()) return false;
    write(std::move(group));
    wrote_at_ = clock_.now();
    return true;
}

void Sequencer::write(std::vector<WaitingBatch> group) {
    auto written = writer_.write(group);
    if (!written) {
        const bool is_too_large = written.error().code == Errc::disk_full && check_room();
        if (is_too_large && group.size() > 1) return write_one_by_one(group);
        return turn_away(group, written.error());
    }
    has_more_to_wake_ = true;  // as far as is known
    progress_.missed(written->gaps);
    progress_.suspected(written->suspicious);
    progress_.refused(written->refused);
    progress_.adopted(written->adopted);
    suspicious_.note(written->suspicious);
    refused_.note(written->refused);
    // Before anybody is told that they are in force.
    revocations_.tell(written->revocations);
    const Clock::TimePoint now = clock_.now();  // before any writer is called
    for (std::size_t i = 0; i < group.size(); ++i) {
        acknowledge(group[i], std::move(written->receipts[i]), now);
    }
}

// So that the largest of them does not have the others turned away.
void Sequencer::write_one_by_one(std::vector<WaitingBatch>& group) {
    for (WaitingBatch& waiting : group) {
        std::vector<WaitingBatch> alone;
        alone.push_back(std::move(waiting));
        if (progress_.mode() == SequencerMode::serving) {
            write(std::move(alone));
        } else {
            const Error error = progress_.refusal();
            answer_all(alone, error, fate_of(error), metrics_);
        }
    }
}

void Sequencer::acknowledge(WaitingBatch& waiting, Receipt receipt, Clock::TimePoint now) {
    const bool is_refused = receipt.refusal || receipt.refused_command;
    if (is_of_writer(waiting)) {
        metrics_.count_batch(is_refused ? BatchFate::refused : BatchFate::admitted);
    }
    if (is_of_writer(waiting) && !is_refused) {
        const std::chrono::duration<double> taken = now - waiting.submitted;
        metrics_.observe_append(taken.count());
    }
    waiting.done(std::move(receipt));
}

// Answers a group that was not written. A disk that is merely slow needs no mending, nor does one
// that has room for smaller groups.
void Sequencer::turn_away(std::vector<WaitingBatch>& group, const Error& error) {
    if (error.code == Errc::disk_full && check_room()) {
        return answer_all(group, error, fate_of(error), metrics_);
    }
    if (error.code != Errc::busy) {
        suspend(error);
        const bool is_full = error.code == Errc::disk_full;
        return answer_all(group, for_writers(error),
                          is_full ? BatchFate::disk_full : BatchFate::failed, metrics_);
    }
    progress_.stalled();
    answer_all(group, error, BatchFate::busy, metrics_);
}

bool Sequencer::build() {
    if (!keeper_.is_building() || progress_.mode() != SequencerMode::serving) return false;
    if (const auto built = build_slice(); !built) suspend(built.error());
    return keeper_.is_building();
}

Result<void> Sequencer::build_slice() {
    const auto is_whole = keeper_.build(options_.slice_items);
    if (!is_whole) return fail(is_whole.error());
    auto told = tell_builds();
    if (!told || !*is_whole) return told;
    return writer_.show();
}

// ---- starting, and mending the disk ----

Result<void> Sequencer::fold_log() {
    const auto tell = [this](const FoldProgress& progress) -> Result<void> {
        progress_.folded(progress);
        if (queue_.has_ended()) return fail(Errc::unavailable, "the server is stopping");
        return tell_builds();
    };
    const auto head = keeper_.bring_up(tell, [this] { board_.take_down(); });
    if (!head) return fail(head.error());
    tail_.restart(head->position);
    auto told = tell_builds();
    if (!told) return told;
    return begin_serving();
}

// The queue is opened first: who hears that a position is reached can write at once. Before
// anything can be read, those who believe tokens know which of them are revoked.
Result<void> Sequencer::begin_serving() {
    auto read_point = writer_.read_point();
    if (!read_point) return fail(read_point.error());
    const auto revocations = (*read_point)->revocations();
    if (!revocations) return fail(revocations.error());
    const auto room = check_room();
    const bool was_suspended = progress_.mode() != SequencerMode::folding;
    revocations_.tell_all(*revocations, [&] {
        if (!room) return progress_.serve_reads(*std::move(read_point), room.error());
        queue_.open();
        progress_.serve(*std::move(read_point));
    });
    has_more_to_wake_ = board_.wake();
    folder_.state().release_files();
    if (!room && !was_suspended && options_.on_fault) options_.on_fault(room.error());
    if (room && was_suspended && options_.on_mended) options_.on_mended();
    return {};
}

Result<void> Sequencer::recover() {
    const bool was_suspended = progress_.mode() != SequencerMode::folding;
    if (was_suspended) {
        if (auto mended = mend(); !mended) return mended;
    }
    auto folded = fold_log();
    // A state that was mended halfway is brought up in memory now, and goes back to the disk.
    if (!folded || !was_suspended || !folder_.state().is_in_memory()) return folded;
    if (auto mended = mend(); !mended) return mended;
    return fold_log();
}

// What can be read stays so, unless the state can only be mended by opening it again.
Result<void> Sequencer::mend() {
    const bool can_be_read = board_.newest() != nullptr;
    if (auto room = folder_.find_room(can_be_read); !room) return room;
    if (auto log = folder_.log().mend(); !log) return log;
    auto state = folder_.state().mend();
    if (state || state.error().code == Errc::disk_full) return state;
    // Another read may be at the state of the failed disk yet; nobody else has to wait for it.
    if (state.error().code == Errc::busy) return state;
    board_.take_down();
    state = folder_.state().reopen();
    if (!state && state.error().code == Errc::damaged_state) state = folder_.state().clear();
    return state;
}

// A full disk is waited for, and told of once. So is a read that is slow.
void Sequencer::mend_if_due() {
    const SequencerMode mode = progress_.mode();
    if (mode != SequencerMode::folding && !pause_.is_over(clock_.now())) return;
    const auto recovered = recover();
    if (recovered) return pause_.reset();
    const Errc code = recovered.error().code;
    const bool is_told =
        code == Errc::busy || (mode == SequencerMode::read_only &&
                               (code == Errc::disk_full || code == Errc::unavailable));
    if (!is_told && !queue_.has_ended()) suspend(recovered.error());
    pause_.begin(clock_.now());
}

Result<void> Sequencer::check_room() const {
    return folder_.is_out_of_room() ? storage::no_room() : folder_.check_room(0);
}

void Sequencer::look_at_disk() {
    if (progress_.mode() != SequencerMode::serving) return;
    const auto room = check_room();
    if (!room) return suspend(room.error());
    folder_.make_ballast();
}

// Once those of the last group have been answered.
void Sequencer::write_state_behind() {
    if (progress_.mode() != SequencerMode::serving) return;
    const bool is_idle = clock_.now() - wrote_at_ >= idle_interval;
    const bool is_shown_again = is_idle && folder_.state().has_unwritten();
    auto written = folder_.state().write_behind(is_idle);
    if (written && is_shown_again) written = writer_.show_next();
    if (!written) suspend(written.error());
}

void Sequencer::look_at_disk_if_due() {
    const Clock::TimePoint now = clock_.now();
    if (now - looked_at_ < look_interval) return;
    looked_at_ = now;
    if (progress_.mode() != SequencerMode::serving) return;
    if (const auto flushed = folder_.state().flush_if_due(); !flushed) {
        return suspend(flushed.error());
    }
    look_at_disk();
}

// Takes no more batches until recover() has succeeded, and answers those that wait.
void Sequencer::suspend(const Error& fault) {
    pause_.reset();
    pause_.begin(clock_.now());
    if (fault.code == Errc::damaged_state) keeper_.distrust();
    metrics_.count_fault(fault.code);
    progress_.suspend(fault);
    auto waiting = queue_.close();
    if (options_.on_fault) options_.on_fault(fault);
    answer_all(waiting, for_writers(fault), fate_of(fault), metrics_);
}

Result<void> Sequencer::tell_builds() {
    auto builds = keeper_.builds();
    if (!builds) return fail(builds.error());
    progress_.builds(*std::move(builds));
    return {};
}

// Puts on disk how far the log reaches, once a second while it grows.
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
