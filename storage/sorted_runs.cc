#include "storage/sorted_runs.h"

#include <rocksdb/file_system.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "storage/internal/rocks.h"
#include "storage/invariant.h"
#include "storage/scratch_folder.h"

namespace freshet::storage {
namespace {

using rocksdb::IOOptions;
using rocksdb::IOStatus;

constexpr std::size_t block_bytes = std::size_t{64} << 10U;
constexpr std::size_t hash_bytes = sizeof(std::uint64_t);  // before the entries of a block
constexpr std::uint64_t checked_every = 4'096;             // entries of a merge

std::uint64_t hash_of(std::string_view entries) {
    return XXH3_64bits(entries.data(), entries.size());
}

}  // namespace

// ---- a run on its way to the disk ----

class SortedRuns::RunFile {
public:
    static Result<std::unique_ptr<RunFile>> make(ScratchFolder& folder) {
        std::unique_ptr<RunFile> made(new RunFile(folder, folder.new_file(".run")));
        const IOStatus status = folder.files().NewWritableFile(
            made->run_.path, rocksdb::FileOptions(), &made->file_, nullptr);
        if (!status.ok()) return fail(made->error(status));
        return made;
    }

    Result<void> put(std::string_view key, std::string_view value) {
        begin_entry(key);
        const std::size_t begin = block_.size();
        block_.resize(begin + RunEntry::size_of(key.size(), value.size()));
        RunEntry::write(block_.data() + begin, key, value);
        return end_entry();
    }

    Result<void> put(const RunEntry& entry) {
        begin_entry(entry.key);
        block_.append(entry.bytes);
        return end_entry();
    }

    Result<Run> finish() {
        if (block_.size() > hash_bytes) {
            if (auto ended = end_block(); !ended) return fail(ended.error());
        }
        const IOStatus status = file_->Close(IOOptions(), nullptr);
        if (!status.ok()) return fail(error(status));
        return std::move(run_);
    }

private:
    RunFile(const ScratchFolder& folder, std::string path) : folder_(folder) {
        run_.path = std::move(path);
        block_.reserve(2 * block_bytes);
        block_.assign(hash_bytes, '\0');
    }

    void begin_entry(std::string_view key) {
        if (block_.size() == hash_bytes) first_key_ = key;
    }

    Result<void> end_entry() { return block_.size() < block_bytes ? Result<void>() : end_block(); }

    Result<void> end_block() {
        if (auto checked = folder_.check_room(block_.size()); !checked) return checked;
        const std::uint64_t hash = hash_of(std::string_view(block_).substr(hash_bytes));
        std::memcpy(block_.data(), &hash, hash_bytes);
        const IOStatus status = file_->Append({block_.data(), block_.size()}, IOOptions(), nullptr);
        if (!status.ok()) return fail(error(status));
        run_.blocks.push_back({.first_key = first_key_,
                               .offset = offset_,
                               .bytes = static_cast<std::uint32_t>(block_.size())});
        offset_ += block_.size();
        block_.resize(hash_bytes);
        return {};
    }

    [[nodiscard]] Error error(const IOStatus& status) const {
        return internal::error_of(status, "sorting in " + run_.path);
    }

