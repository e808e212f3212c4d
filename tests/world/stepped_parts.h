// The parts of an engine in a test's own hands: a data folder and its sequencer, stepped without a
// thread. For tests that look into the log and the state itself, which an Engine does not show;
// all others use a SteppedEngine.
//
// Threads: one at a time.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/clock.h"
#include "engine/observing/metrics.h"
#include "engine/records/change_batch.h"
#include "engine/sequencing/sequencer.h"
#include "storage/data_folder.h"
#include "storage/result.h"
#include "tests/world/appending.h"
#include "tests/world/tables.h"

namespace freshet::support {

class SteppedParts {
public:
    // Opens the folder and folds its log. Fails as these do.
    static Result<std::unique_ptr<SteppedParts>> open(
        std::string path, storage::StorageOptions options = {},
        std::shared_ptr<const engine::Catalog> catalog = small_catalog());

    // Hands the batches in and takes them as one group; one answer for each.
    std::vector<Result<engine::Receipt>> append_group(std::vector<engine::ChangeBatch> batches) {
        return support::append_group(sequencer_, std::move(batches));
    }
    Result<engine::Receipt> append(engine::ChangeBatch batch) {
        return support::append(sequencer_, std::move(batch));
    }

    [[nodiscard]] const engine::Catalog& catalog() const { return *catalog_; }
    [[nodiscard]] storage::DataFolder& folder() { return *folder_; }
    [[nodiscard]] engine::Sequencer& sequencer() { return sequencer_; }
    // The metrics as they are served.
    [[nodiscard]] std::string metrics_text() const;

private:
    SteppedParts(std::unique_ptr<storage::DataFolder> folder,
                 std::shared_ptr<const engine::Catalog> catalog);

    std::shared_ptr<const engine::Catalog> catalog_;
    engine::SystemClock clock_;
    std::unique_ptr<storage::DataFolder> folder_;
    engine::Metrics metrics_;
    engine::Sequencer sequencer_;
};

}  // namespace freshet::support
