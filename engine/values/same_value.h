// Whether two values mean the same, whatever way they are written.
#pragma once

#include "storage/image.h"

namespace freshet::engine {

// Numbers are the same as decimals (7.50 and 7.5), sets in any order. Attribute names count, and
// so does the order of a list. For the same to the letter, see storage::identical().
bool same_value(storage::ValueView a, storage::ValueView b);

// The same of whole images. One that came twice as the same text has the same bytes, and is not
// looked into.
inline bool same_value(storage::ImageView a, storage::ImageView b) {
    return a.bytes() == b.bytes() || same_value(storage::ValueView(a), storage::ValueView(b));
}

}  // namespace freshet::engine
