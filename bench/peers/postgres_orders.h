// PostgreSQL as an application would write its orders to it: a table of them, of which a trigger
// keeps the same views as Freshet (postgres_views.h). Every commit is synced.
#pragma once

#include "bench/harness/plan.h"
#include "bench/harness/report.h"

namespace freshet::bench {

// So many clients, each with transactions of `writes` orders by statements that were prepared:
// INSERT, UPDATE or DELETE, each with RETURNING. A transaction of several is sent at once and is
// answered at its end.
Round write_orders_to_postgres(const Plan& plan, unsigned clients, unsigned writes);

}  // namespace freshet::bench
