// A pattern over records as functions get them: with AWS's members, and type tags before values.
//
//     { eventName = ["INSERT"], dynamodb = { NewImage = { minutes = { N = ["5"] } } } }
//
// What no record has would never match, so it is a mistake. Values under the tags N and NS become
// numbers, in quotes or not: a number is the same however it is written.
//
// Threads: pure.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "engine/catalog/pattern.h"

namespace freshet::engine {

// The pattern, for images that engine/functions/marshalled_record.h makes; or what is wrong with
// it, for people.
tl::expected<Pattern, std::string> marshalled_pattern(const Pattern& pattern);

}  // namespace freshet::engine
