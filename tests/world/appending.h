// How a test hands batches to a sequencer that it steps itself.
//
// Threads: the one that steps the sequencer.
#pragma once

#include <vector>

#include "engine/records/change_batch.h"
#include "engine/sequencing/sequencer.h"
#include "storage/record.h"
#include "storage/result.h"

namespace freshet::support {

// The changes as one batch, in which each names its sequence number as a body would.
engine::ChangeBatch batch_of(std::vector<storage::Change> changes);

// Hands the batches in and takes them as one group; one answer for each. Without a step if all of
// them are refused at once.
std::vector<Result<engine::Receipt>> append_group(engine::Sequencer& sequencer,
                                                  std::vector<engine::ChangeBatch> batches);
Result<engine::Receipt> append(engine::Sequencer& sequencer, engine::ChangeBatch batch);

}  // namespace freshet::support
