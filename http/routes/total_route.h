// A total: one group of it, or a page of groups.
//
//     GET /views/TOTAL/P1/P2    all parts of `by`: the group, whether it has items or not
//     GET /views/TOTAL/P1       fewer: the groups that begin so, in the order of their texts
//
// A total without `by` is one group.
#pragma once

#include "http/routes/routes.h"

namespace freshet::http {

NextStep get_total(const Call& call, const engine::TotalView& total);

}  // namespace freshet::http
