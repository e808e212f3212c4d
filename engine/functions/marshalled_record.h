// A record in its marshalled form, as a function's `filter` sees it: an image whose attributes are
// the members of a Lambda event's record, with type tags where that has them.
//
//     {eventName: "INSERT", dynamodb: {NewImage: {status: {S: "OPEN"}, minutes: {N: 5}}, …}, …}
//
// Values under N and NS are numbers, which the pattern compares as such; the rest is as in JSON.
//
// Threads: pure.
#pragma once

#include "engine/catalog/pattern.h"
#include "storage/image.h"
#include "storage/record.h"

namespace freshet::engine {

// `with_envelope` adds what the source sent besides names and images, which takes longer.
storage::Image marshalled(const storage::Record& record, bool with_envelope);

// Whether the filter (engine/catalog/marshalled_pattern.h) takes the record.
bool takes(const Pattern& filter, const storage::Record& record);

}  // namespace freshet::engine
