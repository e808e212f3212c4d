// Well-known software that is given the same records in the same run.
//
// A peer that is not installed is left out, with a line that says how to install it. Each round has
// a server of its own, on the core for servers and with an empty folder, and ends with the question
// whether the peer has all that it acknowledged: if not, that is a Failure.
//
// Threads: one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/harness/endpoint.h"
#include "bench/harness/plan.h"
#include "bench/harness/report.h"

namespace freshet::bench {

// Calls of a function: a body that was sent to it, and where it is.
struct FunctionCalls {
    Endpoint& endpoint;
    const std::string& body;
    unsigned connections = 1;
};

struct Peer {
    std::string_view name;
    std::string_view to_install;  // the command
    bool (*is_installed)(const Plan& plan);
    std::string (*version)(const Plan& plan);  // of what is installed, in its own words

    // What follows is not of each peer; null: it does not do that.

    // As it takes records by a means that it has for many, for the plan's seconds.
    std::string_view bulk_means = {};
    Round (*bulk)(const Plan& plan) = nullptr;
    // Single records by so many clients, each as durable as the peer makes it before it is
    // answered.
    Round (*singles)(const Plan& plan, unsigned clients) = nullptr;
    // From an append to a subscriber, at the plan's rate.
    Round (*latency)(const Plan& plan) = nullptr;

    // Items, not records, by so many clients, so many of them in a transaction.
    Round (*direct)(const Plan& plan, unsigned clients, unsigned writes) = nullptr;

    // Calls in place of Freshet's, for the plan's seconds; what is counted are the records in them.
    Round (*call)(const Plan& plan, const FunctionCalls& calls) = nullptr;

    // Of one that may be too old to sync before it answers, and then has another name.
    bool (*is_durable)(const Plan& plan) = nullptr;
    std::string_view name_unless_durable = {};
};

// Those that the plan wants and that are here. Says once which are not.
std::vector<Peer> peers_for(const Plan& plan);

}  // namespace freshet::bench
