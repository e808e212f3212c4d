// What the state says of writes that their clients have named (storage/idempotency.h): a fact for
// each, with all that the answer to it needs.
//
//     answered/3/ann/8e03978e     PAYLOAD created 17 {"id":{"S":"7c9e"}}
//              └ bytes of the caller's name
//
// Such a write has one record or one notice, which brings the fact. So a name is known for as long
// as the log is kept, over restarts and rebuilds. The writes of a transaction, which has one name,
// have a name for each: nth_name().
//
// Invariants
//   - Of a name there is one record or notice, so the order in which they are folded is the same
//     for the state.
//
// Threads: pure but for the batch.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "engine/commands/command.h"
#include "storage/idempotency.h"
#include "storage/image.h"
#include "storage/position.h"
#include "storage/record.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

// The name of the index-th write of those that were handed in under one name. The first has it as
// it is, so it is also found that a name was given to a write and is given to several now.
storage::Idempotency nth_name(const storage::Idempotency& idempotency, std::size_t index);

struct FirstAnswer {
    std::string payload;  // as Idempotency::payload
    CommandEffect effect = CommandEffect::unchanged;
    storage::Position newest;  // as CommandDone::newest
    std::string keys;          // the attributes of the item's key, typed
};

// What the write of that name was answered; nothing if there was none.
// Fails with damaged_state or io.
Result<std::optional<FirstAnswer>> find_first_answer(const storage::Idempotency& idempotency,
                                                     storage::StateBatch& state);

// Whether the record, or notice, is of a write that has a name.
bool has_first_answer(const storage::Record& record);

// What such a record says, as a fact.
struct FirstAnswerFact {
    std::string name;
    std::string bytes;
};
FirstAnswerFact first_answer_fact(const storage::Record& record);

void fold_first_answer(const FirstAnswerFact& fact, storage::StateBatch& state);

}  // namespace freshet::engine
