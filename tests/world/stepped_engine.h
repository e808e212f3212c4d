// An engine in a test's own hands: a data folder and a configuration, opened, closed, and opened
// again.
//
// The sequencer is stepped without its thread, and its clock is held: what is appended has taken
// effect once append() returns, and how much one step does depends on no machine.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/engine.h"
#include "engine/records/change_batch.h"
#include "engine/views/read_point.h"
#include "storage/record.h"
#include "storage/result.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/held_clock.h"
#include "tests/world/appending.h"

namespace freshet::support {

struct SteppedOptions {
    std::string path = {};  // of the data folder; empty: a new one, which is removed at the end
    std::size_t slice_items = engine::slice_items_default;
    // Whether opening also builds all that is declared; otherwise the test calls build().
    bool builds_whole = false;
    std::size_t state_cache_bytes = storage::StorageOptions().state_cache_bytes;
    engine::LiveLimits live = {};
    engine::Functions functions = {};  // whose tables are the catalog's; nobody feeds them
};

class SteppedEngine {
public:
    // Opens the folder and folds its log. Throws if one of these fails.
    explicit SteppedEngine(std::shared_ptr<const engine::Catalog> catalog,
                           SteppedOptions options = {});
    // With the tables of this configuration file.
    explicit SteppedEngine(const std::string& configuration, SteppedOptions options = {});

    // Hands the changes in as one batch and steps the sequencer.
    Result<engine::Receipt> append(std::vector<storage::Change> changes, bool partial = false);
    Result<engine::Receipt> append(engine::ChangeBatch batch);

    void close() { engine_.reset(); }
    // Opens what was closed. Fails as Sequencer::fold_log() does.
    Result<void> open();
    // Closes the engine and opens it again on the same folder; without its state if told so. Then
    // it throws unless a fold of the log at once gives the same state.
    void restart(bool delete_state = false);
    // The same with another configuration. Fails as open() does.
    Result<void> reconfigure(const std::string& configuration);

    // The newest moment that may be shown.
    [[nodiscard]] std::shared_ptr<const engine::ReadPoint> now() const;
    // Of the data folder.
    [[nodiscard]] const std::string& path() const { return options_.path; }
    [[nodiscard]] const engine::Catalog& catalog() const { return *catalog_; }
    [[nodiscard]] HeldClock& clock() { return clock_; }
    [[nodiscard]] engine::Engine& engine() { return *engine_; }
    [[nodiscard]] const engine::Engine& engine() const { return *engine_; }
    [[nodiscard]] engine::Sequencer& sequencer() { return engine_->sequencer(); }
    // The metrics as they are served.
    [[nodiscard]] std::string metrics_text() const { return engine_->metrics_text(); }

private:
    TempFolder folder_;
    SteppedOptions options_;
    std::shared_ptr<const engine::Catalog> catalog_;
    HeldClock clock_;
    std::size_t states_deleted_ = 0;
    std::unique_ptr<engine::Engine> engine_;
};

}  // namespace freshet::support
