// A change, or a notice, to the bytes of a log record. The way back is storage::Record.
#pragma once

#include <string>
#include <string_view>

#include "storage/notice.h"
#include "storage/record.h"
#include "storage/time.h"

namespace freshet::storage::internal {

// The bytes are valid until this thread encodes the next record.
std::string_view encode_record(const Change& change, const Admission& admission,
                               AppendTime appended);
// They have been copied: memory that only a long record needs is given back.
void end_record();
std::string encode_notice(const Notice& notice, AppendTime appended);

}  // namespace freshet::storage::internal
