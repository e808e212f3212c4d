// Message DB, a store of messages in PostgreSQL: a stream for each order, in the category `order`.
// Every commit is synced. It keeps no views.
//
// Writers of a category take turns: write_message() holds a lock of the category until its
// transaction is on disk.
#pragma once

#include <string>

#include "bench/harness/plan.h"
#include "bench/harness/report.h"

namespace freshet::bench {

bool message_db_is_installed(const Plan& plan);
std::string message_db_version(const Plan& plan);

// 4 connections, each with 64 calls of write_message() as one transaction.
Round append_bulk_to_message_db(const Plan& plan);
// One call a transaction.
Round append_singles_to_message_db(const Plan& plan, unsigned clients);
// To a reader of the category. Message DB tells nobody, so the reader asks again as soon as it was
// answered.
Round measure_latency_of_message_db(const Plan& plan);

}  // namespace freshet::bench
