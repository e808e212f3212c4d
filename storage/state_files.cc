#include "storage/state_files.h"

#include <rocksdb/db.h>
#include <rocksdb/sst_file_writer.h>

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

// So much is written at once.
constexpr std::uint64_t piece_bytes = std::uint64_t{1} << 20U;

// The disk writes what is there while more is made, so that little is left to wait for at the end.
rocksdb::EnvOptions environment() {
    rocksdb::EnvOptions environment;
    environment.bytes_per_sync = piece_bytes;
    return environment;
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
    if (!file_) {
        // It stays in the cache of the disk: it is read soon.
        constexpr bool is_forgotten = false;
        file_ = std::make_unique<rocksdb::SstFileWriter>(environment(), *options_, nullptr,
                                                         is_forgotten);
        paths_.push_back(folder_.new_file(".sst"));
        if (auto opened = result_of(file_->Open(paths_.back())); !opened) return opened;
    }
    if (auto put = result_of(file_->Put(entry_, value)); !put) return put;
    bytes_ += entry_.size() + value.size();
    if (bytes_ - checked_bytes_ >= piece_bytes) {
        if (auto checked = folder_.check_room(); !checked) return checked;
        checked_bytes_ = bytes_;
    }
    return bytes_ < file_bytes ? Result<void>() : end_file();
}

Result<void> StateFiles::end_file() {
    auto ended = result_of(file_->Finish());
    file_.reset();
    bytes_ = checked_bytes_ = 0;
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
