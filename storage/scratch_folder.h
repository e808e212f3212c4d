// A folder beside a state for what is written on the way to it: gone with the object. What a crash
// leaves of it the data folder removes when it is opened next.
//
// Invariants
//   - It is empty when it is made, and each name is given out once.
//
// Threads: any, but to make and to end it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "storage/result.h"

namespace rocksdb {
class FileSystem;
}

namespace freshet::storage {

// What the name of a state's scratch folder has behind that of the state.
inline constexpr std::string_view scratch_suffix = ".scratch";

class ScratchFolder {
public:
    // Makes the folder; what is there under that name is removed first. A null `files` is the
    // operating system's. Fails with disk_full or io.
    static Result<std::unique_ptr<ScratchFolder>> make(std::string path,
                                                       std::shared_ptr<rocksdb::FileSystem> files);

    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;

    // The path of a file that is not there yet.
    [[nodiscard]] std::string new_file(std::string_view extension);
    [[nodiscard]] rocksdb::FileSystem& files() const { return *files_; }

    // To be asked before so many bytes are written. Fails with disk_full  where the disk would be
    // left with too little for what is written to it by those who must. Of what other threads are
    // about to write it knows nothing: what is between the two bounds of storage/disk_room.h is for
    // them.
    [[nodiscard]] Result<void> check_room(std::uint64_t bytes) const;

private:
    ScratchFolder(std::string path, std::shared_ptr<rocksdb::FileSystem> files);

    const std::string path_;
    const std::shared_ptr<rocksdb::FileSystem> files_;
    std::atomic<std::uint64_t> given_out_ = 0;
};

}  // namespace freshet::storage
