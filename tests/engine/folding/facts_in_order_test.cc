// What engine/folding/facts_in_order.h promises: facts come to what they come to record by record,
// whichever stretch of the log is read first.

#include "engine/folding/facts_in_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/config/config.h"
#include "engine/folding/state_keeper.h"
#include "engine/folding/state_steps.h"
#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/held_clock.h"
#include "tests/support/must.h"
#include "tests/world/bulk_state.h"
#include "tests/world/changes.h"
#include "tests/world/item_keys.h"

namespace freshet::engine {
namespace {

using storage::Record;
using support::must;

constexpr const char* configuration = R"(
[[table]]
name = "orders"
key  = ["pk"]
)";

class FactsInOrderTest : public ::testing::Test {
protected:
    // A change that comes by the stream of that label. The first of one joins as `number`.
    void append_change(const std::string& label, std::uint32_t number, bool joins) {
        storage::LogBatch batch = data->log().begin();
        batch.add(support::keyed(*declared.catalog,
                                 support::change_of(storage::ChangeKind::modify,
                                                    {.id = "a",
                                                     .attributes = {{"status", "NEW"}},
                                                     .source = label.empty() ? "" : "orders",
                                                     .label = label})),
                  {.stream = number, .joins = joins});
        must(data->log().append(batch));
    }
    void append_revocation(const std::string& name, int asked) {
        storage::LogBatch batch = data->log().begin();
        batch.add(storage::Notice{.kind = storage::NoticeKind::revocation,
                                  .by = "test",
                                  .name = name,
                                  .asked = storage::AppendTime(std::chrono::seconds(asked))});
        must(data->log().append(batch));
    }

    [[nodiscard]] std::vector<Record> records() const {
        return must(data->log().read_after({}, data->log().head().position, {}));
    }

    [[nodiscard]] support::StateBytes facts_of_state() const {
        support::StateBytes facts;
        for (const auto& entry : support::bytes_of(*must(data->state().snapshot()))) {
            if (entry.first.starts_with('f')) facts.push_back(entry);
        }
        return facts;
    }

    // What the facts are in the end, of records that are folded one by one.
    support::StateBytes expected() {
        StateKeeper keeper(*declared.catalog, data->log(), data->state(), clock,
                           {.bulk_positions_min = ~std::uint64_t{0}});
        must(keeper.bring_up([](const FoldProgress&) { return Result<void>(); }, [] {}));
        auto facts = facts_of_state();
        must(data->state().clear());
        must(take_over_state(*declared.catalog, data->state(), begin_of(data->log())));
        return facts;
    }

    [[nodiscard]] std::unique_ptr<FactsInOrder> facts_of(std::size_t stretches) {
        auto facts = std::make_unique<FactsInOrder>(*declared.catalog, data->state(),
                                                    data->log().head(), stretches);
        must(facts->begin());
        return facts;
    }

    static void take(FactsInOrder& facts, const Record& record, std::size_t stretch) {
        if (record.is_notice()) {
            EXPECT_TRUE(must(facts.take_notice(record, stretch)));
        } else {
            EXPECT_EQ(must(facts.stream_of(record, stretch)), record.stream());
        }
    }

    const support::TempFolder folder;
    support::HeldClock clock;
    const Config declared = must(parse_config(configuration, "freshet.toml"));
    const std::unique_ptr<storage::DataFolder> data =
        must(storage::DataFolder::open(folder.file("data"), {}));
};

TEST_F(FactsInOrderTest, AreTheSameWhicheverStretchIsReadFirst) {
    append_change("s1", 1, true);
    append_revocation("ann", 5);
    append_change("s2", 2, true);
    append_revocation("ann", 9);
    append_change("s3", 3, true);
    append_revocation("bob", 7);
    const support::StateBytes right = expected();
    const std::vector<Record> all = records();

    std::array<std::size_t, 3> order{0, 1, 2};
    do {
        must(data->state().clear());
        must(take_over_state(*declared.catalog, data->state(), begin_of(data->log())));
        const auto facts = facts_of(order.size());
        for (const std::size_t stretch : order) {
            take(*facts, all[2 * stretch], stretch);
            take(*facts, all[2 * stretch + 1], stretch);
            must(facts->end(stretch));
        }
        must(facts->commit());

        EXPECT_EQ(facts_of_state(), right);
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(FactsInOrderTest, OfWhatWasKeptAreFoldedWhenItsTurnBegins) {
    append_change("s1", 1, true);
    append_change("s2", 2, true);
    append_change("s3", 3, true);
    const support::StateBytes right = expected();
    const std::vector<Record> all = records();

    const auto facts = facts_of(2);
    take(*facts, all[1], 1);
    take(*facts, all[0], 0);
    must(facts->end(0));
    take(*facts, all[2], 1);
    must(facts->end(1));
    must(facts->commit());

    EXPECT_EQ(facts_of_state(), right);
}

TEST_F(FactsInOrderTest, SayOnceTheirTurnHasComeThatAStreamDoesNotJoinAsItDid) {
    append_change("s2", 2, true);  // there is no first one
    const auto facts = facts_of(2);

    take(*facts, records().front(), 1);
    const auto ended = facts->end(0);

    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, Errc::damaged_state);
}

// What failed may be half done.
TEST_F(FactsInOrderTest, LetNobodyContinueWhereTheyFailed) {
    append_change("s2", 2, true);
    append_revocation("ann", 1);
    const auto facts = facts_of(2);
    take(*facts, records().front(), 1);
    ASSERT_FALSE(facts->end(0));

    EXPECT_FALSE(must(facts->take_notice(records().back(), 1)));
}

TEST_F(FactsInOrderTest, LetARecordWaitWhoseStreamTheLineageTells) {
    append_change("s1", 1, true);
    append_change("", 0, false);
    const std::vector<Record> all = records();
    for (const bool comes_to_its_end : {true, false}) {
        const auto facts = facts_of(2);
        std::optional<std::uint32_t> stream;
        std::thread other([&] { stream = must(facts->stream_of(all[1], 1)); });
        take(*facts, all[0], 0);

        if (comes_to_its_end) {
            must(facts->end(0));
        } else {
            facts->give_up();
        }
        other.join();

        EXPECT_EQ(stream, comes_to_its_end ? std::optional<std::uint32_t>(1) : std::nullopt);
    }
}

TEST_F(FactsInOrderTest, KeepNoMoreThanThereIsRoomFor) {
    append_revocation(std::string(1'000, 'x'), 5);
    const Record notice = records().front();
    const auto facts = facts_of(2);
    facts->give_up();  // instead of waiting

    std::size_t kept = 0;
    while (must(facts->take_notice(notice, 1))) ++kept;

    EXPECT_EQ(kept, FactsInOrder::kept_bytes_max / notice.bytes().size());
}

TEST_F(FactsInOrderTest, HaveTheTablesThatAreNotDeclared) {
    const auto facts = facts_of(1);
    facts->skip("gone");
    facts->skip("gone");
    must(facts->end(0));
    must(facts->commit());

    const support::StateBytes found = facts_of_state();
    EXPECT_TRUE(std::any_of(found.begin(), found.end(), [](const auto& fact) {
        return fact.first.find("gone") != std::string::npos;
    }));
}

}  // namespace
}  // namespace freshet::engine
