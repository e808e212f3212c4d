// What becomes of each record of a batch, decided before any of them takes effect.
//
// That is what makes a batch whole: once a record of it is folded, all that are admitted will be.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "engine/records/change_batch.h"
#include "engine/sequencing/verdict.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

struct Judgement {
    std::vector<Verdict> verdicts;   // of the records that hold a change and stand before the end
    std::size_t end = 0;             // records from here on are not admitted
    std::optional<Refusal> refusal;  // why
};

// Judges each record by its item's head, as the records before it in the batch leave it.
// Fails as reading the state does.
Result<Judgement> judge_batch(const ChangeBatch& batch, storage::StateBatch& state);

// Nothing if `item` is null.
std::optional<ItemHead> head_of(const std::shared_ptr<const storage::Item>& item);

}  // namespace freshet::engine
