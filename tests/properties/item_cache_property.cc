// O5 with items in memory: whatever is written, erased, read of whatever moment, evicted, closed
// and emptied in whatever order, each snapshot reads each item as it was at its moment.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/data_folder.h"
#include "storage/state_store.h"
#include "tests/disks/temp_folder.h"
#include "tests/properties/value_in.h"

namespace freshet::properties {
namespace {

using storage::Position;
using storage::StateSnapshot;

constexpr std::size_t items_max = 40;
constexpr int steps_max = 300;
constexpr std::size_t kibibyte = 1U << 10U;

enum class Doing { commit, write, read, hold, let_go, erase, reopen, clear };

struct Step {
    Doing doing = Doing::commit;
    std::size_t first = 0;  // of the items that are committed or read
    std::size_t count = 0;
    std::size_t snapshot = 0;  // that is read or let go, of those that are held
};

rc::Gen<Step> any_step() {
    return rc::gen::build<Step>(
        rc::gen::set(&Step::doing, rc::gen::weightedElement<Doing>({{20, Doing::commit},
                                                                    {4, Doing::write},
                                                                    {60, Doing::read},
                                                                    {20, Doing::hold},
                                                                    {5, Doing::let_go},
                                                                    {1, Doing::erase},
                                                                    {1, Doing::reopen},
                                                                    {1, Doing::clear}})),
        rc::gen::set(&Step::first, rc::gen::inRange<std::size_t>(0, items_max)),
        rc::gen::set(&Step::count, rc::gen::inRange<std::size_t>(1, 13)),
        rc::gen::set(&Step::snapshot, rc::gen::inRange<std::size_t>(0, 8)));
}

// The items that a step touches.
std::vector<std::size_t> items_of(const Step& step) {
    std::vector<std::size_t> items;
    for (std::size_t i = 0; i < step.count; ++i) items.push_back((step.first + i) % items_max);
    return items;
}

std::string key_of(std::size_t item) {
    return "item-" + std::to_string(item);
}

// A state whose items say which commit wrote them, beside what they should say.
class Store {
public:
    explicit Store(std::size_t cache_bytes)
        : data_(value_in(storage::DataFolder::open(folder_.file("data"),
                                                   {.state_cache_bytes = cache_bytes}))) {}

    void play(const Step& step) {
        switch (step.doing) {
            case Doing::commit:
                return put_all(items_of(step));
            case Doing::write:
                return value_in(data_->state().write_behind(true));
            case Doing::read:
                return read(step);
            case Doing::hold:
                held_.push_back({value_in(data_->state().snapshot()), newest_});
                return;
            case Doing::let_go:
                if (!held_.empty()) held_.erase(held_.begin() + place_of(step));
                return;
            case Doing::erase:
                return erase();
            case Doing::reopen:
                held_.clear();
                return value_in(data_->state().reopen());
            case Doing::clear:
                held_.clear();
                newest_.clear();
                return value_in(data_->state().clear());
        }
    }

    // Every item as each moment has it, the newest first: what that adds is not for the others.
    void read_all() {
        held_.push_back({value_in(data_->state().snapshot()), newest_});
        for (std::size_t item = 0; item < items_max; ++item) {
            for (auto held = held_.rbegin(); held != held_.rend(); ++held) check(*held, item);
        }
    }

private:
    using Contents = std::map<std::size_t, std::uint64_t>;  // the commits that wrote the items

    struct Held {
        std::shared_ptr<const StateSnapshot> snapshot;
        Contents contents;
    };

    [[nodiscard]] std::ptrdiff_t place_of(const Step& step) const {
        return static_cast<std::ptrdiff_t>(step.snapshot % held_.size());
    }

    static std::uint64_t commit_of(const std::shared_ptr<const storage::Item>& item) {
        return item ? item->parts().changed.value : 0;
    }

    static std::uint64_t expected(const Contents& contents, std::size_t item) {
        const auto found = contents.find(item);
        return found == contents.end() ? 0 : found->second;
    }

    static void check(const Held& held, std::size_t item) {
        const auto read = value_in(held.snapshot->item("t", key_of(item)));
        RC_ASSERT(commit_of(read) == expected(held.contents, item));
    }

    void put_all(const std::vector<std::size_t>& items) {
        storage::StateBatch batch = value_in(data_->state().begin());
        ++commits_;
        for (const std::size_t item : items) put(batch, item);
        commit(std::move(batch));
    }

    void put(storage::StateBatch& batch, std::size_t item) {
        const auto known = value_in(batch.known_item("t", key_of(item)));
        RC_ASSERT(commit_of(known->item()) == expected(newest_, item));
        storage::StateBatch::put_item(*known, {.source = {},
                                               .label = {},
                                               .sequence = "1",
                                               .created = Position{commits_},
                                               .changed = Position{commits_},
                                               .time = std::nullopt,
                                               .others = {},
                                               .image = std::nullopt});
        newest_[item] = commits_;
    }

    void erase() {
        storage::StateBatch batch = value_in(data_->state().begin());
        ++commits_;
        batch.erase_items("t");
        newest_.clear();
        commit(std::move(batch));
    }

    void commit(storage::StateBatch batch) {
        value_in(data_->state().commit(
            std::move(batch),
            {.mark = {.epoch = 1, .position = Position{commits_}, .chain = commits_},
             .layout = 1}));
    }

    void read(const Step& step) {
        if (held_.empty()) return;
        const Held& held = held_[static_cast<std::size_t>(place_of(step))];
        for (const std::size_t item : items_of(step)) check(held, item);
    }

    support::TempFolder folder_;
    std::unique_ptr<storage::DataFolder> data_;
    Contents newest_;
    std::uint64_t commits_ = 0;
    std::vector<Held> held_;  // ends before the folder
};

TEST(ItemCacheProperty, O5_EachSnapshotReadsItemsAsTheyWereAtItsMoment) {
    EXPECT_TRUE(rc::check([] {
        // A quarter of it has room for none of the items, for a few, for half, or for all of them.
        Store store(
            *rc::gen::element<std::size_t>(0, 24 * kibibyte, 32 * kibibyte, 256 * kibibyte));
        for (const Step& step :
             *rc::gen::resize(steps_max, rc::gen::container<std::vector<Step>>(any_step()))) {
            store.play(step);
        }
        store.read_all();
    }));
}

}  // namespace
}  // namespace freshet::properties
