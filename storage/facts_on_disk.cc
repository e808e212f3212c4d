#include "storage/facts_on_disk.h"

#include <rocksdb/db.h>

#include <filesystem>
#include <memory>

#include "storage/internal/rocks.h"
#include "storage/internal/state_error.h"
#include "storage/internal/state_keys.h"

namespace freshet::storage {

Result<std::map<std::string, std::string>> facts_on_disk(const std::string& path,
                                                         std::string_view prefix) {
    std::map<std::string, std::string> facts;
    std::error_code ignored;
    if (!std::filesystem::exists(path + "/state/CURRENT", ignored)) return facts;
    const auto state = internal::Rocks::open_for_reading(path + "/state", internal::Purpose::state,
                                                         StorageOptions());
    if (!state) return fail(internal::of_state(state.error()));

    const std::string begin = internal::fact_entry(prefix);
    const std::unique_ptr<rocksdb::Iterator> at((*state)->db().NewIterator(rocksdb::ReadOptions()));
    for (at->Seek(begin); at->Valid() && at->key().starts_with(begin); at->Next()) {
        facts.emplace(at->key().ToString().substr(internal::fact_entry("").size()),
                      at->value().ToString());
    }
    if (!at->status().ok()) return fail(internal::state_error(at->status(), "reading a fact"));
    return facts;
}

}  // namespace freshet::storage
