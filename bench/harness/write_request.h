// A record of an order as the direct write that leads to the same: PUT of its image, as DynamoDB
// has it, or DELETE.
//
// Threads: pure.
#pragma once

#include <string>
#include <string_view>

namespace freshet::bench {

// `record` is one that append_record() has written. `headers` are more lines.
std::string write_request(std::string_view record, std::string_view headers = {});

}  // namespace freshet::bench
