#include "storage/scratch_folder.h"

#include <rocksdb/file_system.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "storage/disk_room.h"
#include "storage/internal/rocks.h"

namespace freshet::storage {

Result<std::unique_ptr<ScratchFolder>> ScratchFolder::make(
    std::string path, std::shared_ptr<rocksdb::FileSystem> files) {
    if (!files) files = rocksdb::FileSystem::Default();
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) return fail(Errc::io, "removing " + path + ": " + error.message());
    const rocksdb::IOStatus made = files->CreateDirIfMissing(path, rocksdb::IOOptions(), nullptr);
    if (!made.ok()) return fail(internal::error_of(made, "making " + path));
    return std::unique_ptr<ScratchFolder>(new ScratchFolder(std::move(path), std::move(files)));
}

ScratchFolder::ScratchFolder(std::string path, std::shared_ptr<rocksdb::FileSystem> files)
    : path_(std::move(path)), files_(std::move(files)) {}

ScratchFolder::~ScratchFolder() {
    std::error_code left_over;  // what stays, the data folder removes when it is opened next
    std::filesystem::remove_all(path_, left_over);
}

std::string ScratchFolder::new_file(std::string_view extension) {
    return path_ + '/' + std::to_string(given_out_.fetch_add(1)) + std::string(extension);
}

Result<void> ScratchFolder::check_room(std::uint64_t bytes) const {
    const auto free = free_bytes_of(path_);
    if (!free || *free >= enough_room_bytes + bytes) return {};
    return fail(Errc::disk_full, "writing " + std::to_string(bytes) + " bytes to " + path_ +
                                     ": the disk has only " + std::to_string(*free >> 20U) +
                                     " MiB left");
}

}  // namespace freshet::storage
