// A table's schema as JSON Schema (draft 2020-12) of its items as plain JSON.
//
// Plain JSON shows a set as an array and a binary as the text of its base64, and so does this.
//
// Threads: pure.
#pragma once

#include <string>

#include "engine/catalog/catalog.h"

namespace freshet::http {

void append_schema_json(std::string& json, const engine::Table& table);

}  // namespace freshet::http
