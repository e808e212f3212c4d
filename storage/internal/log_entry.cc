#include "storage/internal/log_entry.h"

#include <xxhash.h>

namespace freshet::storage::internal {
namespace {

// What stands before a record's bytes: the hash up to the record before it, and up to itself.
constexpr std::size_t header_bytes = 2 * fixed_bytes;

}  // namespace

std::string record_key(Position position) {
    std::string key(1, record_prefix);
    append_fixed(key, position.value);
    return key;
}

std::uint64_t chain_after(std::uint64_t chain, Position position, std::string_view bytes) {
    constexpr std::uint64_t golden = 0x9E37'79B9'7F4A'7C15;  // spreads the position over the seed
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), chain ^ (position.value * golden));
}

Result<LogEntry> read_entry(const rocksdb::Slice& key, const rocksdb::Slice& value) {
    const std::string_view key_bytes = key.ToStringView();
    const std::string_view value_bytes = value.ToStringView();
    if (key_bytes.size() != 1 + fixed_bytes || value_bytes.size() < header_bytes) {
        return fail(Errc::corrupt, "the log holds an entry that is no record");
    }
    const LogEntry entry{.position = Position{read_fixed(key_bytes, 1)},
                         .chain_before = read_fixed(value_bytes, 0),
                         .chain = read_fixed(value_bytes, fixed_bytes),
                         .bytes = value_bytes.substr(header_bytes)};
    if (chain_after(entry.chain_before, entry.position, entry.bytes) != entry.chain) {
        return fail(Errc::corrupt, "the record at position " +
                                       std::to_string(entry.position.value) +
                                       " is not what was written");
    }
    return entry;
}

Error missing_after(Position position) {
    return Error{Errc::corrupt,
                 "the log lacks the record after position " + std::to_string(position.value)};
}

}  // namespace freshet::storage::internal
