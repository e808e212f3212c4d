// O7: whoever follows the log is told of each record of it once, in its order, however it goes: cut
// at any moment, going on from where it was, whether or not the server has been closed in between.

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/follower.h"
#include "tests/properties/story_run.h"
#include "tests/properties/value_in.h"

namespace freshet::properties {
namespace {

// What a follower was told of one record.
struct Told {
    storage::Position position;
    std::string table;
    std::string sequence;
    std::optional<std::string> event;  // its type, topic and data

    bool operator==(const Told&) const = default;
};

Told told(const storage::Record& record, const engine::Event* event, const std::string& data) {
    Told what{.position = record.position(),
              .table = std::string(record.table()),
              .sequence = std::string(record.sequence()),
              .event = std::nullopt};
    if (event != nullptr) what.event = event->rule->type + " " + event->topic + " " + data;
    return what;
}

storage::Position shown_by(const engine::Engine& engine) {
    return value_in(engine.read_point())->position();
}

// Follows the log, is cut, and goes on behind what it was told last.
class Watcher {
public:
    // Looks for a while: as far as there is, or until it has been told of `room` records. Lets go
    // of its follower now and then, and always of one of a server that has been closed.
    void look(const engine::Engine& engine, std::size_t room) {
        if (!follower_) follower_.emplace(engine, place_);
        const storage::Position shown = shown_by(engine);
        const auto caught_up = value_in(follower_->read([&](const engine::WatchedRecord& watched) {
            RC_ASSERT(watched.record().position() > place_);
            RC_ASSERT(shown_by(engine) >= watched.record().position());
            place_ = watched.record().position();
            const engine::Event* event = watched.event();
            all_.push_back(told(watched.record(), event,
                                event == nullptr ? std::string() : watched.event_data()));
            return --room > 0;
        }));
        if (caught_up) {
            RC_ASSERT(follower_->position() >= shown);
        }
    }
    void cut() { follower_.reset(); }

    [[nodiscard]] storage::Position place() const { return place_; }
    [[nodiscard]] const std::vector<Told>& all() const { return all_; }

private:
    std::optional<engine::Follower> follower_;
    storage::Position place_;
    std::vector<Told> all_;
};

class WatchRun : public StoryRun {
public:
    using StoryRun::StoryRun;

protected:
    void on_group(const std::vector<const Delivery*>& /*group*/) override {
        for (Watcher& watcher : watchers_) {
            switch (*rc::gen::inRange(0, 4)) {
                case 0:
                    watcher.cut();
                    break;
                case 1:
                    watcher.look(engine(), 1);
                    break;
                case 2:
                    watcher.look(engine(), 1 + *rc::gen::inRange<std::size_t>(0, 5));
                    break;
                default:
                    break;  // falls behind
            }
        }
    }

    void on_closing() override {
        for (Watcher& watcher : watchers_) watcher.cut();
    }

    void on_end() override {
        const std::vector<Told> expected = told_by_log();
        RC_ASSERT(expected.size() == model().log().size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            RC_ASSERT(expected[i].table == model().log()[i].table);
            RC_ASSERT(expected[i].sequence == model().log()[i].sequence);
            RC_ASSERT(!model().log()[i].imported || !expected[i].event);
        }
        for (Watcher& watcher : watchers_) {
            while (watcher.place() < read_point()->position()) watcher.look(engine(), 100);
            RC_ASSERT(watcher.all() == expected);
        }
    }

private:
    // Worked out from what is on the disk.
    std::vector<Told> told_by_log() {
        std::vector<Told> expected;
        for (const storage::Record& record : read_log()) {
            const engine::Table* table = catalog_->table(record.table());
            const auto event = engine::event_of(*table, record);
            expected.push_back(
                told(record, event ? &*event : nullptr,
                     event ? engine::event_data(*event->rule, *table, record) : std::string()));
        }
        return expected;
    }

    std::shared_ptr<const engine::Catalog> catalog_ = catalog();
    std::vector<Watcher> watchers_{3};
};

TEST(O7, AFollowerIsToldOfEachRecordOnceAndInOrder) {
    EXPECT_TRUE(rc::check([] { WatchRun(*support::any_story()).run(); }));
}

}  // namespace
}  // namespace freshet::properties
