// The reads of state: items, pages of lists, totals, records of the log.
//
// Each uses exactly one read point and says which in Freshet-Position. With `min_position` it
// waits for one that is late enough.
#pragma once

#include <string>

#include "engine/access/caller.h"
#include "engine/catalog/catalog.h"
#include "http/messages/answer.h"
#include "http/routes/routes.h"

namespace freshet::http {

NextStep get_view(const Call& call);
NextStep get_item(const Call& call);
NextStep get_records(const Call& call);

// 404, which names the views of which the caller may read something.
Answer unknown_view(const engine::Catalog& catalog, const std::string& name,
                    const engine::Caller& caller);

}  // namespace freshet::http
