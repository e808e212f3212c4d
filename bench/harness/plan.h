// What a run of the harness is to measure, as the command line has it.
//
// Threads: read by anybody.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/harness/workload.h"

namespace freshet::bench {

// A freshet program that is measured. With several, each round asks one after the other, so that
// what the machine does meanwhile is done to all of them.
struct Subject {
    std::string name;
    std::string program;
};

struct Plan {
    std::vector<Subject> subjects;
    std::string folder;      // of this run alone
    std::string log_folder;  // for loads that are to be kept (kept_load.h); empty: none is
    std::vector<std::string> storage;
    std::uint64_t seed = 1;
    std::uint64_t records = 300'000;
    std::vector<std::uint64_t> orders{10'000};
    Skew skew = Skew::life;
    std::vector<unsigned> clients{1, 16, 64};
    double rate = 1'000;
    std::uint64_t watchers = 1'000;
    std::uint64_t items = 1'000'000;  // that expire at once
    double lead_seconds = 300;        // until they do, from before they are loaded
    bool is_stream = false;           // whether they come as records of a stream
    double seconds = 10;
    unsigned rounds = 5;
    unsigned server_core = 0;
    unsigned load_core = 1;
    bool peers = false;
    std::string peers_folder;  // where npm has put the packages of peers
};

}  // namespace freshet::bench