    const ScratchFolder& folder_;
    Run run_;
    std::unique_ptr<rocksdb::FSWritableFile> file_;
    std::uint64_t offset_ = 0;
    std::string first_key_;
    std::string block_;  // its hash first
};

// ---- a writer ----

Result<void> RunWriter::begin_part(std::size_t part) {
    auto written = write_window();
    part_ = part;
    return written;
}

Result<void> RunWriter::add(std::string_view key, std::string_view value) {
    if (window_.add(key, value)) return {};
    if (auto written = write_window(); !written) return written;
    invariant(window_.add(key, value), "an empty window takes any entry");
    return {};
}

Result<void> RunWriter::flush() {
    auto written = write_window();
    window_.release();
    return written;
}

// What was lost once is not written later.
Result<void> RunWriter::write_window() {
    if (is_written_ && window_.size() > 0) is_written_ = runs_.write(window_, part_);
    return is_written_;
}

// ---- what was written ----

SortedRuns::SortedRuns(ScratchFolder& folder, Join join)
    : folder_(folder), join_(std::move(join)) {}

SortedRuns::~SortedRuns() = default;

Result<void> SortedRuns::write(RunWindow& window, std::size_t part) {
    auto run = run_of(window);
    window.clear();
    if (!run) return fail(run.error());
    run->part = part;
    const std::lock_guard lock(mutex_);
    runs_.push_back(*std::move(run));
    return {};
}

Result<SortedRuns::Run> SortedRuns::run_of(RunWindow& window) const {
    window.sort();
    auto file = RunFile::make(folder_);
    if (!file) return fail(file.error());
    std::string joined;
    for (std::size_t i = 0; i < window.size();) {
        const RunEntry first = window.entry(i);
        std::size_t next = i + 1;
        for (; next < window.size(); ++next) {
            const RunEntry later = window.entry(next);
            if (later.key != first.key) break;
            if (next == i + 1) joined = first.value;
            join_(first.key, joined, later.value);
        }
        const auto put = next == i + 1 ? (*file)->put(first) : (*file)->put(first.key, joined);
        if (!put) return fail(put.error());
        i = next;
    }
    return (*file)->finish();
}

Result<void> SortedRuns::open(Run& run) const {
    if (run.file) return {};
    const IOStatus status =
        folder_.files().NewRandomAccessFile(run.path, rocksdb::FileOptions(), &run.file, nullptr);
    if (!status.ok()) return fail(internal::error_of(status, "reading " + run.path));
    return {};
}

// Neighbours become one, so that runs stay in the order of what was added.
Result<void> SortedRuns::seal(const std::function<Result<void>()>& check) {
    std::stable_sort(runs_.begin(), runs_.end(),
                     [](const Run& a, const Run& b) { return a.part < b.part; });
    while (runs_.size() > runs_merged_max) {
        std::vector<Run> fewer;
        for (std::size_t i = 0; i < runs_.size(); i += runs_merged_max) {
            const std::size_t end = std::min(i + runs_merged_max, runs_.size());
            std::vector<Run> some;
            for (std::size_t j = i; j < end; ++j) some.push_back(std::move(runs_[j]));
            auto merged = merge(std::move(some), check);
            if (!merged) return fail(merged.error());
            fewer.push_back(*std::move(merged));
        }
        runs_ = std::move(fewer);
    }
    for (Run& run : runs_) {
        if (auto opened = open(run); !opened) return opened;
    }
    return {};
}

Result<SortedRuns::Run> SortedRuns::merge(std::vector<Run> runs,
                                          const std::function<Result<void>()>& check) const {
    for (Run& run : runs) {
        if (auto opened = open(run); !opened) return fail(opened.error());
    }
    auto file = RunFile::make(folder_);
    if (!file) return fail(file.error());
    RunMerge merged(join_, runs, "", "");
    for (std::uint64_t count = 0;; ++count) {
        if (count % checked_every == 0) {
            if (auto checked = check(); !checked) return fail(checked.error());
        }
        const auto more = merged.next();
        if (!more) return fail(more.error());
        if (!*more) break;
        if (auto put = (*file)->put(merged.key(), merged.value()); !put) return fail(put.error());
    }
    auto run = (*file)->finish();
    for (Run& old : runs) {
        old.file.reset();
        folder_.files().DeleteFile(old.path, IOOptions(), nullptr).PermitUncheckedError();
    }
    return run;
}

std::vector<std::string> SortedRuns::bounds(std::size_t ranges) const {
    std::vector<std::string_view> keys;  // of blocks of about the same size
    for (const Run& run : runs_) {
        for (const Block& block : run.blocks) keys.push_back(block.first_key);
    }
    std::sort(keys.begin(), keys.end());
    std::vector<std::string> bounds;
    for (std::size_t i = 1; i < ranges; ++i) {
        const std::size_t at = keys.size() * i / ranges;
        if (at == 0 || at >= keys.size()) continue;
        if (!bounds.empty() && bounds.back() >= keys[at]) continue;
        bounds.emplace_back(keys[at]);
    }
    return bounds;
}

// ---- reading ----

// One run, from some key on.
class RunMerge::Source {
public:
    Source(const SortedRuns::Run& run, std::size_t order) : run_(run), order_(order) {}

    // Stands at the first entry that is not below `begin`.
    Result<void> seek(std::string_view begin) {
        const auto after =
            std::upper_bound(run_.blocks.begin(), run_.blocks.end(), begin,
                             [](std::string_view key, const SortedRuns::Block& block) {
                                 return key < block.first_key;
                             });
        next_block_ = static_cast<std::size_t>(after - run_.blocks.begin());
        if (next_block_ > 0) --next_block_;
        auto moved = next();
        while (moved && valid_ && entry_.key < begin) moved = next();
        return moved;
    }

    Result<void> next() {
        at_ += entry_.bytes.size();
        if (at_ >= size_) {
            if (auto read = read_block(); !read) return read;
        }
        if (valid_) entry_ = RunEntry::at(raw_.data() + at_);
        return {};
    }

