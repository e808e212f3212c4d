// freshet serve: opens the data folder and answers requests until it is told to stop.
#pragma once

#include <string>

namespace freshet::tools {

struct ServeOptions {
    std::string config_path;
    bool accept_loss = false;
};

// Returns the exit code.
int serve(const ServeOptions& options);

}  // namespace freshet::tools
