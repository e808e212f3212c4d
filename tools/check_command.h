// freshet check: reads a configuration and says what it declares, or what is wrong with it.
#pragma once

#include <string>

namespace freshet::tools {

int check(const std::string& config_path);

}  // namespace freshet::tools
