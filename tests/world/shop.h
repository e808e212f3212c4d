// A running engine over a small shop: orders as pizza shops have them, changed by hand.
//
// The sequencer is stepped without its thread, and its clock stands still: what is appended takes
// effect when the test says, and how much one step does depends on no machine.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/records/change_batch.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/held_clock.h"

namespace freshet::support {

class Shop {
public:
    Shop();
    // With this configuration; new lists are built two items at a time.
    explicit Shop(const std::string& config);

    // A record of table orders, key pk. Sequence numbers count up; `sequence` sets one.
    struct Order {
        std::string id;
        std::map<std::string, std::string> attributes;
        std::optional<std::string> sequence;
        std::string source = "orders";
        std::string label = "2026-01-01T00:00:00.000";
    };
    storage::Change inserted(const Order& order);
    storage::Change modified(const Order& order);
    storage::Change removed(const Order& order);

    // Hands in the changes as one batch and steps the sequencer.
    Result<engine::Receipt> append(std::vector<storage::Change> changes, bool partial = false);
    Result<engine::Receipt> append(engine::ChangeBatch batch);
    static engine::ChangeBatch batch_of(std::vector<storage::Change> changes);

    // Closes the engine and opens it again on the same folder; without its state if told so.
    void restart(bool delete_state = false);
    // The same with another configuration. Fails as Sequencer::fold_log() does.
    Result<void> reconfigure(const std::string& config);

    [[nodiscard]] std::shared_ptr<const engine::ReadPoint> now() const;
    // The item view `order` as JSON; nothing if there is none.
    [[nodiscard]] std::optional<std::string> order(const std::string& id) const;
    // The ids of the list's rows.
    [[nodiscard]] std::vector<std::string> list(const std::string& name,
                                                const std::vector<std::string>& partition) const;

    [[nodiscard]] engine::Engine& engine() { return *engine_; }

private:
    Result<void> open();
    storage::Change change(storage::ChangeKind kind, const Order& order);

    TempFolder folder_;
    std::shared_ptr<const engine::Catalog> catalog_;
    HeldClock clock_;
    std::unique_ptr<engine::Engine> engine_;
    int sequence_ = 0;
};

}  // namespace freshet::support
