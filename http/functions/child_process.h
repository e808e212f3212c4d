// Starts a program apart from the server: with an environment of its own, in a process group of its
// own, with no descriptor but those that it is given, and no signal held or ignored.
//
// Threads: any.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "storage/result.h"

namespace freshet::http {

struct ChildProgram {
    std::vector<std::string> command;      // found by PATH
    std::string folder;                    // its working folder
    std::vector<std::string> environment;  // NAME=value
};

// A program that was started, and our ends of its pipes, which do not block.
struct StartedChild {
    pid_t pid = -1;    // and its process group
    int input = -1;    // its stdin
    int answers = -1;  // its descriptor 3
    int output = -1;   // its stdout and stderr
};

// Fails with refused  if there is no such program, or the system starts no more.
Result<StartedChild> start_child(const ChildProgram& program);

// Kills the process group. The process is waited for later, by this or start_child(): one that was
// killed may take a moment.
void kill_child(pid_t pid);

}  // namespace freshet::http
