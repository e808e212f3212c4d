// Whether a record is an expiry: an item that its source removed because its time to live was over.
#pragma once

#include "storage/record.h"

namespace freshet::engine {

// A REMOVE whose `userIdentity` is the service itself, as DynamoDB Streams marks it, and as we do
// (engine/records/direct_change.h).
bool is_expiry(const storage::Record& record);

}  // namespace freshet::engine
