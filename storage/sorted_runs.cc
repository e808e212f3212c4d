#include "storage/sorted_runs.h"

#include <rocksdb/file_system.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "storage/internal/rocks.h"
#include "storage/invariant.h"
#include "storage/scratch_folder.h"

namespace freshet::storage {
namespace {

using rocksdb::IOOptions;
using rocksdb::IOStatus;

constexpr std::size_t block_bytes = std::size_t{64} << 10U;
constexpr std::uint64_t checked_every = 4'096;  // entries of a merge
constexpr std::size_t word_bytes = sizeof(std::uint64_t);
constexpr std::size_t sorted_by_words_max = 512;

// Entries and values begin at multiples of that, since images are read in place.
constexpr std::size_t entry_alignment = 8;

constexpr std::size_t padded(std::size_t bytes) {
    return (bytes + entry_alignment - 1) / entry_alignment * entry_alignment;
}

// Before an entry: the sizes of its key and its value. Nothing of it leaves this process, so the
// machine's own order of bytes will do.
struct EntryHead {
    std::uint32_t key = 0;
    std::uint32_t value = 0;
};

struct Entry {
    std::string_view key;
    std::string_view value;
    std::size_t bytes;  // with its head and what it is padded with
};

std::size_t entry_bytes(std::size_t key, std::size_t value) {
    return sizeof(EntryHead) + padded(key) + padded(value);
}

Entry entry_at(const char* at) {
    EntryHead head;
    std::memcpy(&head, at, sizeof head);
    const char* key = at + sizeof head;
    return {.key = {key, head.key},
            .value = {key + padded(head.key), head.value},
            .bytes = entry_bytes(head.key, head.value)};
}

void append_entry(std::string& bytes, std::string_view key, std::string_view value) {
    const EntryHead head{.key = static_cast<std::uint32_t>(key.size()),
                         .value = static_cast<std::uint32_t>(value.size())};
    std::array<char, sizeof head> sizes{};
    std::memcpy(sizes.data(), &head, sizeof head);
    const std::size_t begin = bytes.size();
    bytes.append(sizes.data(), sizes.size()).append(key);
    bytes.resize(begin + sizeof head + padded(key.size()));
    bytes.append(value);
    bytes.resize(begin + entry_bytes(key.size(), value.size()));
}

// The bytes of `key` from `depth` on, as a number that orders as they do.
std::uint64_t word_of(std::string_view key, std::size_t depth) {
    std::array<char, word_bytes> bytes{};
    if (depth < key.size()) {
        std::memcpy(bytes.data(), key.data() + depth, std::min(word_bytes, key.size() - depth));
    }
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), word_bytes);
    return __builtin_bswap64(word);
}

std::uint32_t rest_of(std::string_view key, std::size_t depth) {
    return static_cast<std::uint32_t>(std::min(key.size() - depth, word_bytes + 1));
}

}  // namespace

// ---- a run on its way to the disk ----

class SortedRuns::RunFile {
public:
    static Result<std::unique_ptr<RunFile>> make(ScratchFolder& folder) {
        std::unique_ptr<RunFile> made(new RunFile(folder.new_file(".run")));
        const IOStatus status = folder.files().NewWritableFile(
            made->run_.path, rocksdb::FileOptions(), &made->file_, nullptr);
        if (!status.ok()) return fail(made->error(status));
        return made;
    }

    Result<void> put(std::string_view key, std::string_view value) {
        if (block_.empty()) first_key_ = key;
        append_entry(block_, key, value);
        return block_.size() < block_bytes ? Result<void>() : end_block();
    }

    Result<Run> finish() {
        if (!block_.empty()) {
            if (auto ended = end_block(); !ended) return fail(ended.error());
        }
        const IOStatus status = file_->Close(IOOptions(), nullptr);
        if (!status.ok()) return fail(error(status));
        return std::move(run_);
    }

private:
    explicit RunFile(std::string path) { run_.path = std::move(path); }

