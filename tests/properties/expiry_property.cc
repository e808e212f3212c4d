// O5, where items expire that a source has not removed yet: every view shows what a model shows
// that knows which items are hidden, whatever records, restarts, rebuilds and other configurations
// come in between. Each restart that deletes the state also compares both ways of folding the log
// (SteppedEngine::restart).

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/access/grants.h"
#include "engine/expiring/expiry_sweep.h"
#include "tests/properties/draws.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"
#include "tests/world/item_keys.h"
#include "tests/world/stepped_engine.h"
#include "tests/world/tables.h"

namespace freshet::properties {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using storage::ChangeKind;
using support::must;

constexpr std::size_t moves = 50;
constexpr std::int64_t begin_s = 1'800'000'000;
const std::array<std::string, 3> ids{"a", "b", "c"};
// By which attribute items expire; empty: by none.
const std::vector<std::string> choices{"until", "until", "until", "", "late"};

std::string configuration_by(const std::string& expires) {
    return support::server_section + R"(
[[table]]
name = "orders"
key  = ["pk"]
)" + (expires.empty() ? "" : "expires = \"" + expires + "\"\n") +
           R"(
[[table.view]]
name   = "order"
fields = ["pk"]

[[table.list]]
name   = "all"
fields = ["pk"]

[[table.total]]
name   = "groups"
by     = ["group"]
values = ["count"]
)";
}

// An item as it is known. Times are texts of numbers, or texts.
struct Known {
    bool exists = false;
    std::map<std::string, std::string> times;  // by attribute; one that begins with `#` is a text
    std::string group;
    std::string hidden_by;
};

bool is_due(const std::string& time, std::int64_t now) {
    return time.front() != '#' && std::stoll(time) <= now;
}

class ExpiringStory {
public:
    ExpiringStory() : world_(configuration_by(expires_), {.builds_whole = true}), now_(begin_s) {
        set_clock();
    }

    void run() {
        for (std::size_t move = 0; move < moves; ++move) {
            switch (below(16)) {
                case 0:
                    now_ += 1 + static_cast<std::int64_t>(below(3));
                    set_clock();
                    break;
                case 1:
                case 2:
                case 3:
                    sweep();
                    break;
                case 4:
                    if (below(2) == 0) world_.restart(below(2) == 0);
                    break;
                case 5:
                    if (below(2) == 0) reconfigure();
                    break;
                default:
                    write();
            }
            check();
        }
        world_.restart(true);
        check();
    }

private:
    void set_clock() { world_.clock().set_wall(sys_seconds(seconds(now_))); }

    void sweep() {
        engine::ExpirySweep sweep(world_.catalog(), world_.clock(),
                                  {.read_point = [&] { return world_.engine().read_point(); },
                                   .submit =
                                       [&](engine::ChangeBatch batch, engine::AppendDone done) {
                                           world_.engine().append(std::move(batch),
                                                                  std::move(done));
                                           world_.sequencer().step();
                                       }},
                                  nullptr);
        const std::size_t expired = must(sweep.sweep());
        std::size_t expected = 0;
        for (auto& [id, item] : items_) {
            const auto time = item.times.find(expires_);
            const bool may_be = item.exists && item.hidden_by != expires_;
            if (!may_be || time == item.times.end() || !is_due(time->second, now_)) continue;
            item.hidden_by = expires_;
            ++expected;
        }
        RC_ASSERT(expired == expected);
    }

    void reconfigure() {
        expires_ = any_of(choices);
        must(world_.reconfigure(configuration_by(expires_)));
    }

    void write() {
        const std::string id = any_of(std::vector<std::string>(ids.begin(), ids.end()));
        storage::Change change = support::bare_change(
            any_of(std::vector<ChangeKind>{ChangeKind::insert, ChangeKind::modify,
                                           ChangeKind::modify, ChangeKind::remove}),
            {.id = id, .attributes = {}, .sequence = std::to_string(++sequence_)});
        Known& item = items_[id];
        const bool has_image = change.kind != ChangeKind::remove && below(6) > 0;
        if (has_image) {
            const Known before = item;
            item = {
                .exists = true, .times = {}, .group = any_of(std::vector<std::string>{"x", "y"})};
            for (const std::string attribute : {"until", "late"}) {
                const auto was = before.times.find(attribute);
                if (was != before.times.end() && below(2) == 0) {
                    item.times[attribute] = was->second;
                } else if (below(4) > 0) {
                    const std::int64_t time = begin_s - 2 + static_cast<std::int64_t>(below(10));
                    item.times[attribute] = (below(6) == 0 ? "#" : "") + std::to_string(time);
                }
            }
            const auto was = before.times.find(before.hidden_by);
            const auto is = item.times.find(before.hidden_by);
            const bool is_same =
                was != before.times.end() && is != item.times.end() && was->second == is->second;
            if (before.exists && is_same) item.hidden_by = before.hidden_by;
            change.after = image_of(id, item);
        } else if (change.kind != ChangeKind::modify) {
            item = {};
        }
        must(world_.append({support::keyed(world_.catalog(), std::move(change))}));
    }

    static storage::Image image_of(const std::string& id, const Known& item) {
        storage::ImageBuilder builder;
        std::vector<storage::ImageBuilder::Value> values;
        values.push_back(builder.scalar(storage::ValueType::string, "group", item.group));
        for (const std::string name : {"late", "pk", "until"}) {  // sorted, as an image has them
            const auto known = item.times.find(name);
            if (name == "pk") {
                values.push_back(builder.scalar(storage::ValueType::string, name, id));
            }
            if (known == item.times.end()) continue;
            const std::string& time = known->second;
            const bool is_text = time.front() == '#';
            values.push_back(
                builder.scalar(is_text ? storage::ValueType::string : storage::ValueType::number,
                               name, is_text ? time.substr(1) : time));
        }
        return builder.finish(values);
    }

    void check() {
        const auto read_point = world_.now();
        const engine::Table& table = *world_.catalog().table("orders");
        std::vector<std::string> shown;
        std::map<std::string, int> counts{{"x", 0}, {"y", 0}};
        for (const std::string& id : ids) {
            const Known item = items_[id];
            const bool is_hidden = !expires_.empty() && item.hidden_by == expires_;
            const bool is_shown = item.exists && !is_hidden;
            const auto read =
                must(read_point->item(table.views.front(), {id}, *engine::everybody()));
            RC_ASSERT(read.has_value() == is_shown);
            if (!is_shown) continue;
            shown.push_back(R"({"pk":")" + id + "\"}");
            ++counts[item.group];
        }
        const auto page = must(
            read_point->page(table.lists.front(), engine::PageRequest{}, *engine::everybody()));
        RC_ASSERT(page.items == shown);
        for (const auto& [group, count] : counts) {
            const auto total =
                must(read_point->total(table.totals.front(), {group}, *engine::everybody()));
            const std::string expected =
                R"({"group":")" + group + R"(","count":)" + std::to_string(count) + '}';
            RC_ASSERT(total == expected);
        }
    }

    std::string expires_ = "until";
    support::SteppedEngine world_;
    std::int64_t now_;
    std::uint64_t sequence_ = 0;
    std::map<std::string, Known> items_;
};

TEST(O5, WhatHasExpiredIsHiddenUntilItsTimeIsAnother) {
    EXPECT_TRUE(rc::check([] { ExpiringStory().run(); }));
}

}  // namespace
}  // namespace freshet::properties
