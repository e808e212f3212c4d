// The reads of state: items, pages of lists, totals, records of the log.
//
// Each uses exactly one read point and says which in Freshet-Position. With `min_position` it
// waits for one that is late enough.
#pragma once

#include "http/routes/routes.h"

namespace freshet::http {

NextStep get_view(const Call& call);
NextStep get_item(const Call& call);
NextStep get_records(const Call& call);

}  // namespace freshet::http
