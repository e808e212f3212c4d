// What happened to the records of one group, by table: summed up first and counted at once
// (engine/observing/metrics.h), since a record takes a microsecond and a counter is shared.
//
// Threads: belongs to one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "engine/observing/status.h"
#include "engine/text/enum_words.h"

namespace freshet::engine {

class RecordTally {
public:
    using Counts = std::array<std::uint64_t, enum_count<Fate>>;  // by Fate

    RecordTally() = default;
    RecordTally(RecordTally&&) = default;
    RecordTally& operator=(RecordTally&&) = delete;
    RecordTally(const RecordTally&) = delete;
    RecordTally& operator=(const RecordTally&) = delete;
    ~RecordTally() = default;

    // The table's name is empty for records that no table takes.
    void add(std::string_view table, Fate fate) {
        ++counts_of(table)[static_cast<std::size_t>(fate)];
    }

    using Tables = std::map<std::string, Counts, std::less<>>;
    [[nodiscard]] const Tables& tables() const { return tables_; }

private:
    // Records of one table mostly come together.
    Counts& counts_of(std::string_view table) {
        if (last_ != nullptr && last_->first == table) return last_->second;
        auto found = tables_.find(table);
        if (found == tables_.end()) found = tables_.try_emplace(std::string(table)).first;
        last_ = &*found;
        return found->second;
    }

    Tables tables_;
    Tables::value_type* last_ = nullptr;
};

}  // namespace freshet::engine
