// All that a batch holds, as a text: two batches have the same one only if they are the same, byte
// for byte.
#pragma once

#include <string>

#include "engine/records/change_batch.h"
#include "storage/result.h"

namespace freshet::support {

std::string text_of(const engine::ChangeBatch& batch);

// The same of a batch and of what came back with it.
std::string text_of(const Result<void>& result, const engine::ChangeBatch& batch);

}  // namespace freshet::support
