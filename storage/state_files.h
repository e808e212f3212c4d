// Items and rows of a state, written as files in the order of their entries, for a state that takes
// them in as a whole (StateStore::take_in). It spares what a commit costs that is sorted already:
// a memtable, a flush, compactions.
//
// Invariants
//   - Entries increase: items before rows, and within both as storage/README.md orders them.
//   - Until they are taken in, the state knows nothing of the files.
//
// Threads: one at a time; several may write for one state, each another range of entries.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/item.h"
#include "storage/result.h"

namespace rocksdb {
struct Options;
class SstFileWriter;
class Status;
}  // namespace rocksdb

namespace freshet::storage {

class ScratchFolder;
class StateStore;

class StateFiles {
public:
    // Borrows the folder, in which the files lie. Fails with unavailable  while the state is being
    // reopened.
    static Result<std::unique_ptr<StateFiles>> begin(const StateStore& state,
                                                     ScratchFolder& folder);

    ~StateFiles();
    StateFiles(const StateFiles&) = delete;
    StateFiles& operator=(const StateFiles&) = delete;

    // Fail with disk_full, also as ScratchFolder::check_room() does, or io.
    Result<void> put_item(std::string_view table, std::string_view key, const Item& item);
    Result<void> put_row(std::string_view projection, std::string_view place,
                         std::string_view value);

    // Ends the last file and returns the paths of all. Fails as the others do.
    Result<std::vector<std::string>> finish();

private:
    StateFiles(std::unique_ptr<rocksdb::Options> options, ScratchFolder& folder);

    Result<void> put(char tag, std::string_view name, std::string_view rest,
                     std::string_view value);
    [[nodiscard]] Result<void> check_room(std::uint64_t bytes) const;
    Result<void> end_file();
    [[nodiscard]] Result<void> result_of(const rocksdb::Status& status) const;

    const std::unique_ptr<rocksdb::Options> options_;
    ScratchFolder& folder_;
    std::unique_ptr<rocksdb::SstFileWriter> file_;  // null between two files
    std::uint64_t bytes_ = 0;                       // that were put into it
    std::uint64_t unchecked_ = 0;  // of these: since it was asked for room, and the one it was for
    std::string entry_;
    std::vector<std::string> paths_;
};

}  // namespace freshet::storage
