// What becomes of each record of a batch, decided before any of them takes effect.
//
// That is what makes a batch whole: once a record of it is folded, all that are admitted will be.
// What was looked up for a decision is handed on with it: the item is fetched, its key encoded and
// its sequence number parsed here, and not again when the record takes effect.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/folding/lineage.h"
#include "engine/observing/status.h"
#include "engine/records/change_batch.h"
#include "engine/sequencing/verdict.h"
#include "storage/result.h"
#include "storage/state_store.h"
#include "storage/time.h"

namespace freshet::engine {

// The decision about one change.
struct Judged {
    Ruling ruling{Verdict::next};
    storage::StateBatch::KnownItem* known =
        nullptr;                   // its item, as the state has it when it is read
    std::uint32_t stream = 0;      // its number in the table's lineage; 0 of an export
    bool joins = false;            // the stream joins the lineage, or gets its name, with it
    std::optional<ItemHead> head;  // its item's after it, if it is next
};

struct Judgement {
    std::vector<Judged> changes;     // of the records before the end, and of some after it
    std::size_t end = 0;             // records from here on are not admitted
    std::optional<Refusal> refusal;  // why
    RefusedByTable foreign;          // streams that have to be adopted first
};

// Judges each record by its item's head and its table's lineage, as the records before it in the
// batch leave them. A record whose source dates it more than a day after `now` is wrong: it would
// silence its item for as long. The answer points into `state`. Fails as reading the state does.
// The lineages may have been used for earlier batches, of any state.
Result<Judgement> judge_batch(const ChangeBatch& batch, storage::SourceTime now,
                              storage::StateBatch& state, Lineages& lineages);

}  // namespace freshet::engine
