#include "engine/sequencing/batch_queue.h"

#include <utility>

#include "storage/invariant.h"

namespace freshet::engine {

BatchQueue::~BatchQueue() {
    const MutexLock lock(mutex_);
    invariant(lines_.empty(), "a batch leaves the queue to be answered");
}

BatchQueue::Answer BatchQueue::put(WaitingBatch& waiting) {
    invariant(waiting.done != nullptr, "a batch that waits has somebody to answer");
    {
        const MutexLock lock(mutex_);
        if (gate_ == Gate::ended) return Answer::ended;
        if (gate_ == Gate::closed) return Answer::closed;
        const std::string client = waiting.batch.client;
        const std::size_t bytes = memory_of(waiting.batch);
        if (const Answer room = room_for(client, bytes); room != Answer::taken) return room;
        Line& line = lines_[client];
        if (line.batches.empty()) turns_.push_back(client);
        line.batches.push_back(std::move(waiting));
        line.bytes += bytes;
        bytes_ += bytes;
        ++batches_;
    }
    changed_.notify_one();
    return Answer::taken;
}

BatchQueue::Answer BatchQueue::room_for(const std::string& client, std::size_t bytes) const {
    const auto fits = [&](std::size_t have, std::size_t most) {
        return bytes <= most && have <= most - bytes;
    };
    if (batches_ > 0 && !fits(bytes_, bytes_max_)) return Answer::full;
    const auto line = client.empty() ? lines_.end() : lines_.find(client);
    const bool has_share = line != lines_.end() && !fits(line->second.bytes, bytes_max_ / 2);
    return has_share ? Answer::full_of_client : Answer::taken;
}

std::vector<WaitingBatch> BatchQueue::take_group() {
    const MutexLock lock(mutex_);
    std::vector<WaitingBatch> group;
    std::size_t records = 0;
    std::size_t bytes = 0;
    while (batches_ > 0) {
        const ChangeBatch& next = lines_.at(turns_.front()).batches.front().batch;
        const std::size_t count = count_of(next);
        const std::size_t more = next.bytes + next.commands.size() * command_bytes;
        const bool fits = records + count <= group_records_max && bytes + more <= group_bytes_max;
        if (!group.empty() && !fits) break;
        records += count;
        bytes += more;
        group.push_back(take_next());
    }
    return group;
}

WaitingBatch BatchQueue::take_next() {
    std::string client = std::move(turns_.front());
    turns_.pop_front();
    Line& line = lines_.at(client);
    WaitingBatch taken = std::move(line.batches.front());
    line.batches.pop_front();
    const std::size_t bytes = memory_of(taken.batch);
    line.bytes -= bytes;
    bytes_ -= bytes;
    --batches_;
    if (line.batches.empty()) {
        lines_.erase(client);
    } else {
        turns_.push_back(std::move(client));
    }
    return taken;
}

void BatchQueue::open() {
    const MutexLock lock(mutex_);
    if (gate_ == Gate::closed) gate_ = Gate::open;
}

std::vector<WaitingBatch> BatchQueue::close() {
    const MutexLock lock(mutex_);
    if (gate_ == Gate::open) gate_ = Gate::closed;
    std::vector<WaitingBatch> waited;
    while (batches_ > 0) waited.push_back(take_next());
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
    while (gate_ != Gate::ended && batches_ == 0) {
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
    return {.batches = batches_, .bytes = bytes_, .bytes_max = bytes_max_};
}

}  // namespace freshet::engine
