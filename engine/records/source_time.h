// When a source says that a change was made: ApproximateCreationDateTime.
//
// DynamoDB Streams writes seconds since 1970, Kinesis milli- or microseconds, and what went through
// a program may be a text in ISO 8601. Whatever else stands there says nothing: a time helps to
// find out what is late, and no record is refused for want of one.
//
// Threads: pure; any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/text/json.h"
#include "storage/record.h"
#include "storage/time.h"

namespace freshet::engine {

inline constexpr std::string_view time_name = "ApproximateCreationDateTime";

std::optional<storage::SourceTime> source_time(const JsonNode& node);
// Of a number's digits, and of a text.
std::optional<storage::SourceTime> time_of_number(std::string_view digits);
std::optional<storage::SourceTime> time_of_text(std::string_view text);

// Of a record that was written before records had it: from its envelope.
std::optional<storage::SourceTime> source_time(const storage::Record& record);

}  // namespace freshet::engine
