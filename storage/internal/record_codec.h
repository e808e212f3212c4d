// A change to the bytes of a log record. The way back is storage::Record.
#pragma once

#include <string>

#include "storage/record.h"

namespace freshet::storage::internal {

std::string encode_record(const Change& change, const Admission& admission);

}  // namespace freshet::storage::internal
