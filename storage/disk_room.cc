#include "storage/disk_room.h"

#include <rocksdb/file_system.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <system_error>

#include "storage/internal/rocks.h"

namespace freshet::storage {
namespace {

std::string probe_path(const std::string& folder) {
    return folder + "/probe";
}

rocksdb::IOStatus write_probe(rocksdb::FileSystem& files, const std::string& path,
                              std::uint64_t bytes) {
    const rocksdb::IOOptions io;
    const std::string chunk = random_chunk();
    std::unique_ptr<rocksdb::FSWritableFile> file;
    rocksdb::IOStatus status = files.NewWritableFile(path, rocksdb::FileOptions(), &file, nullptr);
    for (std::uint64_t left = bytes; status.ok() && left > 0;) {
        const std::size_t size = std::min<std::uint64_t>(left, chunk.size());
        status = file->Append(rocksdb::Slice(chunk.data(), size), io, nullptr);
        left -= size;
    }
    // Some file systems find room only when they write, and say so only here.
    if (status.ok()) status = file->Fsync(io, nullptr);
    if (status.ok()) status = file->Close(io, nullptr);
    return status;
}

}  // namespace

std::string random_chunk() {
    constexpr std::size_t chunk_bytes = 1U << 20U;
    std::mt19937_64 random(1);
    std::string chunk;
    chunk.reserve(chunk_bytes);
    while (chunk.size() < chunk_bytes) {
        const std::uint64_t next = random();
        chunk.append(reinterpret_cast<const char*>(&next), sizeof next);
    }
    return chunk;
}

std::optional<std::uint64_t> free_bytes_of(const std::string& folder) {
    namespace fs = std::filesystem;
    // Each group of writes asks, and nearly always the folder is there.
    struct statvfs disk {};
    if (::statvfs(folder.c_str(), &disk) == 0) return std::uint64_t{disk.f_bavail} * disk.f_frsize;
    std::error_code error;
    fs::path there = fs::absolute(folder, error);
    while (!error && there.has_relative_path() && !fs::exists(there, error)) {
        there = there.parent_path();
    }
    if (::statvfs(there.c_str(), &disk) != 0) return std::nullopt;
    return std::uint64_t{disk.f_bavail} * disk.f_frsize;
}

Result<void> probe_room(const std::string& folder, std::uint64_t bytes,
                        const StorageOptions& options) {
    const auto files = internal::file_system(options);
    const std::string path = probe_path(folder);
    const rocksdb::IOStatus written = write_probe(*files, path, bytes);
    files->DeleteFile(path, rocksdb::IOOptions(), nullptr).PermitUncheckedError();
    if (!written.ok()) return fail(internal::error_of(written, "looking for room in " + folder));
    return {};
}

void remove_probe(const std::string& folder) {
    std::error_code error;
    std::filesystem::remove(probe_path(folder), error);
}

}  // namespace freshet::storage
