// Keys and partitions that are really there, for the lines that GET / shows.
//
// What is looked at is bounded: the first row of a list or total, and of the log at most the newest
// example_records_max records.
//
// Threads: one at a time; what it finds is as of the one read point it is given.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/engine.h"
#include "engine/views/read_point.h"
#include "storage/record.h"

namespace freshet::http {

inline constexpr std::size_t example_records_max = 100;

class IndexExamples {
public:
    // Finds nothing without a read point, as long as the log is being folded.
    IndexExamples(const engine::Engine& engine, std::shared_ptr<const engine::ReadPoint> read_point)
        : engine_(engine), read_point_(std::move(read_point)) {}

    // One text for each part of the key, as a path takes it, of an item that is there: from a list
    // of the table, or else from the newest records. None if no item is found.
    std::vector<std::string> key(const engine::Table& table);

    // One text for each `by` of the list, of a partition that has a row; none if there is no row.
    [[nodiscard]] std::vector<std::string> partition(const engine::ListView& list) const;

    // Likewise of a group of the total that has items.
    [[nodiscard]] std::vector<std::string> group(const engine::TotalView& total) const;

private:
    [[nodiscard]] std::optional<storage::Image> first_item(const engine::ListView& list) const;
    [[nodiscard]] bool is_there(const engine::Table& table,
                                const std::vector<std::string>& key) const;
    const std::vector<storage::Record>& newest_records();

    const engine::Engine& engine_;
    std::shared_ptr<const engine::ReadPoint> read_point_;
    std::optional<std::vector<storage::Record>> newest_;  // once they are asked for
};

}  // namespace freshet::http
