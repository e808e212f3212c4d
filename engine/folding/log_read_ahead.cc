#include "engine/folding/log_read_ahead.h"

#include <string>
#include <system_error>
#include <utility>

namespace freshet::engine {

Result<std::unique_ptr<LogReadAhead>> LogReadAhead::begin(const storage::ChangeLog& log,
                                                          storage::Position head) {
    auto scan = log.scan({}, head);
    if (!scan) return fail(scan.error());
    std::unique_ptr<LogReadAhead> ahead(new LogReadAhead(*std::move(scan)));
    try {
        ahead->thread_ = std::thread(&LogReadAhead::read, ahead.get());
    } catch (const std::system_error& error) {
        return fail(Errc::io, std::string("a thread cannot be made: ") + error.what());
    }
    return ahead;
}

LogReadAhead::~LogReadAhead() {
    {
        const std::lock_guard lock(mutex_);
        is_ended_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void LogReadAhead::read() {
    bool has_more = true;
    while (has_more) {
        auto slice = scan_->next(slice_read);
        has_more = slice && !slice->empty();
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return is_ended_ || slices_.size() < read_ahead_slices; });
        if (is_ended_) return;
        slices_.push_back(std::move(slice));
        changed_.notify_all();
    }
}

Result<std::vector<storage::Record>> LogReadAhead::next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !slices_.empty(); });
    const bool is_last = !slices_.front() || slices_.front()->empty();
    if (is_last) return slices_.front();  // it stays, so that there is an answer to every call
    auto slice = std::move(slices_.front());
    slices_.pop_front();
    changed_.notify_all();
    return slice;
}

}  // namespace freshet::engine
