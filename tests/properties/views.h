// All that can be read at a read point, against a moment of the model.
#pragma once

#include "engine/views/read_point.h"
#include "tests/world/model.h"

namespace freshet::properties {

// Every item that was ever known, and every page of every list. Fails the property if one of them
// is not what the model says.
void check_views(const engine::ReadPoint& read_point, const support::Moment& expected);

void check_item(const engine::ReadPoint& read_point, const support::Moment& expected,
                const std::string& table, const support::Attributes& keys);

}  // namespace freshet::properties
