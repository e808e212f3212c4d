// Values written with their type tags, as DynamoDB has them.
//
//     append_record_json  ->  append_typed_attributes  ->  append_typed_json
//
// Invariant: reading what was written (image_reader.h) gives the value back, to the letter.
// Threads: functions of the values that they are given.
#pragma once

#include <string>

#include "storage/image.h"

namespace freshet::engine {

// Writes one value with its type tag: {"S":"large"}.
void append_typed_json(std::string& out, storage::ValueView value);

// Writes the attributes of a map or an image: {"size":{"S":"large"}}.
void append_typed_attributes(std::string& out, storage::ValueView map);

}  // namespace freshet::engine
