#include "engine/sequencing/progress.h"

#include <string>
#include <utility>

#include "engine/records/stream_arn.h"
#include "storage/invariant.h"

namespace freshet::engine {

SequencerStatus Progress::status() const {
    const MutexLock lock(mutex_);
    SequencerStatus status = status_;
    const BatchQueue::Load load = queue_.load();
    status.queued_batches = load.batches;
    status.queued_bytes = load.bytes;
    status.queue_bytes_max = load.bytes_max;
    if (status.mode == SequencerMode::serving) status.folded = status.head = board_.shown();
    return status;
}

SequencerMode Progress::mode() const {
    const MutexLock lock(mutex_);
    return status_.mode;
}

Error Progress::unavailable() const {
    const MutexLock lock(mutex_);
    if (status_.mode == SequencerMode::recovering) {
        return {Errc::unavailable, "recovering from a fault of the disk: " + status_.fault};
    }
    if (status_.mode == SequencerMode::read_only) {
        return {Errc::unavailable,
                "nothing can be read before the disk has room: " + status_.fault};
    }
    return {Errc::unavailable, "folding the log: " + std::to_string(status_.folded.value) + " of " +
                                   std::to_string(status_.head.value)};
}

Error Progress::refusal() const {
    {
        const MutexLock lock(mutex_);
        if (status_.mode == SequencerMode::read_only) return {Errc::disk_full, status_.fault};
    }
    return unavailable();
}

void Progress::folded(const FoldProgress& progress) {
    const MutexLock lock(mutex_);
    status_.folded = progress.folded;
    status_.head = progress.head;
}

void Progress::builds(std::vector<BuildStatus> builds) {
    const MutexLock lock(mutex_);
    status_.builds = std::move(builds);
}

void Progress::suspected(const SuspiciousByTable& duplicates) {
    if (duplicates.empty()) return;
    const MutexLock lock(mutex_);
    add(status_.suspicious, duplicates);
}

void Progress::refused(const RefusedByTable& streams) {
    if (streams.empty()) return;
    const MutexLock lock(mutex_);
    add(status_.refused, streams);
}

void Progress::adopted(const std::vector<std::string>& families) {
    const MutexLock lock(mutex_);
    for (const std::string& family : families) {
        std::erase_if(status_.refused, [&](const auto& refused) {
            return stream_name(refused.second.stream).family == family;
        });
    }
}

void Progress::missed(std::uint64_t gaps) {
    const MutexLock lock(mutex_);
    status_.gaps += gaps;
}

void Progress::stalled() {
    const MutexLock lock(mutex_);
    ++status_.stalls;
}

void Progress::serve(std::shared_ptr<const ReadPoint> read_point) {
    invariant(read_point != nullptr, "while it serves there is a read point");
    const MutexLock lock(mutex_);
    board_.put_up(std::move(read_point));
    enter(SequencerMode::serving);
    status_.fault.clear();
}

void Progress::serve_reads(std::shared_ptr<const ReadPoint> read_point, const Error& fault) {
    invariant(read_point != nullptr, "what is served can be read");
    const MutexLock lock(mutex_);
    board_.put_up(std::move(read_point));
    status_.folded = status_.head = board_.shown();
    enter(SequencerMode::read_only);
    status_.fault = fault.message;
}

void Progress::suspend(const Error& fault) {
    const MutexLock lock(mutex_);
    const bool is_full = fault.code == Errc::disk_full;
    enter(is_full ? SequencerMode::read_only : SequencerMode::recovering);
    status_.fault = fault.message;
}

void Progress::stop() {
    const MutexLock lock(mutex_);
    enter(SequencerMode::stopped);
}

// Keeps what the board knew to the end of serving.
void Progress::enter(SequencerMode mode) {
    if (status_.mode == SequencerMode::serving) status_.folded = status_.head = board_.shown();
    status_.mode = mode;
}

}  // namespace freshet::engine
