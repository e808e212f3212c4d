// freshet rebuild: folds the whole log anew, while the server is stopped; in place of the state, to
// check it, or to see what a changed configuration would change.
#pragma once

#include <string>

namespace freshet::tools {

struct RebuildOptions {
    std::string config_path;
    bool check = false;
    bool dry_run = false;
};

int rebuild(const RebuildOptions& options);

}  // namespace freshet::tools
