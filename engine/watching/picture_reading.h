// Reads the picture of a live query at a read point, by the same reads as those of a GET, and says
// of what it was made.
//
// Threads: pure; any.
#pragma once

#include "engine/views/read_point.h"
#include "engine/watching/live_query.h"
#include "engine/watching/picture.h"
#include "engine/watching/touch_index.h"
#include "storage/result.h"

namespace freshet::engine {

struct ReadPicture {
    Picture picture;
    Footprint footprint;
};

// One that has ended if the caller may not read it; not there, if the view hides it.
// Fails as the reads of ReadPoint do, but for forbidden.
Result<ReadPicture> read_picture(const LiveQuery& query, const ReadPoint& read_point);

}  // namespace freshet::engine
