// Whether a change is next for its item, a duplicate, or wrong. Pure.
//
// Each item keeps a head, also after REMOVE: of each stream that it ever had a record of, the last
// sequence number, and the newest time that is known. A number that is not above that of its own
// stream is a duplicate, for ever. Between streams the table's lineage decides
// (engine/folding/lineage.h): a record of an earlier stream than the head's is a duplicate, one of
// a later stream is next. A replica's stream also repeats what came by the one before it, so a
// later stream's record from well before the head's is a duplicate, too: it is overtaken.
//
// A duplicate is suspicious if it looks newer than what won. Then two sources may write at the same
// time, or a source may have begun its numbers again.
//
// An import is taken only of an item of which nothing is known, not even that it was removed, and
// any record of a stream is newer than it: an export is of one moment, the stream tells what came
// before and after it, and which of them arrives first does not matter.
//
// A reconciled change is what a later export says of the item as of a moment. It is next unless a
// stream tells of the item at that moment or later. The head keeps its numbers and takes that
// moment for its time. From then on what a stream made before it is overtaken, since the export
// knew it. Once the whole table is even with the export, that holds for the items that are as they
// were when it was gone through, if their newest record has a time, and for those that are not
// known: an item that a stream has moved since is judged by its numbers alone, as the records
// between its own and the export may be still to come. Imports without a time are older than any
// export.
//
// Where one of two times is not known, nothing follows from them.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "engine/folding/lineage.h"
#include "storage/position.h"
#include "storage/record.h"
#include "storage/sequence_number.h"
#include "storage/time.h"

namespace freshet::engine {

struct ItemHead {
    // The last record of another stream than the newest record's.
    struct Other {
        std::uint32_t stream;
        storage::SequenceNumber sequence;
    };

    std::uint32_t stream = 0;  // its number in the lineage; 0 of what an export says
    storage::SequenceNumber sequence;
    std::optional<storage::SourceTime> time;
    bool imported = false;    // no stream told of the item yet
    bool reconciled = false;  // `time` is that of an export
    bool undated = false;     // `time` is of an earlier record than the newest, which has none
    // Shared by the heads that follow each other, as few of them change it; null if there is none.
    std::shared_ptr<const std::vector<Other>> others;
    // Its newest record; one of the same batch is after all others.
    storage::Position changed{std::numeric_limits<std::uint64_t>::max()};
};

enum class Verdict {
    next,       // newer than everything known of the item
    duplicate,  // has taken effect before, or is older than something that has
    overtaken,  // a duplicate, by its time
    undated     // of a reconciled change: whether it is newer cannot be known, so it is not taken
};

struct Ruling {
    Verdict verdict;
    bool is_suspicious = false;  // of a duplicate

    bool operator==(const Ruling&) const = default;
};

// How far a record of a later stream may stand before the head, and still be next.
inline constexpr std::chrono::seconds overtaken_after{10};
// How far the clocks of a stream and of an export may differ.
inline constexpr std::chrono::seconds export_slack{2};
// How far a duplicate of an earlier family has to stand after the head to be suspicious.
inline constexpr std::chrono::seconds suspicious_after{60};

// `stream` is the number of the change's stream, which has joined the lineage, or `joins` it with
// the change if that is next.
Ruling judge(const std::optional<ItemHead>& head, const storage::Change& change,
             std::uint32_t stream, const Lineage& lineage, bool joins = false);

// The same of a reconciled change of that moment, by what is known of its item: the time of its
// newest record, if that has one, and whether all of it comes from imports.
Verdict judge_reconciled(std::optional<storage::SourceTime> known, bool imported,
                         storage::SourceTime moment);

// The head once `change` has been admitted after `head`.
ItemHead head_after(const std::optional<ItemHead>& head, const storage::Change& change,
                    std::uint32_t stream);

}  // namespace freshet::engine
