// A notice: a record without an item. It is for what must be as durable and as ordered as a change
// and is none. It has a position, stands in the chain, and is folded like every record. Those who
// ask for changes (events, histories, the records of a table) do not see it.
//
// Threads: values.
#pragma once

#include <cstdint>
#include <string>

namespace freshet::storage {

enum class NoticeKind : std::uint8_t {
    adoption  // from here on a table takes records of one more stream
};

struct Notice {
    NoticeKind kind = NoticeKind::adoption;
    std::string by;      // who asked for it; empty where nobody had to say
    std::string table;   // adoption: which table
    std::string stream;  // adoption: the stream, by its ARN
};

}  // namespace freshet::storage