    Result<void> end_block() {
        const std::uint64_t hash = XXH3_64bits(block_.data(), block_.size());
        std::array<char, sizeof hash> head{};
        std::memcpy(head.data(), &hash, sizeof hash);
        IOStatus status = file_->Append({head.data(), head.size()}, IOOptions(), nullptr);
        if (status.ok()) {
            status = file_->Append({block_.data(), block_.size()}, IOOptions(), nullptr);
        }
        if (!status.ok()) return fail(error(status));
        run_.blocks.push_back({.first_key = first_key_,
                               .offset = offset_ + sizeof hash,
                               .bytes = static_cast<std::uint32_t>(block_.size())});
        offset_ += sizeof hash + block_.size();
        block_.clear();
        return {};
    }

    [[nodiscard]] Error error(const IOStatus& status) const {
        return internal::error_of(status, "sorting in " + run_.path);
    }

    Run run_;
    std::unique_ptr<rocksdb::FSWritableFile> file_;
    std::uint64_t offset_ = 0;
    std::string first_key_;
    std::string block_;
};

// ---- a window ----

std::string_view RunWriter::key_at(std::uint32_t offset) const {
    return entry_at(window_.data() + offset).key;
}

Result<void> RunWriter::add(std::string_view key, std::string_view value) {
    const std::size_t bytes = entry_bytes(key.size(), value.size());
    const std::size_t limit =
        std::min<std::size_t>(memory_, std::numeric_limits<std::uint32_t>::max());
    const bool is_full = window_.size() + bytes + (slots_.size() + 1) * sizeof(Slot) > limit;
    if (is_full && !slots_.empty()) {
        if (auto written = write_window(); !written) return written;
    }
    if (window_.capacity() == 0) window_.reserve(limit - limit / 16);
    slots_.push_back({.word = word_of(key, 0),
                      .rest = rest_of(key, 0),
                      .offset = static_cast<std::uint32_t>(window_.size())});
    append_entry(window_, key, value);
    return {};
}

Result<void> RunWriter::flush() {
    auto written = slots_.empty() ? Result<void>() : write_window();
    window_ = {};
    slots_ = {};
    return written;
}

// Sorts slots whose keys are the same before `depth`: by eight bytes at a time, so that most are
// sorted without a look at the window; but whole keys from a depth on that few have, since each
// step of it is a call within a call. What is equal to its end stays in the order it came in.
void RunWriter::sort(std::size_t begin, std::size_t end, std::size_t depth) {
    const auto slot = [this](std::size_t i) {
        return slots_.begin() + static_cast<std::ptrdiff_t>(i);
    };
    const auto is_less = [](const Slot& a, const Slot& b) {
        if (a.word != b.word) return a.word < b.word;
        return a.rest != b.rest ? a.rest < b.rest : a.offset < b.offset;
    };
    // Often they are: what keys begin with is the same, and new ones come in their order.
    if (!std::is_sorted(slot(begin), slot(end), is_less)) {
        std::sort(slot(begin), slot(end), is_less);
    }
    while (begin < end) {
        std::size_t same = begin + 1;
        while (same < end && slots_[same].word == slots_[begin].word &&
               slots_[same].rest == slots_[begin].rest) {
            ++same;
        }
        const bool are_undecided = same - begin > 1 && slots_[begin].rest > word_bytes;
        if (are_undecided && depth >= sorted_by_words_max) {
            std::sort(slot(begin), slot(same), [this](const Slot& a, const Slot& b) {
                const int compared = key_at(a.offset).compare(key_at(b.offset));
                return compared != 0 ? compared < 0 : a.offset < b.offset;
            });
        } else if (are_undecided) {
            for (std::size_t i = begin; i < same; ++i) {
                const std::string_view key = key_at(slots_[i].offset);
                slots_[i].word = word_of(key, depth + word_bytes);
                slots_[i].rest = rest_of(key, depth + word_bytes);
            }
            sort(begin, same, depth + word_bytes);
        }
        begin = same;
    }
}

