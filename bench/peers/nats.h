// NATS JetStream: each record to a stream in files, under the subject of its order.
//
// It answers once the record is in the memory of the operating system. Debian's 2.9 syncs its files
// every two minutes and has no setting for it, so a power cut takes what was acknowledged; a kill
// does not. It keeps no views.
#pragma once

#include <string>

#include "bench/harness/plan.h"
#include "bench/harness/report.h"

namespace freshet::bench {

bool nats_is_installed(const Plan& plan);
std::string nats_version(const Plan& plan);
// Whether it can sync before it answers: from 2.10 on. The other takes what it says to --version.
bool nats_is_durable(const Plan& plan);
bool is_durable_nats(const std::string& version);

// 16 connections with 64 publications in flight.
Round append_bulk_to_nats(const Plan& plan);
Round append_singles_to_nats(const Plan& plan, unsigned clients);
// To a consumer to which the stream is pushed.
Round measure_latency_of_nats(const Plan& plan);

}  // namespace freshet::bench
