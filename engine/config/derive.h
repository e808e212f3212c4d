// A table's `derive` in the configuration.
#pragma once

#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/catalog/derivation.h"
#include "engine/config/section.h"

namespace freshet::engine {

// The section's `derive`: a table of `name = { function = "attribute" }`. A part of the key cannot
// be hidden by a derived attribute.
std::vector<Derivation> read_derive(const Section& section, const std::vector<KeyPart>& key);

}  // namespace freshet::engine
