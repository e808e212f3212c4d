#include "engine/sequencing/batch_queue.h"

#include <iterator>
#include <utility>

#include "storage/invariant.h"

namespace freshet::engine {

BatchQueue::~BatchQueue() {
    const MutexLock lock(mutex_);
    invariant(batches_.empty(), "a batch leaves the queue to be answered");
}

BatchQueue::Answer BatchQueue::put(WaitingBatch& waiting) {
    invariant(waiting.done != nullptr, "a batch that waits has somebody to answer");
    {
        const MutexLock lock(mutex_);
        if (gate_ == Gate::ended) return Answer::ended;
        if (gate_ == Gate::closed) return Answer::closed;
        const std::size_t bytes = waiting.batch.bytes;
        const bool fits = bytes <= bytes_max_ && bytes_ <= bytes_max_ - bytes;
        if (!batches_.empty() && !fits) return Answer::full;
        bytes_ += bytes;
        batches_.push_back(std::move(waiting));
    }
    changed_.notify_one();
    return Answer::taken;
}

std::vector<WaitingBatch> BatchQueue::take_group() {
    const MutexLock lock(mutex_);
    std::vector<WaitingBatch> group;
    std::size_t records = 0;
    std::size_t bytes = 0;
    while (!batches_.empty()) {
        const ChangeBatch& next = batches_.front().batch;
        const bool fits = records + next.records.size() <= group_records_max &&
                          bytes + next.bytes <= group_bytes_max;
        if (!group.empty() && !fits) break;
        records += next.records.size();
        bytes += next.bytes;
        group.push_back(std::move(batches_.front()));
        batches_.pop_front();
    }
    bytes_ -= bytes;
    return group;
}

void BatchQueue::open() {
    const MutexLock lock(mutex_);
    if (gate_ == Gate::closed) gate_ = Gate::open;
}

std::vector<WaitingBatch> BatchQueue::close() {
    const MutexLock lock(mutex_);
    if (gate_ == Gate::open) gate_ = Gate::closed;
    std::vector<WaitingBatch> waited(std::make_move_iterator(batches_.begin()),
                                     std::make_move_iterator(batches_.end()));
    batches_.clear();
    bytes_ = 0;
    return waited;
}

void BatchQueue::end() {
    {
        const MutexLock lock(mutex_);
        gate_ = Gate::ended;
    }
    changed_.notify_one();
}

bool BatchQueue::has_ended() const {
    const MutexLock lock(mutex_);
    return gate_ == Gate::ended;
}

void BatchQueue::wait(std::chrono::milliseconds longest) const {
    const auto end = std::chrono::steady_clock::now() + longest;
    MutexLock lock(mutex_);
    while (gate_ != Gate::ended && batches_.empty()) {
        if (!lock.wait_until(changed_, end)) return;
    }
}

void BatchQueue::wait_for_end(std::chrono::milliseconds longest) const {
    const auto end = std::chrono::steady_clock::now() + longest;
    MutexLock lock(mutex_);
    while (gate_ != Gate::ended) {
        if (!lock.wait_until(changed_, end)) return;
    }
}

BatchQueue::Load BatchQueue::load() const {
    const MutexLock lock(mutex_);
    return {.batches = batches_.size(), .bytes = bytes_, .bytes_max = bytes_max_};
}

}  // namespace freshet::engine
