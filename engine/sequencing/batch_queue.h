// The batches that wait for the sequencer: a queue bounded by the memory that they take.
//
//                             ┌ of one client: first, second, …┐
//     put (any thread)  ->    │ of another: first, …           │  ->  take_group (the sequencer)
//                             └ …                              ┘
//
// Clients take turns, one batch each, so nobody waits for more than one batch of each of the
// others, however many these have sent. The batches of one client stay in their order.
//
// The queue is open, closed for a while, or ended for good. A batch that is put into it leaves it
// by take_group() or close(), so that it is answered once.
//
// Invariants
//   - A batch that waits has somebody to answer, and no batch is left when the queue is destroyed.
//   - The batches take at most the bytes of the bound together; a single one may be larger.
//   - Those of one client take at most half of it, or are one batch; so others find room. This does
//     not hold for batches of nobody who is told apart.
//
// Threads: put, has_ended, load: any. The rest: the one that takes groups, or its owner.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/clock.h"
#include "engine/records/change_batch.h"
#include "storage/result.h"
#include "storage/thread_safety.h"

namespace freshet::engine {

inline constexpr std::size_t group_records_max = 16'384;
inline constexpr std::size_t group_bytes_max = 4U << 20U;  // of bodies; the first batch always fits
// What a command adds to that besides its own body: its record has the whole item, as it is and as
// it was.
inline constexpr std::size_t command_bytes = 64U << 10U;

using AppendDone = std::function<void(Result<Receipt>)>;

// A batch and how its writer is answered.
struct WaitingBatch {
    ChangeBatch batch;
    AppendDone done;
    Clock::TimePoint submitted;
};

class BatchQueue {
public:
    // Closed at first.
    explicit BatchQueue(std::size_t bytes_max) : bytes_max_(bytes_max) {}
    ~BatchQueue();
    BatchQueue(const BatchQueue&) = delete;
    BatchQueue& operator=(const BatchQueue&) = delete;

    enum class Answer {
        taken,
        full,
        full_of_client,  // its client has its share; others find room
        closed,
        ended
    };

    // Moves the batch behind those of its client; leaves it as it is unless the answer is `taken`.
    Answer put(WaitingBatch& waiting);

    // Takes batches off the queue, as many as one group may hold; none if none waits. Each client
    // has its turn, and the next group begins with the one whose turn is next.
    std::vector<WaitingBatch> take_group();

    // Takes batches again, unless it has ended.
    void open();
    // Takes no more until open(). Returns the batches that waited, those of a client in order.
    std::vector<WaitingBatch> close();
    // Takes no more. What waits can still be taken off.
    void end();
    [[nodiscard]] bool has_ended() const;

    // Waits until there is a batch or the queue has ended, but not longer than that.
    void wait(std::chrono::milliseconds longest) const;
    // Waits until the queue has ended, but not longer than that.
    void wait_for_end(std::chrono::milliseconds longest) const;

    struct Load {
        std::size_t batches = 0;
        std::size_t bytes = 0;  // of memory, about
        std::size_t bytes_max = 0;
    };
    [[nodiscard]] Load load() const;

private:
    enum class Gate { open, closed, ended };

    // What waits of one client.
    struct Line {
        std::deque<WaitingBatch> batches;
        std::size_t bytes = 0;
    };

    // Whether there is room for a batch of that client. Answers `taken` if there is.
    [[nodiscard]] Answer room_for(const std::string& client, std::size_t bytes) const
        FRESHET_REQUIRES(mutex_);
    // Takes the first batch of the client whose turn it is, which comes behind the others then.
    WaitingBatch take_next() FRESHET_REQUIRES(mutex_);

    const std::size_t bytes_max_;
    mutable Mutex mutex_;
    mutable std::condition_variable changed_;
    Gate gate_ FRESHET_GUARDED_BY(mutex_) = Gate::closed;
    std::unordered_map<std::string, Line> lines_ FRESHET_GUARDED_BY(mutex_);  // none is empty
    std::deque<std::string> turns_ FRESHET_GUARDED_BY(mutex_);  // their clients; the next is first
    std::size_t batches_ FRESHET_GUARDED_BY(mutex_) = 0;
    std::size_t bytes_ FRESHET_GUARDED_BY(mutex_) = 0;
};

}  // namespace freshet::engine
