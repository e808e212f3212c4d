// What a fold of a whole log at once makes of it (engine/folding/bulk_fold.h), as bytes, for
// comparing it with what a fold record by record has made.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/folding/bulk_fold.h"
#include "storage/state_store.h"

namespace freshet::support {

using StateBytes = std::vector<std::pair<std::string, std::string>>;

// Everything that stands in a state.
StateBytes bytes_of(const storage::StateSnapshot& state);

// Small ones, so that windows end everywhere: of memory for a few records or for none, for
// `number` counted from anywhere.
engine::BulkOptions small_bulk(std::size_t number);

// Folds the log of a folder that nobody has open, beside its state. Throws if that fails.
StateBytes folded_at_once(const std::string& path, const engine::Catalog& catalog,
                          const engine::BulkOptions& options);

}  // namespace freshet::support
