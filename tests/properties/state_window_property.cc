// O5 with the state written behind: whatever is put, added and erased of items, rows and facts, and
// whenever it is written, put on disk, opened again or emptied, each snapshot shows what was
// committed at its moment, in either order, and a batch finds it as the last commit left it.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/data_folder.h"
#include "storage/state_cursor.h"
#include "storage/state_store.h"
#include "tests/disks/temp_folder.h"
#include "tests/properties/value_in.h"

namespace freshet::properties {
namespace {

using storage::Position;
using storage::RowOrder;
using storage::RowRange;
using storage::StateBatch;
using storage::StateSnapshot;

constexpr int entries_max = 30;
constexpr int steps_max = 200;

enum class Doing { commit, erase_list, read, hold, let_go, write, flush, reopen, clear };

struct Change {
    int entry = 0;
    int what = 0;  // 0 a row of the list, 1 of the total, 2 an item, 3 a fact
    bool erases = false;
};

struct Step {
    Doing doing = Doing::commit;
    std::vector<Change> changes;
    std::size_t snapshot = 0;  // that is read or let go, of those that are held
    int first = 0;             // of the rows that are read
    int count = 0;
    bool is_falling = false;
};

rc::Gen<Change> any_change() {
    return rc::gen::build<Change>(rc::gen::set(&Change::entry, rc::gen::inRange(0, entries_max)),
                                  rc::gen::set(&Change::what, rc::gen::inRange(0, 4)),
                                  rc::gen::set(&Change::erases));
}

rc::Gen<Step> any_step() {
    return rc::gen::build<Step>(
        rc::gen::set(&Step::doing, rc::gen::weightedElement<Doing>({{50, Doing::commit},
                                                                    {1, Doing::erase_list},
                                                                    {20, Doing::read},
                                                                    {10, Doing::hold},
                                                                    {5, Doing::let_go},
                                                                    {6, Doing::write},
                                                                    {1, Doing::flush},
                                                                    {1, Doing::reopen},
                                                                    {1, Doing::clear}})),
        rc::gen::set(&Step::changes, rc::gen::container<std::vector<Change>>(any_change())),
        rc::gen::set(&Step::snapshot, rc::gen::inRange<std::size_t>(0, 8)),
        rc::gen::set(&Step::first, rc::gen::inRange(0, entries_max)),
        rc::gen::set(&Step::count, rc::gen::inRange(1, entries_max)),
        rc::gen::set(&Step::is_falling));
}

std::string name_of(int entry) {
    return "n" + std::to_string(1'000 + entry);
}

using Texts = std::map<std::string, std::string>;  // by name

// What a state should have: of the list each row says "key", all else which commit wrote it.
struct Contents {
    Texts list;
    Texts total;
    Texts items;
    Texts facts;

    bool operator==(const Contents&) const = default;
};

class Store {
public:
    Store(std::size_t cache_bytes, std::size_t write_bytes)
        : data_(value_in(storage::DataFolder::open(
              folder_.file("data"),
              {.state_cache_bytes = cache_bytes, .state_write_bytes = write_bytes}))) {}

    void play(const Step& step) {
        switch (step.doing) {
            case Doing::commit:
                return commit(step.changes);
            case Doing::erase_list:
                return erase_list(step.changes);
            case Doing::read:
                return read(step);
            case Doing::hold:
                return hold();
            case Doing::let_go:
                if (!held_.empty()) held_.erase(held_.begin() + number_of(step));
                return;
            case Doing::write:
                return value_in(data_->state().write_behind(true));
            case Doing::flush:
                return value_in(data_->state().flush());
            case Doing::reopen:
                held_.clear();
                return value_in(data_->state().reopen());
            case Doing::clear:
                held_.clear();
                newest_ = {};
                return value_in(data_->state().clear());
        }
    }

    void read_all() {
        hold();
        for (const Held& held : held_) {
            RC_ASSERT(contents_of(*held.snapshot) == held.contents);
        }
    }

private:
    struct Held {
        std::shared_ptr<const StateSnapshot> snapshot;
        Contents contents;
    };

    void hold() { held_.push_back({value_in(data_->state().snapshot()), newest_}); }

    [[nodiscard]] std::ptrdiff_t number_of(const Step& step) const {
        return static_cast<std::ptrdiff_t>(step.snapshot % held_.size());
    }

    void commit(const std::vector<Change>& changes) {
        StateBatch batch = value_in(data_->state().begin());
        ++commits_;
        for (const Change& change : changes) make(change, batch);
        end(std::move(batch));
    }

    void erase_list(const std::vector<Change>& changes) {
        StateBatch batch = value_in(data_->state().begin());
        ++commits_;
        batch.erase_rows("list");
        newest_.list.clear();
        for (const Change& change : changes) make(change, batch);
        end(std::move(batch));
    }

    void make(const Change& change, StateBatch& batch) {
        const std::string name = name_of(change.entry);
        switch (change.what) {
            case 0:
                return change_list(name, change.erases, batch);
            case 1:
                return change_total(name, change.erases, batch);
            case 2:
                return change_item(name, batch);
            default:
                return change_fact(name, change.erases, batch);
        }
    }

    void change_list(const std::string& name, bool erases, StateBatch& batch) {
        if (!erases && newest_.list.emplace(name, "key").second) batch.add_row("list", name, "key");
        if (erases && newest_.list.erase(name) > 0) batch.erase_row("list", name);
    }

    // Its rows are found first, and written again and again.
    void change_total(const std::string& name, bool erases, StateBatch& batch) {
        const auto there = value_in(batch.row("total", name));
        const auto expected = newest_.total.find(name);
        RC_ASSERT(there.has_value() == (expected != newest_.total.end()));
        if (there) {
            RC_ASSERT(*there == expected->second);
        }
        const std::string text = next_text();
        if (!erases && there) batch.put_row("total", name, text);
        if (!erases && !there) batch.add_row("total", name, text);
        if (!erases) newest_.total[name] = text;
        if (erases && newest_.total.erase(name) > 0) batch.erase_row("total", name);
    }

    void change_item(const std::string& name, StateBatch& batch) {
        const auto known = value_in(batch.known_item("items", name));
        RC_ASSERT(text_of(known->item()) == newest_.items[name]);
        StateBatch::put_item(*known, {.source = {},
                                      .label = {},
                                      .sequence = std::to_string(commits_),
                                      .created = Position{1},
                                      .changed = Position{commits_},
                                      .time = std::nullopt,
                                      .others = {},
                                      .image = std::nullopt});
        newest_.items[name] = std::to_string(commits_);
    }

    void change_fact(const std::string& name, bool erases, StateBatch& batch) {
        const auto there = value_in(batch.fact(name));
        RC_ASSERT(there.has_value() == newest_.facts.contains(name));
        if (there) {
            RC_ASSERT(*there == newest_.facts[name]);
        }
        if (erases) {
            newest_.facts.erase(name);
            batch.erase_fact(name);
        } else {
            newest_.facts[name] = next_text();
            batch.put_fact(name, newest_.facts[name]);
        }
        std::vector<std::string> names;
        for (const auto& [fact, text] : newest_.facts) names.push_back(fact);
        RC_ASSERT(value_in(batch.fact_names("", "~")) == names);
    }

    // No two are the same, and they are of many lengths.
    std::string next_text() {
        ++texts_;
        return std::string(texts_ % 7, 'x') + std::to_string(texts_);
    }

    static std::string text_of(const std::shared_ptr<const storage::Item>& item) {
        return item ? std::to_string(item->parts().changed.value) : "";
    }

    void end(StateBatch batch) {
        value_in(data_->state().commit(
            std::move(batch),
            {.mark = {.epoch = 1, .position = Position{commits_}, .chain = commits_},
             .layout = 1}));
    }

    void read(const Step& step) {
        if (held_.empty()) return;
        const Held& held = held_[static_cast<std::size_t>(number_of(step))];
        read_rows(held, step);
        for (int entry = step.first; entry < entries_max; ++entry) {
            const std::string name = name_of(entry);
            const auto expected = held.contents.items.find(name);
            RC_ASSERT(text_of(value_in(held.snapshot->item("items", name))) ==
                      (expected == held.contents.items.end() ? "" : expected->second));
        }
    }

    static void read_rows(const Held& held, const Step& step) {
        const RowRange range{.begin = name_of(step.first), .end = name_of(step.first + step.count)};
        std::vector<std::pair<std::string, std::string>> expected(
            held.contents.total.lower_bound(range.begin),
            held.contents.total.lower_bound(range.end));
        if (step.is_falling) std::reverse(expected.begin(), expected.end());
        std::vector<std::pair<std::string, std::string>> found;
        value_in(held.snapshot->rows(
            "total", range, step.is_falling ? RowOrder::falling : RowOrder::rising,
            [&](std::string_view place, std::string_view text) -> Result<bool> {
                found.emplace_back(place, text);
                return true;
            }));
        RC_ASSERT(found == expected);
    }

    static Contents contents_of(const StateSnapshot& snapshot) {
        Contents contents;
        const auto add_to = [](Texts& texts) {
            return [&texts](std::string_view name, std::string_view text) -> Result<bool> {
                texts.emplace(name, text);
                return true;
            };
        };
        value_in(snapshot.rows("list", "", "", add_to(contents.list)));
        value_in(snapshot.rows("total", "", "", add_to(contents.total)));
        value_in(snapshot.items(
            "items", "", [&](std::string_view key, const storage::Item& item) -> Result<bool> {
                contents.items.emplace(key, std::to_string(item.parts().changed.value));
                return true;
            }));
        value_in(snapshot.facts("", [&](std::string_view name, std::string_view bytes) {
            contents.facts.emplace(name, bytes);
        }));
        return contents;
    }

    support::TempFolder folder_;
    std::unique_ptr<storage::DataFolder> data_;
    Contents newest_;
    std::uint64_t commits_ = 0;
    std::size_t texts_ = 0;
    std::vector<Held> held_;  // ends before the folder
};

TEST(StateWindowProperty, O5_EachSnapshotShowsWhatWasCommittedAtItsMoment) {
    EXPECT_TRUE(rc::check([] {
        // There is no room for items, or for some, or for all. Each commit is written at once,
        // after a few others, or never by itself.
        Store store(*rc::gen::element<std::size_t>(0, 24U << 10U, 256U << 10U),
                    *rc::gen::element<std::size_t>(0, 8U << 10U, 64U << 10U, 1U << 20U));
        for (const Step& step :
             *rc::gen::resize(steps_max, rc::gen::container<std::vector<Step>>(any_step()))) {
            store.play(step);
        }
        store.read_all();
    }));
}

}  // namespace
}  // namespace freshet::properties
