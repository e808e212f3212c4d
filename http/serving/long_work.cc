#include "http/serving/long_work.h"

#include <utility>

#include "storage/thread_turns.h"

namespace freshet::http {

void LongWork::start() {
    const std::lock_guard lock(mutex_);
    make_thread();
}

void LongWork::make_thread() {
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void LongWork::do_soon(const LimitKey& client, Work work) {
    const std::lock_guard lock(mutex_);
    if (stops_) return;
    make_thread();
    auto& pieces = of_clients_[client];
    pieces.push_back(std::move(work));
    if (pieces.size() == 1) {
        try {
            turns_.push_back(client);
        } catch (...) {
            of_clients_.erase(client);
            throw;
        }
    }
    changed_.notify_one();
}

void LongWork::run() {
    storage::take_few_turns();
    while (true) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stops_ || !turns_.empty(); });
        if (stops_) return;
        const Work work = take_next();
        lock.unlock();
        work();
    }
}

// Of the client whose turn it is, which then comes last.
LongWork::Work LongWork::take_next() {
    const LimitKey client = turns_.front();
    turns_.pop_front();
    const auto found = of_clients_.find(client);
    Work work = std::move(found->second.front());
    found->second.pop_front();
    if (found->second.empty()) {
        of_clients_.erase(found);
    } else {
        turns_.push_back(client);
    }
    return work;
}

void LongWork::stop() {
    {
        const std::lock_guard lock(mutex_);
        stops_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

std::size_t LongWork::waiting() const {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const auto& [client, pieces] : of_clients_) count += pieces.size();
    return count;
}

}  // namespace freshet::http
