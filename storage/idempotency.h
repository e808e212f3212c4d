// The name that a client gave to a write, so that it is carried out once, however often it is sent.
// It is kept with what the write made: in its record, or in a notice if it made none.
//
// Threads: values.
#pragma once

#include <string>

namespace freshet::storage {

struct Idempotency {
    std::string caller;   // whose name it is: a subject; empty where nobody has to say who asks
    std::string key;      // as the client chose it
    std::string payload;  // a hash of what was asked for; never the text of something else

    bool operator==(const Idempotency&) const = default;
};

}  // namespace freshet::storage
