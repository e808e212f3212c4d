// How engine/folding/bulk_histories.h cuts a log. What is made of the stretches, properties show
// (tests/properties/story_run.h).

#include "engine/folding/bulk_histories.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using storage::Position;
using support::must;

class StretchesTest : public ::testing::Test {
protected:
    void append(std::size_t records) {
        storage::LogBatch batch = data->log().begin();
        for (std::size_t i = 0; i < records; ++i) {
            batch.add(storage::Notice{.kind = storage::NoticeKind::adoption,
                                      .by = "test",
                                      .table = "orders",
                                      .stream = "orders"});
        }
        must(data->log().append(batch));
    }

    // The positions in a stretch.
    [[nodiscard]] std::vector<Position> positions_in(const LogStretch& stretch) const {
        std::vector<Position> positions;
        const auto scan = must(data->log().scan(stretch.after, stretch.up_to));
        for (auto some = must(scan->next({})); !some.empty(); some = must(scan->next({}))) {
            for (const storage::Record& record : some) positions.push_back(record.position());
        }
        return positions;
    }

    const support::TempFolder folder;
    std::unique_ptr<storage::DataFolder> data =
        must(storage::DataFolder::open(folder.file("data"), {}));
};

TEST_F(StretchesTest, HaveEachRecordOnce) {
    for (const std::size_t more : {0, 1, 1, 5, 100, 1'000}) {
        if (more > 0) append(more);
        for (const std::size_t count : {1, 2, 7, 8}) {
            const Position head = data->log().head().position;

            std::vector<Position> found;
            for (const LogStretch& stretch : must(stretches_of(data->log(), head, count))) {
                const auto positions = positions_in(stretch);
                found.insert(found.end(), positions.begin(), positions.end());
            }

            EXPECT_EQ(found, positions_in({.after = {}, .up_to = head}));
        }
    }
}

TEST_F(StretchesTest, AreOfAboutTheSameSize) {
    append(1'000);

    const auto stretches = must(stretches_of(data->log(), data->log().head().position, 4));

    ASSERT_EQ(stretches.size(), 4U);
    for (const LogStretch& stretch : stretches) {
        EXPECT_NEAR(static_cast<double>(positions_in(stretch).size()), 250, 2);
    }
}

}  // namespace
}  // namespace freshet::engine
