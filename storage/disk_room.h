// How much room the disk of a folder has, and whether it can really be written to.
//
// What the file system says is free is asked often and costs nothing. It knows nothing of quotas,
// and on some file systems it is a guess, so before much depends on it, a probe is written: a file
// of that size, which is synced and deleted.
//
// Threads: any for free_bytes_of() and random_chunk(); the rest: one at a time in one folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "storage/result.h"

namespace freshet::storage {

struct StorageOptions;

// Below this much, no write is taken: RocksDB needs some room for what it does by itself.
inline constexpr std::uint64_t low_room_bytes = 8U << 20U;
// From this much on, writes are taken again. Above the other, so that it does not flicker.
inline constexpr std::uint64_t enough_room_bytes = 12U << 20U;

// The room that a process of this user has on the disk of `folder`, or of the folder above it where
// that one is not there yet. Nothing if it cannot be known.
std::optional<std::uint64_t> free_bytes_of(const std::string& folder);

// Writes and removes a file of that size in `folder`. Fails with disk_full or io.
Result<void> probe_room(const std::string& folder, std::uint64_t bytes,
                        const StorageOptions& options);

// A mebibyte that no file system can make smaller.
std::string random_chunk();

// Removes what a probe has left that was cut short.
void remove_probe(const std::string& folder);

}  // namespace freshet::storage
