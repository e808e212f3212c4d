// Whether two values mean the same, whatever way they are written.
#pragma once

#include "storage/image.h"

namespace freshet::engine {

// Numbers are the same as decimals (7.50 and 7.5), sets in any order. Attribute names count, and
// so does the order of a list. For the same to the letter, see storage::identical().
bool same_value(storage::ValueView a, storage::ValueView b);

}  // namespace freshet::engine
