// What one writer hands in at once, and what it is told.
//
// Every source of changes (a Lambda event, GetRecords' answer, a direct write) becomes a
// ChangeBatch and enters through Engine::append.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/fault.h"
#include "storage/position.h"
#include "storage/record.h"

namespace freshet::engine {

inline constexpr std::size_t batch_records_max = 10'000;

// One of the records that were sent.
struct BatchRecord {
    std::optional<storage::Change> change;  // nothing where no table takes it: ignored
    std::string sequence;                   // as it was sent
};

// A fault that keeps a record, and with it the batch, from being admitted.
struct Refusal {
    std::vector<Fault> faults;
    std::string sequence;  // of the first record that is wrong; empty if it has none that is text
};

struct ChangeBatch {
    std::vector<BatchRecord> records;

    // How a JSON Pointer to the index-th record begins: before the index, or in its place where
    // the body is a single record.
    std::string pointer_prefix;
    bool single = false;

    // Whether what stands before the first wrong record is admitted (AWS's checkpoint rule), or
    // nothing at all.
    bool partial = false;

    // What decoding found wrong. The records that follow the first wrong one are not in `records`.
    std::optional<Refusal> refusal;

    std::size_t bytes = 0;  // of the body it came from: what it counts for in the queue

    [[nodiscard]] std::string pointer(std::size_t index) const {
        return single ? pointer_prefix : pointer_prefix + std::to_string(index);
    }
};

enum class Outcome { appended, duplicate, ignored };

struct RecordOutcome {
    Outcome outcome;
    std::string sequence;
    storage::Position position;  // appended: its own; duplicate: its item's newest; else 0
};

// What became of a batch.
struct Receipt {
    storage::Position position;  // reads at this position see the batch's effect
    std::size_t appended = 0;
    std::size_t duplicates = 0;
    std::size_t ignored = 0;
    std::vector<RecordOutcome> outcomes;  // one for each record that was looked at, in order
    // Why the batch, or with `partial` its rest, was not admitted.
    std::optional<Refusal> refusal;
};

}  // namespace freshet::engine
