// Plays a story against an engine and, side by side, against the model.
//
// Batches are handed in as a writer would; the sequencer is stepped by hand, so which of them fall
// into one group is part of the story. A property is a run that looks at what happens: it overrides
// what it wants to hear of.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "tests/world/model.h"
#include "tests/world/random_changes.h"
#include "tests/world/stepped_engine.h"

namespace freshet::properties {

// That of support::configuration().
std::shared_ptr<const engine::Catalog> catalog();

class StoryRun {
public:
    explicit StoryRun(support::Story story);
    virtual ~StoryRun() = default;
    StoryRun(const StoryRun&) = delete;
    StoryRun& operator=(const StoryRun&) = delete;

    // Plays the whole story, and then delivers what is left of the history.
    void run();

protected:
    // A batch that was handed in.
    struct Delivery {
        std::vector<support::SentRecord> records;
        bool partial = false;
        support::ModelAnswer expected;
        std::optional<engine::Receipt> receipt;  // once it is acknowledged
    };

    // The server is there for the first time, with an empty log.
    virtual void on_opened() {}
    // The writer of `delivery` hears of it. The model is where the whole group leads to.
    virtual void on_acknowledged(const Delivery& /*delivery*/) {}
    // A group has been taken in; all of its writers have heard.
    virtual void on_group(const std::vector<const Delivery*>& /*group*/) {}
    // The server is about to be closed: what holds on to it must let go.
    virtual void on_closing() {}
    virtual void on_closed() {}
    virtual void on_reopened() {}
    virtual void on_end() {}

    // Hands the records in as one batch, to be taken in by take_groups().
    void hand_in(std::vector<support::SentRecord> records, bool partial, bool as_json);
    void take_groups();
    // Closes the server, deletes state/ if asked to, and opens it again: then the state is also
    // compared with what a fold of the log at once makes, with windows of any size.
    void reopen(bool forget_state);

    [[nodiscard]] engine::Engine& engine() { return engine_.engine(); }
    [[nodiscard]] std::shared_ptr<const engine::ReadPoint> read_point();
    [[nodiscard]] const support::Model& model() const { return model_; }
    [[nodiscard]] const std::deque<Delivery>& deliveries() const { return deliveries_; }

    // The whole log, from the disk.
    std::vector<storage::Record> read_log();
    // Every key and value of the state as it is now.
    std::vector<std::pair<std::string, std::string>> state_bytes();
    [[nodiscard]] std::string state_path() const { return engine_.path() + "/state"; }

    void close() { engine_.close(); }
    void open();

private:
    void play(const support::Step& step);
    void deliver(std::size_t begin, std::size_t end, const support::Step& step);
    [[nodiscard]] std::vector<support::SentRecord> slice(std::size_t begin, std::size_t end) const;
    // With room in memory for no items, a few, or all.
    [[nodiscard]] support::SteppedOptions options() const;
    engine::ChangeBatch decode(const std::vector<support::SentRecord>& records, bool as_json);

    const support::Story story_;
    const std::vector<support::SentRecord> history_;
    std::size_t next_ = 0;  // of the history
    std::size_t states_forgotten_ = 0;

    support::Model model_;
    std::deque<Delivery> deliveries_;
    std::vector<const Delivery*> waiting_;
    // Goes first: it may still answer those that wait.
    support::SteppedEngine engine_{catalog(), options()};
};

}  // namespace freshet::properties
