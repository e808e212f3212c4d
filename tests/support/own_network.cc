#include "tests/support/own_network.h"

#include <sched.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/server_process.h"

namespace freshet::support {

namespace {

[[noreturn]] void give_up(const std::string& why) {
    std::cerr << "a network of its own: " << why << "\n";
    std::abort();
}

void run_ip(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"/usr/bin/env", "ip"});
    const ProcessEnd end = run_program(arguments);
    if (end.exit_code != 0) give_up("ip failed: " + end.errors);
}

}  // namespace

void in_own_network(const std::function<void()>& work) {
    std::thread thread([&work] {
        if (unshare(CLONE_NEWNET) != 0) give_up("not allowed; run the tests as root");
        run_ip({"link", "set", "lo", "up"});
        run_ip({"route", "add", "local", "198.18.0.0/15", "dev", "lo"});
        run_ip({"-6", "route", "add", "local", "2001:db8::/32", "dev", "lo"});
        work();
    });
    thread.join();
}

}  // namespace freshet::support
