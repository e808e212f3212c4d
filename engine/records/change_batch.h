// What one writer hands in at once, and what it is told.
//
// Every source of changes (a Lambda event, GetRecords' answer, a direct write) becomes a
// ChangeBatch and enters through Engine::append.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/commands/command.h"
#include "engine/config/largest_batch.h"
#include "engine/observing/status.h"
#include "engine/records/due_items.h"
#include "engine/text/fault.h"
#include "storage/idempotency.h"
#include "storage/notice.h"
#include "storage/position.h"
#include "storage/record.h"
#include "storage/result.h"

namespace freshet::engine {

// One of the records that were sent.
struct BatchRecord {
    std::optional<storage::Change> change;  // nothing where no table takes it: ignored
    std::string sequence;                   // as it was sent
    // What the log is to note of it in place of a change, where it could not be understood and is
    // to be kept all the same (engine/records/unread_record.h); else null.
    std::shared_ptr<const storage::Notice> unread = nullptr;
};

// A fault that keeps a record, and with it the batch, from being admitted.
struct Refusal {
    std::vector<Fault> faults;
    std::string sequence;  // of the first record that is wrong; empty if it has none that is text
    // forbidden: its sender may not. conflict: a table is written directly. Otherwise the text of a
    // line is at fault: malformed or too_large.
    Errc code = Errc::refused;
};

// How a text of JSON holds its records.
enum class BatchForm : std::uint8_t {
    record,  // it is the only one
    array,
    event  // {"Records":[…]}
};

// One of the texts that a batch was read from: the whole body, or a line of it.
struct BatchPart {
    std::size_t begin = 0;   // which of the batch's records is its first
    std::uint64_t line = 0;  // as Fault::line
    BatchForm form = BatchForm::event;
};

// Where a record stands in what was sent.
struct RecordPlace {
    std::uint64_t line;   // as Fault::line
    std::string pointer;  // as Fault::pointer
};

struct ChangeBatch {
    std::vector<BatchRecord> records;

    // What the log is to note after the records.
    std::vector<storage::Notice> notices;
    // Whether somebody orders with them what a function does, so that it has to hear of it; else
    // they are its own.
    bool is_order = false;

    // Direct writes, each of another item: all of them are carried out, or none.
    std::vector<Command> commands;
    // The name that the client gave to them: they are carried out once, however often they are
    // handed in.
    std::optional<storage::Idempotency> idempotency;

    // What is to expire, if its time is over.
    std::optional<DueItems> due;

    // The id of the reconciliation whose items the records are (engine/reconciling/); empty: they
    // are for the log.
    std::string reconciliation;

    // In their order, those without records left out. A batch without any is one event.
    std::vector<BatchPart> parts;

    // Whether what stands before the first wrong record is admitted (AWS's checkpoint rule), or
    // nothing at all.
    bool partial = false;

    // Whether the receipt tells of each record, or only counts them.
    bool tells_outcomes = true;

    // What decoding found wrong. The records that follow the first wrong one are not in `records`.
    std::optional<Refusal> refusal;

    // The last stream whose source no table takes from, and how many of the records are of such.
    // They are among the wrong ones.
    std::optional<RefusedStream> untaken;

    std::size_t bytes = 0;  // of the text it came from

    // Whose it is: those of one client take turns with those of others, and have no more than a
    // share of the queue. Empty: of nobody who is told apart.
    std::string client;

    // Of the index-th record, which may be one that follows those that are kept.
    [[nodiscard]] RecordPlace place(std::size_t index) const {
        const auto next = std::upper_bound(
            parts.begin(), parts.end(), index,
            [](std::size_t record, const BatchPart& part) { return record < part.begin; });
        const BatchPart part = next == parts.begin() ? BatchPart{} : *std::prev(next);
        if (part.form == BatchForm::record) return {part.line, ""};
        const char* prefix = part.form == BatchForm::event ? "/Records/" : "/";
        return {part.line, prefix + std::to_string(index - part.begin)};
    }
};

// How many records the batch may make.
inline std::size_t count_of(const ChangeBatch& batch) {
    return batch.records.size() + batch.notices.size() + batch.commands.size() +
           (batch.due ? batch.due->keys.size() : 0);
}

// What the batch takes of memory, about.
inline std::size_t memory_of(const ChangeBatch& batch) {
    return batch.bytes + count_of(batch) * record_memory;
}

// Each word is how JSON calls it, too.
enum class Outcome { appended, duplicate, ignored, parked };

struct RecordOutcome {
    Outcome outcome;
    std::string sequence;
    // Appended: its own; duplicate: its item's newest, if any; parked, or a duplicate of what is:
    // of the notice by which it is kept; else 0.
    storage::Position position;
};

// The first command of a batch that was refused, and why.
struct RefusedCommand {
    std::size_t index = 0;
    CommandRefusal refusal;
};

// What became of a batch.
struct Receipt {
    storage::Position position;  // reads at this position see the batch's effect
    std::size_t appended = 0;
    std::size_t duplicates = 0;
    std::size_t ignored = 0;
    std::size_t parked = 0;  // could not be understood, and are kept as they came
    // One for each record that was looked at, in order, if the batch asked for that.
    std::vector<RecordOutcome> outcomes;
    // Of each notice where it stands; 0 if it is left out: it would change nothing, or rests on
    // what is so no more.
    std::vector<storage::Position> notices;
    // Why the batch, or with `partial` its rest, was not admitted.
    std::optional<Refusal> refusal;

    // What became of each command, in order; nothing if one of them was refused.
    std::vector<CommandDone> done;
    std::optional<RefusedCommand> refused_command;
};

}  // namespace freshet::engine
