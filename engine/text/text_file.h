// A small file as text: configurations and keys. Any thread.
#pragma once

#include <string>

#include "storage/result.h"

namespace freshet::engine {

// All of the file.
// Fails with io  if it cannot be read; the message begins with its path.
Result<std::string> read_text_file(const std::string& path);

}  // namespace freshet::engine
