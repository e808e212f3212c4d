// What a target asks to watch: a view in the words of its path, `/views/VIEW/PART…?limit=…`. For a
// stream, and for who waits until the view is another.
#pragma once

#include <cstddef>

#include "engine/views/read_point.h"
#include "engine/watching/live_query.h"
#include "http/messages/query.h"
#include "http/messages/target.h"
#include "http/routes/routes.h"
#include "storage/result.h"

namespace freshet::http {

// The read point says how the view is defined. What is wrong with the question is answered as a
// stream answers it: with 200 and the request to come again where that may help.
OrAnswer<engine::LiveQuery> live_query(const Call& call, const engine::ReadPoint& read_point,
                                       const Target& target);

// How many rows it shows at most.
std::size_t rows_of(const engine::LiveQuery& query);

// A stream that cannot be had now may be had later; other refusals are final.
Answer refusal_of_stream(const Error& error);

}  // namespace freshet::http
