// The text by which a value is named and compared: in the path of a partition, in a rule of access.
//
//     a string   itself
//     a boolean  true or false
//     a number   its canonical decimal (engine/values/decimal.h): 7.50 and 7.5 are the same
//
// Threads: pure.
#pragma once

#include <optional>
#include <string>

#include "storage/image.h"

namespace freshet::engine {

// Nothing for a value that is missing, of another type, or a number that is no decimal.
std::optional<std::string> value_text(std::optional<storage::ValueView> value);

}  // namespace freshet::engine
