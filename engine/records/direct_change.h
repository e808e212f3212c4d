// A direct write as a change that looks like any other: with a stream of its own, a number, a time
// and both images.
//
//     arn:freshet:::table/orders/stream/2026-11-30T09:15:02.481
//     └─────── family ─────────┘        └── when the log's epoch began ──┘
//
// The number of a record is its position, and its time that of the append. So records of one table
// increase in both, within an epoch and from one epoch to the next, and what is exported here is
// taken elsewhere as the stream of a source.
//
// Threads: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/commands/command.h"
#include "engine/commands/command_ruling.h"
#include "storage/item.h"
#include "storage/record.h"
#include "storage/time.h"

namespace freshet::engine {

// Where a record of a direct write comes to stand.
struct DirectPlace {
    std::uint64_t epoch = 0;
    std::string_view stream;  // direct_stream() of its table
    storage::Position position;
    storage::AppendTime appended;
};

// The name of the stream of a table that is written directly, in an epoch.
std::string direct_stream(const Table& table, storage::AppendTime epoch_begun);

// The change that the ruling, which is not of `unchanged`, makes of the item that was `known`.
storage::Change direct_change(const Command& command, CommandRuling&& ruling,
                              const std::optional<storage::ItemParts>& known,
                              const DirectPlace& place);

}  // namespace freshet::engine
