// PostgreSQL with a log of the records and a trigger that keeps the same views as Freshet: the
// order as the staff sees it, a customer's orders, and the board. Every commit is synced.
#pragma once

#include "bench/harness/plan.h"
#include "bench/harness/report.h"

namespace freshet::bench {

bool postgres_is_installed(const Plan& plan);

// 4 connections, each with COPY of 256 records as one transaction.
Round append_bulk_to_postgres(const Plan& plan);
// An INSERT that was prepared, one record a transaction.
Round append_singles_to_postgres(const Plan& plan, unsigned clients);
// To a session that listens: NOTIFY by one more trigger, with the order and its status.
Round measure_latency_of_postgres(const Plan& plan);

}  // namespace freshet::bench
