// What the sequencer is doing and how far it is, for those who ask: its mode, the fold, the builds,
// and what went wrong.
//
// Invariants
//   - While it serves there is a read point to show: both begin as one.
//
// Threads: status, mode, unavailable: any. The rest: the sequencer's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/folding/log_fold.h"
#include "engine/observing/status.h"
#include "engine/sequencing/batch_queue.h"
#include "engine/sequencing/read_point_board.h"
#include "engine/views/read_point.h"
#include "storage/result.h"
#include "storage/thread_safety.h"

namespace freshet::engine {

class Progress {
public:
    // Borrows both, and asks them what it tells of them.
    Progress(const BatchQueue& queue, ReadPointBoard& board) : queue_(queue), board_(board) {}

    [[nodiscard]] SequencerStatus status() const;
    [[nodiscard]] SequencerMode mode() const;
    // Why neither reads nor writes are answered: the fold, or the fault that is being mended.
    [[nodiscard]] Error unavailable() const;
    // Why writes are not taken: the same, or that there is no room.
    [[nodiscard]] Error refusal() const;

    void folded(const FoldProgress& progress);
    void builds(std::vector<BuildStatus> builds);
    void missed(std::uint64_t gaps);
    void suspected(const SuspiciousByTable& duplicates);
    void refused(const RefusedByTable& streams);
    void adopted(const std::vector<std::string>& families);
    void stalled();

    // Puts up the read point and serves, as one to those who ask. ReadPointBoard::wake() is to
    // follow.
    void serve(std::shared_ptr<const ReadPoint> read_point);
    // The same for reads alone: writers hear of the fault, which is a full disk.
    void serve_reads(std::shared_ptr<const ReadPoint> read_point, const Error& fault);
    // Read-only while the disk is full, and recovering from any other fault.
    void suspend(const Error& fault);
    void stop();

private:
    void enter(SequencerMode mode) FRESHET_REQUIRES(mutex_);

    const BatchQueue& queue_;
    ReadPointBoard& board_;
    mutable Mutex mutex_;                                // before those of the queue and the board
    SequencerStatus status_ FRESHET_GUARDED_BY(mutex_);  // but for what queue and board know
};

}  // namespace freshet::engine
