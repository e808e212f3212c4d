// The checksum of RocksDB's write-ahead logs, by the processor's own instruction.
//
// Debian builds RocksDB for every processor of its kind, so without that instruction: the checksum
// of a record took longer than all else that writing it to the log took. This defines the function
// `rocksdb::crc32c::Extend`, which the library calls through its symbol table, and the one of the
// program is found first. Its result is the same, so files do not depend on which of them wrote
// them.
//
// Invariants
//   - It is CRC-32C, for all bytes and all beginnings, with the instruction and without it.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>

namespace freshet::storage::internal {

// The checksum of bytes whose beginning has the checksum `crc`, and which continue with these.
std::uint32_t extended_crc32c(std::uint32_t crc, const char* bytes, std::size_t size);
// The same where the processor has no instruction for it.
std::uint32_t extended_crc32c_by_table(std::uint32_t crc, const char* bytes, std::size_t size);

// How often the library has asked for one: a test sees by it that it does.
std::uint64_t library_calls_of_crc32c();

}  // namespace freshet::storage::internal

namespace rocksdb::crc32c {
// The name is the library's.
// NOLINTNEXTLINE(readability-identifier-naming)
std::uint32_t Extend(std::uint32_t crc, const char* bytes, std::size_t size);
}  // namespace rocksdb::crc32c
