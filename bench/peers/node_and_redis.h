// The glue that people write: a handler in Node.js takes stream records over HTTP, as a Lambda
// function does, writes the views of an order and its lists to Redis, and publishes the event. A
// record is one transaction of Redis (MULTI), synced before the handler answers.
//
// orders_handler.mjs says what it writes. Both processes run on the core for servers, and the
// processor time is that of both.
#pragma once

#include <string>

#include "bench/harness/plan.h"
#include "bench/harness/report.h"

namespace freshet::bench {

bool node_and_redis_are_installed(const Plan& plan);
std::string node_and_redis_version(const Plan& plan);

// 16 connections, each with a Lambda event of 64 records a request.
Round append_bulk_to_node_and_redis(const Plan& plan);
Round append_singles_to_node_and_redis(const Plan& plan, unsigned clients);
// To a client of Redis that has subscribed to the channel.
Round measure_latency_of_node_and_redis(const Plan& plan);

}  // namespace freshet::bench