    [[nodiscard]] bool valid() const { return valid_; }
    [[nodiscard]] const RunEntry& entry() const { return entry_; }
    [[nodiscard]] bool is_before(const Source& other) const {
        const int order = entry_.key.compare(other.entry_.key);
        return order != 0 ? order < 0 : order_ < other.order_;
    }

private:
    Result<void> read_block() {
        valid_ = next_block_ < run_.blocks.size();
        entry_ = {};
        at_ = size_ = 0;
        if (!valid_) return {};
        const SortedRuns::Block& block = run_.blocks[next_block_++];
        raw_.resize(block.bytes);
        rocksdb::Slice read;
        const IOStatus status =
            run_.file->Read(block.offset, block.bytes, IOOptions(), &read, raw_.data(), nullptr);
        if (!status.ok()) return fail(internal::error_of(status, "reading " + run_.path));
        // Some file systems have it in memory already.
        if (read.data() != raw_.data()) std::copy_n(read.data(), read.size(), raw_.data());
        std::uint64_t hash = 0;
        std::memcpy(&hash, raw_.data(), hash_bytes);
        const std::string_view entries = std::string_view(raw_).substr(hash_bytes);
        if (read.size() != block.bytes || hash != hash_of(entries)) {
            return fail(Errc::io, run_.path +
                                      " does not give back what was written to it: check "
                                      "the disk, and try again");
        }
        at_ = hash_bytes;
        size_ = raw_.size();
        return {};
    }

    const SortedRuns::Run& run_;
    const std::size_t order_;
    std::size_t next_block_ = 0;
    std::string raw_;  // a block: its hash, and its entries
    std::size_t at_ = 0;
    std::size_t size_ = 0;
    RunEntry entry_;
    bool valid_ = false;
};

RunMerge::RunMerge(const SortedRuns& runs, std::string begin, std::string end)
    : RunMerge(runs.join_, runs.runs_, std::move(begin), std::move(end)) {}

RunMerge::RunMerge(const SortedRuns::Join& join, const std::vector<SortedRuns::Run>& runs,
                   std::string begin, std::string end)
    : join_(join), runs_(runs), begin_(std::move(begin)), end_(std::move(end)) {}

RunMerge::~RunMerge() = default;

Result<void> RunMerge::start() {
    has_started_ = true;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
        invariant(runs_[i].file != nullptr, "runs are merged once they are sealed");
        Source& source = *sources_.emplace_back(std::make_unique<Source>(runs_[i], i));
        if (auto sought = source.seek(begin_); !sought) return sought;
        if (source.valid()) heap_.push_back(&source);
    }
    std::make_heap(heap_.begin(), heap_.end(),
                   [](const Source* a, const Source* b) { return b->is_before(*a); });
    return {};
}

// Moves the first source on, and to where its next entry belongs.
Result<void> RunMerge::advance_first() {
    Source& source = *heap_.front();
    if (auto moved = source.next(); !moved) return moved;
    if (!source.valid()) {
        heap_.front() = heap_.back();
        heap_.pop_back();
    }
    sink_first();
    return {};
}

void RunMerge::sink_first() {
    for (std::size_t at = 0;;) {
        std::size_t least = at;
        for (std::size_t child = 2 * at + 1; child < std::min(2 * at + 3, heap_.size()); ++child) {
            if (heap_[child]->is_before(*heap_[least])) least = child;
        }
        if (least == at) return;
        std::swap(heap_[at], heap_[least]);
        at = least;
    }
}

// Besides the first source. No other is before both of these two.
bool RunMerge::has_more_of(std::string_view key) const {
    return (heap_.size() > 1 && heap_[1]->entry().key == key) ||
           (heap_.size() > 2 && heap_[2]->entry().key == key);
}

// Of an entry that is alone nothing is copied, so its source waits until it was used.
Result<bool> RunMerge::next() {
    if (!has_started_) {
        if (auto started = start(); !started) return fail(started.error());
    }
    if (is_at_first_) {
        if (auto moved = advance_first(); !moved) return fail(moved.error());
    }
    is_at_first_ = !heap_.empty() && (end_.empty() || heap_.front()->entry().key < end_);
    if (!is_at_first_) return false;
    entry_ = heap_.front()->entry();
    if (has_more_of(entry_.key)) {
        if (auto joined = join_all(); !joined) return fail(joined.error());
    }
    return true;
}

Result<void> RunMerge::join_all() {
    is_at_first_ = false;
    key_ = entry_.key;
    value_ = entry_.value;
    if (auto moved = advance_first(); !moved) return moved;
    while (!heap_.empty() && heap_.front()->entry().key == key_) {
        join_(key_, value_, heap_.front()->entry().value);
        if (auto moved = advance_first(); !moved) return moved;
    }
    entry_ = {.bytes = {}, .key = key_, .value = value_};
    return {};
}

}  // namespace freshet::storage
