// An engine over a configuration of one's own, told what becomes of the items of one table.
//
// The table is `things`, its key the string `pk`. The sequencer is stepped by hand: what take() is
// given has taken effect once it returns.
//
// Threads: one at a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "tests/disks/temp_folder.h"
#include "tests/world/model.h"

namespace freshet::support {

Value text_value(std::string text);
Value number_value(std::string text);

class Board {
public:
    explicit Board(std::string configuration);

    // The next record of the item, with a sequence number above all before.
    SentRecord record(storage::ChangeKind kind, const std::string& pk,
                      std::optional<Attributes> after);
    // The item becomes this, whatever it was; it goes.
    void put(const std::string& pk, Attributes attributes);
    void remove(const std::string& pk);

    // Takes the records as one batch and returns how many of them took effect.
    std::size_t take(const std::vector<SentRecord>& batch);

    // Closes the engine and opens it again, without its state if told so or by another
    // configuration; what is declared then is built.
    void restart(bool delete_state = false);
    void restart_with(std::string configuration);

    [[nodiscard]] engine::Engine& engine() { return *engine_; }
    [[nodiscard]] std::shared_ptr<const engine::ReadPoint> now() const;
    [[nodiscard]] const engine::TotalView& total(const std::string& name) const;
    // A group as it is answered.
    [[nodiscard]] std::string group(const std::string& total,
                                    const std::vector<std::string>& texts) const;
    // Every row of the total, as it is stored.
    [[nodiscard]] std::map<std::string, std::string> rows(const std::string& total) const;

private:
    void open();

    TempFolder folder_;
    std::string configuration_;
    std::shared_ptr<const engine::Catalog> catalog_;
    std::unique_ptr<engine::Engine> engine_;
    int sequence_ = 0;
};

}  // namespace freshet::support