Result<void> RunWriter::write_window() {
    sort(0, slots_.size(), 0);
    auto file = SortedRuns::RunFile::make(runs_.folder_);
    if (!file) return fail(file.error());
    std::string joined;
    for (std::size_t i = 0; i < slots_.size();) {
        const Entry first = entry_at(window_.data() + slots_[i].offset);
        std::string_view value = first.value;
        std::size_t next = i + 1;
        for (; next < slots_.size(); ++next) {
            const Entry later = entry_at(window_.data() + slots_[next].offset);
            if (later.key != first.key) break;
            if (next == i + 1) joined = first.value;
            runs_.join_(first.key, joined, later.value);
            value = joined;
        }
        if (auto put = (*file)->put(first.key, value); !put) return put;
        i = next;
    }
    auto run = (*file)->finish();
    if (!run) return fail(run.error());
    runs_.add(*std::move(run));
    window_.clear();
    slots_.clear();
    return {};
}

// ---- what was written ----

SortedRuns::SortedRuns(ScratchFolder& folder, Join join)
    : folder_(folder), join_(std::move(join)) {}

SortedRuns::~SortedRuns() = default;

void SortedRuns::add(Run run) {
    const std::lock_guard lock(mutex_);
    runs_.push_back(std::move(run));
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
        at_ += entry_.bytes;
        if (at_ >= size_) {
            if (auto read = read_block(); !read) return read;
        }
        if (valid_) entry_ = entry_at(block_.data() + at_);
        return {};
    }

    [[nodiscard]] bool valid() const { return valid_; }
    [[nodiscard]] std::string_view key() const { return entry_.key; }
    [[nodiscard]] std::string_view value() const { return entry_.value; }
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
        const std::size_t bytes = sizeof(std::uint64_t) + block.bytes;
        raw_.resize(bytes);
        rocksdb::Slice read;
        const IOStatus status = run_.file->Read(block.offset - sizeof(std::uint64_t), bytes,
                                                IOOptions(), &read, raw_.data(), nullptr);
        if (!status.ok()) return fail(internal::error_of(status, "reading " + run_.path));
        std::uint64_t hash = 0;
        if (read.size() == bytes) std::memcpy(&hash, read.data(), sizeof hash);
        block_ = read.ToStringView().substr(std::min(read.size(), sizeof hash));
        if (read.size() != bytes || hash != XXH3_64bits(block_.data(), block_.size())) {
            return fail(Errc::io, run_.path +
                                      " does not give back what was written to it: check "
                                      "the disk, and try again");
        }
        size_ = block_.size();
        return {};
    }

    const SortedRuns::Run& run_;
    const std::size_t order_;
    std::size_t next_block_ = 0;
    std::vector<char> raw_;
    std::string_view block_;
    std::size_t at_ = 0;
    std::size_t size_ = 0;
    Entry entry_ = {};
    bool valid_ = false;
};

namespace {

constexpr auto is_after = [](const auto* a, const auto* b) { return b->is_before(*a); };

}  // namespace

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
    std::make_heap(heap_.begin(), heap_.end(), is_after);
    return {};
}

Result<void> RunMerge::advance_first() {
    std::pop_heap(heap_.begin(), heap_.end(), is_after);
    Source& source = *heap_.back();
    if (auto moved = source.next(); !moved) return moved;
    if (source.valid()) {
        std::push_heap(heap_.begin(), heap_.end(), is_after);
    } else {
        heap_.pop_back();
    }
    return {};
}

Result<bool> RunMerge::next() {
    if (!has_started_) {
        if (auto started = start(); !started) return fail(started.error());
    }
    if (heap_.empty() || (!end_.empty() && heap_.front()->key() >= end_)) return false;
    key_ = heap_.front()->key();
    value_ = heap_.front()->value();
    if (auto moved = advance_first(); !moved) return fail(moved.error());
    while (!heap_.empty() && heap_.front()->key() == key_) {
        join_(key_, value_, heap_.front()->value());
        if (auto moved = advance_first(); !moved) return fail(moved.error());
    }
    return true;
}

}  // namespace freshet::storage
