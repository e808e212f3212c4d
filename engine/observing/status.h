// How the server is and what becomes of what it is sent, as /status, /readyz and the metrics tell
// it.
//
// Threads: values; any.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "storage/position.h"

namespace freshet::engine {

// What became of a batch. The names are labels of a metric (docs/metrics.md).
enum class BatchFate {
    admitted,
    refused,      // it holds a wrong record; with `partial`, what came before that was admitted
    busy,         // the queue is full, or the disk is too slow
    disk_full,    // turned away, or failed, for lack of room
    unavailable,  // turned away while the log is folded or mended, or the server stops
    failed        // met a fault of the disk: it may or may not be in the log
};

// What can happen to a record. One that is appended may also show a gap, be a late join, lack its
// image or be reconciled, and a duplicate may be suspicious. The names are labels of a metric
// (docs/metrics.md).
enum class Fate {
    appended,
    duplicate,
    overtaken,      // a duplicate, as a later record came by another stream
    ignored,        // no table takes it
    parked,         // it could not be understood, and is kept as it came
    refused,        // given back to the writer: it is wrong, or its batch was not admitted
    gap,            // its image before shows that a change was missed upstream
    late_join,      // a MODIFY of an item that was never seen
    suspicious,     // a duplicate that looks newer than what won
    without_image,  // appended although it does not say what its item is now
    reconciled,     // it is what a later export says
    expired         // its item's time was over: it removes the item, or notes that it is hidden
};

// Duplicates of one table that look newer than what won, and the last of them.
struct SuspiciousDuplicates {
    std::uint64_t count = 0;
    std::string key;           // of its item, as text (engine/catalog/item_key.h)
    std::string stream;        // of the duplicate, by its ARN
    std::string sequence;      // its number there
    storage::Position winner;  // of the item's newest record

    bool operator==(const SuspiciousDuplicates&) const = default;
};

// Records of a stream that is not taken, such as one that has to be adopted first.
struct RefusedStream {
    std::string stream;  // its ARN, in the form of a stream's name
    std::uint64_t records = 0;

    bool operator==(const RefusedStream&) const = default;
};

// What is kept of records that were sent and could not be understood.
struct UnreadTotal {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;  // of their texts

    bool operator==(const UnreadTotal&) const = default;
};

using SuspiciousByTable = std::map<std::string, SuspiciousDuplicates>;
// Of each table the last such stream; of no table, under the empty name, one of a source table from
// which none takes.
using RefusedByTable = std::map<std::string, RefusedStream>;

// Takes in what came later.
void add(SuspiciousByTable& sum, const SuspiciousByTable& later);
void add(RefusedByTable& sum, const RefusedByTable& later);

// How far the rows of a table that are being built have come.
struct BuildStatus {
    std::string table;
    std::vector<std::string> views;  // what is being built, by name
    double share = 0;                // of the table's items, about, from 0 to 1

    bool operator==(const BuildStatus&) const = default;
};

// Read-only: the disk is full, what was shown last can be read, and writers hear so.
enum class SequencerMode { folding, serving, read_only, recovering, stopped };

// The mode as clients read it: `ready` for serving.
std::string_view name_of(SequencerMode mode);

struct SequencerStatus {
    SequencerMode mode = SequencerMode::folding;
    storage::Position folded;  // how far the log is folded
    storage::Position head;    // of the log
    std::size_t queued_bytes = 0;
    std::size_t queued_batches = 0;
    std::size_t queue_bytes_max = 0;
    std::uint64_t gaps = 0;  // OldImages that disagreed with what was known: missed upstream
    // Since the start. A stream that has been adopted meanwhile is not refused any more.
    SuspiciousByTable suspicious;
    RefusedByTable refused;
    std::uint64_t stalls = 0;         // groups that were turned away since the disk is too slow
    std::string fault;                // of the disk, while recovering or read-only
    std::vector<BuildStatus> builds;  // what is being built, in the order in which it is
};

// How the server has items expire (engine/expiring/).
struct ExpiryStatus {
    bool is_on = false;      // whether any table has items that expire
    bool is_halted = false;  // since the machine's clock has moved by more than an hour at once
    std::chrono::seconds clock_moved{0};  // by so much, while it is halted
    std::chrono::seconds behind{0};       // since the last sweep began that has done all it found
    // Tables whose items are due and not ours to remove yet: see is_written_here() in
    // engine/folding/lineage.h.
    std::vector<std::string> waiting = {};
};

}  // namespace freshet::engine
