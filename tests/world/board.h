// A stepped engine over a configuration of one's own, told what becomes of the items of one table.
//
// The table is `things`, its key the string `pk`. All that is declared is built when it is opened.
//
// Threads: one at a time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/world/model.h"
#include "tests/world/stepped_engine.h"

namespace freshet::support {

Value text_value(std::string text);
Value number_value(std::string text);

class Board : public SteppedEngine {
public:
    explicit Board(const std::string& configuration, const engine::LiveLimits& live = {})
        : SteppedEngine(configuration, {.builds_whole = true, .live = live}) {}

    // The next record of the item, with a sequence number above all before.
    SentRecord record(storage::ChangeKind kind, const std::string& pk,
                      std::optional<Attributes> after);
    // The item becomes this, whatever it was; it goes.
    void put(const std::string& pk, Attributes attributes);
    void remove(const std::string& pk);

    // Takes the records as one batch and returns how many of them took effect.
    std::size_t take(const std::vector<SentRecord>& batch);

    [[nodiscard]] const engine::TotalView& total(const std::string& name) const;
    // A group as it is answered.
    [[nodiscard]] std::string group(const std::string& total,
                                    const std::vector<std::string>& texts) const;
    // Every row of the total, as it is stored.
    [[nodiscard]] std::map<std::string, std::string> rows(const std::string& total) const;

private:
    int sequence_ = 0;
};

}  // namespace freshet::support
