// What the state's database has, at one moment: as one write left it.
//
// Versions count the writes of a store, and whatever else changes what is in its database.
//
// Invariants
//   - It never changes.
//   - It holds its database open.
//
// Threads: any.
#pragma once

#include <rocksdb/db.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "storage/internal/rocks.h"

namespace freshet::storage::internal {

class WrittenState {
public:
    WrittenState(std::shared_ptr<Rocks> rocks, std::uint64_t version)
        : rocks_(std::move(rocks)), version_(version), snapshot_(rocks_->db().GetSnapshot()) {}
    ~WrittenState() { rocks_->db().ReleaseSnapshot(snapshot_); }
    WrittenState(const WrittenState&) = delete;
    WrittenState& operator=(const WrittenState&) = delete;

    [[nodiscard]] const std::shared_ptr<Rocks>& rocks() const { return rocks_; }
    [[nodiscard]] rocksdb::DB& db() const { return rocks_->db(); }
    [[nodiscard]] std::uint64_t version() const { return version_; }

    [[nodiscard]] rocksdb::ReadOptions options() const {
        rocksdb::ReadOptions options;
        options.snapshot = snapshot_;
        return options;
    }

private:
    const std::shared_ptr<Rocks> rocks_;
    const std::uint64_t version_;
    const rocksdb::Snapshot* const snapshot_;
};

}  // namespace freshet::storage::internal
