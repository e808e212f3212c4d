// Sorts more than fits into memory: entries, each a key and a value, in any order in, in the order
// of keys out, each key once.
//
//     RunWriter::add, add, …  ->  a full window, sorted  ->  a run: a file      (many writers)
//     SortedRuns::seal        ->  bounds()  ->  RunMerge::next, next, …         (many ranges)
//
// Values that come under one key are joined, the earlier one first, within a window, and between
// the runs of one writer in their order. Joining has to be associative, so that it does not matter
// where windows end. Several writers say of which part of the whole each of theirs is
// (RunWriter::begin_part()), and these are joined in the order of the parts; where several have a
// key in one part, joining has to be commutative, too.
//
// Memory: a writer takes what it is given (storage/run_window.h), and more for one entry that is
// larger. A merge takes a block of each run, and of these there are runs_merged_max at most: where
// there are more, some are merged into one first. Besides, a run keeps the first key of each of its
// blocks.
//
// Disk: nothing is written that would leave less room than a server keeps for what it does by
// itself (ScratchFolder::check_room()).
//
// Invariants
//   - What a file gives back is what was written to it: each block carries a hash.
//   - Within a run keys increase.
//
// Threads: writers: each of one thread, and several at once; seal(): one, with no writer at work;
// merges after that: each of one thread, and several at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "storage/result.h"
#include "storage/run_window.h"

namespace rocksdb {
class FSRandomAccessFile;
}

namespace freshet::storage {

class ScratchFolder;

inline constexpr std::size_t runs_merged_max = 64;

class SortedRuns {
public:
    // Puts what came later under a key to what came earlier.
    using Join =
        std::function<void(std::string_view key, std::string& earlier, std::string_view later)>;

    // Borrows the folder, which must outlive it.
    SortedRuns(ScratchFolder& folder, Join join);
    ~SortedRuns();
    SortedRuns(const SortedRuns&) = delete;
    SortedRuns& operator=(const SortedRuns&) = delete;

    // Nothing is added any more: makes what was written ready to be merged. Where that takes a
    // merge, `check` is asked again and again, and ends it by a failure.
    // Fails with disk_full or io; and as `check` does.
    Result<void> seal(const std::function<Result<void>()>& check);

    // Keys that cut everything into about as many ranges of the same size, in their order. Only
    // once it is sealed.
    [[nodiscard]] std::vector<std::string> bounds(std::size_t ranges) const;

private:
    friend class RunWriter;
    friend class RunMerge;

    struct Block {
        std::string first_key;
        std::uint64_t offset = 0;
        std::uint32_t bytes = 0;
    };
    // A file of entries in the order of keys.
    struct Run {
        std::string path;
        std::size_t part = 0;
        std::vector<Block> blocks;
        std::unique_ptr<rocksdb::FSRandomAccessFile> file;  // once it is to be read
    };
    class RunFile;

    Result<void> open(Run& run) const;
    Result<Run> merge(std::vector<Run> runs, const std::function<Result<void>()>& check) const;
    // Makes a run of the window, which is empty afterwards, also where that fails.
    Result<void> write(RunWindow& window, std::size_t part);
    Result<Run> run_of(RunWindow& window) const;

    ScratchFolder& folder_;
    const Join join_;
    std::mutex mutex_;  // guards `runs_` while there are writers
    // Those of one writer in the order of what was added; once sealed, all by their parts.
    std::vector<Run> runs_;
};

class RunWriter {
public:
    // Takes at most about that much memory, from the first add() until flush().
    RunWriter(SortedRuns& runs, std::size_t memory) : runs_(runs), window_(memory) {}
    RunWriter(const RunWriter&) = delete;
    RunWriter& operator=(const RunWriter&) = delete;

    // What is added from here on is of that part, and stands behind what is of lower ones. Before
    // the first call it is of part 0. Fails as add() does.
    Result<void> begin_part(std::size_t part);

    // Fails with disk_full or io, also for what was added before: if some of that was not written,
    // flush() fails, too.
    Result<void> add(std::string_view key, std::string_view value);

    // Writes what is left, and lets go of the memory. Fails as add() does.
    Result<void> flush();

private:
    Result<void> write_window();

    SortedRuns& runs_;
    RunWindow window_;
    std::size_t part_ = 0;
    Result<void> is_written_;  // all that was, or why not
};

class RunMerge {
public:
    // From the key `begin` on and below `end`; without an end if that is empty. Of runs that are
    // sealed, and outlive it.
    RunMerge(const SortedRuns& runs, std::string begin, std::string end);
    ~RunMerge();
    RunMerge(const RunMerge&) = delete;
    RunMerge& operator=(const RunMerge&) = delete;

    // Moves to the next key, at first to the first. Returns false behind the last.
    // Fails with io, also where a file does not give back what was written.
    Result<bool> next();

    // Valid until next(). The value begins where any number may lie.
    [[nodiscard]] std::string_view key() const { return entry_.key; }
    [[nodiscard]] std::string_view value() const { return entry_.value; }

private:
    friend class SortedRuns;
    class Source;

    RunMerge(const SortedRuns::Join& join, const std::vector<SortedRuns::Run>& runs,
             std::string begin, std::string end);
    Result<void> start();
    Result<void> advance_first();
    void sink_first();
    [[nodiscard]] bool has_more_of(std::string_view key) const;
    Result<void> join_all();

    const SortedRuns::Join& join_;
    const std::vector<SortedRuns::Run>& runs_;
    const std::string begin_;
    const std::string end_;
    bool has_started_ = false;
    bool is_at_first_ = false;  // `entry_` is that of the first source, which has not moved on yet
    std::vector<std::unique_ptr<Source>> sources_;
    std::vector<Source*> heap_;  // by their entries; the least one first
    RunEntry entry_;
    std::string key_;  // of an entry that was joined
    std::string value_;
};

}  // namespace freshet::storage
