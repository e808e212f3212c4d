#include "storage/state_files.h"

#include <rocksdb/db.h>
#include <rocksdb/sst_file_writer.h>

#include <algorithm>
#include <utility>

#include "storage/internal/rocks.h"
#include "storage/internal/state_error.h"
#include "storage/internal/state_keys.h"
#include "storage/scratch_folder.h"
#include "storage/state_store.h"

namespace freshet::storage {
namespace {

// Of what is put into one file: as large as those that compactions make, or a later compaction
// would have to write more at once.
constexpr std::uint64_t file_bytes = std::uint64_t{128} << 20U;

// So much is kept in memory until it is written, and asked about at once whether there is room.
constexpr std::uint64_t piece_bytes = std::uint64_t{1} << 20U;

// The disk writes what is there while more is made, so that little is left to wait for at the end.
rocksdb::EnvOptions environment() {
    rocksdb::EnvOptions environment;
    environment.bytes_per_sync = piece_bytes;
    environment.writable_file_max_buffer_size = piece_bytes;
    return environment;
}

// At least what a file of so many bytes ends with, unless keys are most of it: its index has a part
// of one for each of its blocks, and its filter a byte and a quarter for each entry.
std::uint64_t end_bytes(std::uint64_t bytes) {
    return bytes / 16;
}

}  // namespace

Result<std::unique_ptr<StateFiles>> StateFiles::begin(const StateStore& state,
                                                      ScratchFolder& folder) {
    const auto rocks = state.rocks();
    if (!rocks) return fail(rocks.error());
    return std::unique_ptr<StateFiles>(
        new StateFiles(std::make_unique<rocksdb::Options>((*rocks)->db().GetOptions()), folder));
}

StateFiles::StateFiles(std::unique_ptr<rocksdb::Options> options, ScratchFolder& folder)
    : options_(std::move(options)), folder_(folder) {}

StateFiles::~StateFiles() = default;

Result<void> StateFiles::put_item(std::string_view table, std::string_view key, const Item& item) {
    return put(internal::item_tag, table, key, item.bytes());
}

Result<void> StateFiles::put_row(std::string_view projection, std::string_view place,
                                 std::string_view value) {
    return put(internal::row_tag, projection, place, value);
}

Result<void> StateFiles::put(char tag, std::string_view name, std::string_view rest,
                             std::string_view value) {
    entry_.assign(1, tag).append(name).append(1, '\0').append(rest);
    const std::uint64_t size = entry_.size() + value.size();
    if (unchecked_ + size >= piece_bytes) {
        // A piece more, for what comes until the next time.
        if (auto checked = check_room(size + piece_bytes); !checked) return checked;
        unchecked_ = 0;
    }
    if (!file_) {
        // It stays in the cache of the disk: it is read soon.
        constexpr bool is_forgotten = false;
        file_ = std::make_unique<rocksdb::SstFileWriter>(environment(), *options_, nullptr,
                                                         is_forgotten);
        paths_.push_back(folder_.new_file(".sst"));
        if (auto opened = result_of(file_->Open(paths_.back())); !opened) return opened;
    }
    if (auto put = result_of(file_->Put(entry_, value)); !put) return put;
    bytes_ += size;
    unchecked_ += size;
    return bytes_ < file_bytes ? Result<void>() : end_file();
}

// Of what was put into the file before, a piece may be in memory, and what is unchecked.
Result<void> StateFiles::check_room(std::uint64_t bytes) const {
    return folder_.check_room(bytes + unchecked_ + std::min(bytes_, piece_bytes));
}

Result<void> StateFiles::end_file() {
    if (auto checked = check_room(end_bytes(bytes_)); !checked) return checked;
    auto ended = result_of(file_->Finish());
    file_.reset();
    bytes_ = unchecked_ = 0;
    return ended;
}

Result<std::vector<std::string>> StateFiles::finish() {
    if (file_) {
        if (auto ended = end_file(); !ended) return fail(ended.error());
    }
    return std::move(paths_);
}

Result<void> StateFiles::result_of(const rocksdb::Status& status) const {
    if (status.ok()) return {};
    return fail(internal::state_error(status, "writing " + paths_.back()));
}

}  // namespace freshet::storage
