// O5 with stretches between rows in memory: whatever is put, erased, read in either order, held,
// closed and emptied, and whatever is committed while a reader is on its way, each snapshot reads
// the rows of its moment.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
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
using storage::RowOrder;
using storage::RowRange;
using storage::StateSnapshot;

constexpr int rows_max = 600;
constexpr int steps_max = 120;

enum class Doing { put, erase, read, hold, let_go, erase_all, reopen, clear };

struct Step {
    Doing doing = Doing::put;
    int first = 0;  // of the rows that are put, erased or read
    int count = 0;
    bool is_falling = false;
    std::size_t snapshot = 0;  // that is read or let go, of those that are held
    // While it reads: after how many rows another range is put or erased.
    int pause = 0;
    int other = 0;
};

rc::Gen<Step> any_step() {
    return rc::gen::build<Step>(
        rc::gen::set(&Step::doing, rc::gen::weightedElement<Doing>({{20, Doing::put},
                                                                    {30, Doing::erase},
                                                                    {60, Doing::read},
                                                                    {10, Doing::hold},
                                                                    {5, Doing::let_go},
                                                                    {1, Doing::erase_all},
                                                                    {1, Doing::reopen},
                                                                    {1, Doing::clear}})),
        rc::gen::set(&Step::first, rc::gen::inRange(0, rows_max)),
        rc::gen::set(&Step::count, rc::gen::element(1, 3, 40, 150, 400)),
        rc::gen::set(&Step::is_falling),
        rc::gen::set(&Step::snapshot, rc::gen::inRange<std::size_t>(0, 8)),
        rc::gen::set(&Step::pause, rc::gen::inRange(0, 6)),
        rc::gen::set(&Step::other, rc::gen::inRange(0, rows_max)));
}

std::string place_of(int row) {
    return std::to_string(10'000 + row);
}

using Rows = std::set<std::string>;  // their places

// A state of one list beside the rows that it should have.
class Store {
public:
    Store() : data_(value_in(storage::DataFolder::open(folder_.file("data"), {}))) {}

    void play(const Step& step) {
        switch (step.doing) {
            case Doing::put:
            case Doing::erase:
                return change(step.first, step.count, step.doing == Doing::put);
            case Doing::read:
                return read(step);
            case Doing::hold:
                hold();
                return;
            case Doing::let_go:
                if (!held_.empty()) held_.erase(held_.begin() + number_of(step));
                return;
            case Doing::erase_all:
                return erase_all();
            case Doing::reopen:
                held_.clear();
                return value_in(data_->state().reopen());
            case Doing::clear:
                held_.clear();
                newest_.clear();
                return value_in(data_->state().clear());
        }
    }

    // Every row of every moment, the newest first: what that teaches is not for the others.
    void read_all() {
        hold();
        for (auto held = held_.rbegin(); held != held_.rend(); ++held) {
            for (const bool is_falling : {false, true}) {
                check(*held, {.count = rows_max, .is_falling = is_falling, .pause = rows_max});
            }
        }
    }

private:
    struct Held {
        std::shared_ptr<const StateSnapshot> snapshot;
        Rows rows;
    };

    void hold() { held_.push_back({value_in(data_->state().snapshot()), newest_}); }

    [[nodiscard]] std::ptrdiff_t number_of(const Step& step) const {
        return static_cast<std::ptrdiff_t>(step.snapshot % held_.size());
    }

    void change(int first, int count, bool is_put) {
        storage::StateBatch batch = value_in(data_->state().begin());
        ++commits_;
        for (int row = first; row < std::min(first + count, rows_max); ++row) {
            const std::string place = place_of(row);
            if (is_put && newest_.insert(place).second) batch.put_row("list", place, "key");
            if (!is_put && newest_.erase(place) > 0) batch.erase_row("list", place);
        }
        commit(std::move(batch));
    }

    void erase_all() {
        storage::StateBatch batch = value_in(data_->state().begin());
        ++commits_;
        batch.erase_rows("list");
        newest_.clear();
        commit(std::move(batch));
    }

    void commit(storage::StateBatch batch) {
        value_in(data_->state().commit(
            std::move(batch),
            {.mark = {.epoch = 1, .position = Position{commits_}, .chain = commits_},
             .layout = 1}));
    }

    // Mostly the newest moment: only its readers teach.
    void read(const Step& step) {
        if (held_.empty() || step.snapshot > 1) {
            const Held newest{value_in(data_->state().snapshot()), newest_};
            return check(newest, step);
        }
        const Held held = held_[static_cast<std::size_t>(number_of(step))];
        check(held, step);
    }

    void check(const Held& held, const Step& step) {
        const RowRange range{.begin = place_of(step.first),
                             .end = place_of(step.first + step.count)};
        std::vector<std::string> expected(held.rows.lower_bound(range.begin),
                                          held.rows.lower_bound(range.end));
        if (step.is_falling) std::reverse(expected.begin(), expected.end());
        std::vector<std::string> found;
        int left = step.pause;
        value_in(held.snapshot->rows("list", range,
                                     step.is_falling ? RowOrder::falling : RowOrder::rising,
                                     [&](std::string_view place, std::string_view) -> Result<bool> {
                                         found.emplace_back(place);
                                         if (left-- == 0)
                                             change(step.other, 3, step.other % 2 == 0);
                                         return true;
                                     }));
        RC_ASSERT(found == expected);
    }

    support::TempFolder folder_;
    std::unique_ptr<storage::DataFolder> data_;
    Rows newest_;
    std::uint64_t commits_ = 0;
    std::vector<Held> held_;  // ends before the folder
};

TEST(EmptyStretchesProperty, O5_EachSnapshotReadsTheRowsOfItsMoment) {
    EXPECT_TRUE(rc::check([] {
        Store store;
        for (const Step& step :
             *rc::gen::resize(steps_max, rc::gen::container<std::vector<Step>>(any_step()))) {
            store.play(step);
        }
        store.read_all();
    }));
}

}  // namespace
}  // namespace freshet::properties
