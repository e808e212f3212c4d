// A network of its own, in which this machine has all addresses of a few blocks: for tests of what
// is counted by address, with a client for each.
#pragma once

#include <functional>

namespace freshet::support {

// Runs the work on a thread that has such a network, and so do the threads and the processes that
// it starts. Nobody else can reach it. Clients may come from any address of 198.18.0.0/15 and
// 2001:db8::/32. Ends the test program if there can be no such network: it takes root.
void in_own_network(const std::function<void()>& work);

}  // namespace freshet::support
