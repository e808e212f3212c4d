// Reads a log from its beginning to its head in a thread of its own, while what was read before is
// worked on.
//
// Memory: read_ahead_slices slices at most, of slice_read each.
//
// Threads: of one thread, beside the one that it has.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "storage/change_log.h"
#include "storage/position.h"
#include "storage/record.h"
#include "storage/result.h"

namespace freshet::engine {

inline constexpr storage::ReadLimit slice_read{.records = 4'096, .bytes = 4U << 20U};
inline constexpr std::size_t read_ahead_slices = 4;

class LogReadAhead {
public:
    // Begins to read. Fails as ChangeLog::scan() does; with io  if there can be no thread.
    static Result<std::unique_ptr<LogReadAhead>> begin(const storage::ChangeLog& log,
                                                       storage::Position head);

    ~LogReadAhead();
    LogReadAhead(const LogReadAhead&) = delete;
    LogReadAhead& operator=(const LogReadAhead&) = delete;

    // The next records, oldest first; none behind the last. Fails as LogScan::next() does.
    Result<std::vector<storage::Record>> next();

private:
    explicit LogReadAhead(std::unique_ptr<storage::LogScan> scan) : scan_(std::move(scan)) {}

    void read();

    const std::unique_ptr<storage::LogScan> scan_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::deque<Result<std::vector<storage::Record>>> slices_;
    bool is_ended_ = false;  // by the one who reads what was read
    std::thread thread_;
};

}  // namespace freshet::engine
