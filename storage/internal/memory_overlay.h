// A file system that keeps in memory what is written, over a disk that is only read.
//
//     write, delete, rename  ->  memory          read  ->  memory, else the disk
//
// For a state that has to be brought up to its log while the disk has no room: it reads like any
// other, and nothing of it stays. The disk is neither changed nor locked.
//
// Invariants
//   - Nothing on the disk is changed.
//   - What was deleted is gone, although the disk still has it.
//
// Threads: any.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <memory>

namespace freshet::storage::internal {

// Takes at most that many bytes, counting each that is written; beyond that, there is no space.
std::shared_ptr<rocksdb::FileSystem> memory_overlay(std::shared_ptr<rocksdb::FileSystem> disk,
                                                    std::uint64_t bytes_max);

}  // namespace freshet::storage::internal
