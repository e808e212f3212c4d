// What engine/folding/unread_facts.h promises: what the state says of records that could not be
// understood, and that the log brings it back.

#include "engine/folding/unread_facts.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/config/config.h"
#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"
#include "tests/world/bulk_state.h"
#include "tests/world/stepped_engine.h"
#include "tests/world/tables.h"

namespace freshet::engine {
namespace {

using storage::Notice;
using storage::NoticeKind;
using storage::Position;
using support::must;
using Numbers = std::vector<std::uint64_t>;

class UnreadFactsTest : public ::testing::Test {
protected:
    // Sends a record of that text, which nobody understands, and returns where it is kept.
    Position park(const std::string& text, const std::string& sequence = "7") {
        Notice notice{.kind = NoticeKind::unread, .by = "forwarder", .table = {}, .stream = {}};
        notice.unread = storage::UnreadNote{
            .text = text, .sequence = sequence, .error = "is missing", .pointer = "/dynamodb"};
        ChangeBatch batch;
        batch.records.push_back({.change = {},
                                 .sequence = sequence,
                                 .unread = std::make_shared<const Notice>(std::move(notice))});
        return must(world.append(std::move(batch))).outcomes.at(0).position;
    }
    void drop(Position record) {
        Notice notice{.kind = NoticeKind::discarded, .by = "ann", .table = {}, .stream = {}};
        notice.unread = storage::UnreadNote{.record = record};
        ChangeBatch batch;
        batch.notices.push_back(std::move(notice));
        must(world.append(std::move(batch)));
    }
    [[nodiscard]] UnreadTotal total() const { return must(unread_total(world.now()->state())); }
    [[nodiscard]] Numbers kept(std::uint64_t after = 0, std::size_t limit = 100) const {
        Numbers numbers;
        for (const UnreadRecord& one : must(unread_after({after}, limit, world.now()->state()))) {
            numbers.push_back(one.position.value);
        }
        return numbers;
    }

    support::SteppedEngine world{support::server_section + support::orders_table()};
};

TEST_F(UnreadFactsTest, SayNothingWhereEverythingWasUnderstood) {
    EXPECT_EQ(total(), UnreadTotal());
    EXPECT_EQ(kept(), Numbers());
}

TEST_F(UnreadFactsTest, TellAllOfARecordButItsText) {
    const std::string text = "{\"half\": \xFF";
    const Position position = park(text, "31");

    const auto records = must(unread_after({}, 10, world.now()->state()));

    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].position, position);
    EXPECT_EQ(records[0].by, "forwarder");
    EXPECT_EQ(records[0].sequence, "31");
    EXPECT_EQ(records[0].error, "is missing");
    EXPECT_EQ(records[0].pointer, "/dynamodb");
    EXPECT_EQ(records[0].bytes, text.size());
    EXPECT_EQ(records[0].hash, hash_of_unread(text));
    const auto record = must(world.engine().record_at(*world.now(), position));
    EXPECT_EQ(record->notice()->unread->text, text) << "the log has it, byte by byte";
    EXPECT_EQ(records[0].since, record->appended());
}

TEST_F(UnreadFactsTest, AreReadPageByPage) {
    for (const char* text : {"a", "bb", "ccc"}) park(text);

    EXPECT_EQ(kept(0, 2), (Numbers{1, 2}));
    EXPECT_EQ(kept(2, 2), Numbers{3});
    EXPECT_EQ(kept(3, 2), Numbers());
    EXPECT_EQ(total(), (UnreadTotal{.records = 3, .bytes = 6}));
}

TEST_F(UnreadFactsTest, TheLogBringsThemBack) {
    park("a");
    const Position dropped = park("bb");
    park("ccc");
    drop(dropped);
    const auto before = support::bytes_of(world.now()->state());
    EXPECT_EQ(kept(), (Numbers{1, 3}));
    EXPECT_EQ(total(), (UnreadTotal{.records = 2, .bytes = 4}));

    // Record by record and at once: restart() compares the two.
    world.restart(true);

    EXPECT_EQ(support::bytes_of(world.now()->state()), before);
    EXPECT_EQ(kept(), (Numbers{1, 3}));
    EXPECT_EQ(total(), (UnreadTotal{.records = 2, .bytes = 4}));
}

TEST_F(UnreadFactsTest, WhatIsDroppedIsKeptAgainWhenItIsSentAgain) {
    const Position first = park("a");
    EXPECT_EQ(park("a"), first);
    drop(first);
    EXPECT_EQ(total(), UnreadTotal());

    const Position second = park("a");

    EXPECT_GT(second, first);
    EXPECT_EQ(kept(), Numbers{second.value});
    EXPECT_EQ(total(), (UnreadTotal{.records = 1, .bytes = 1}));
}

TEST_F(UnreadFactsTest, DroppingWhatIsNotKeptIsNoRecord) {
    const Position kept_one = park("a");
    drop(kept_one);
    const Position head = world.now()->position();

    drop(kept_one);
    drop({99});

    EXPECT_EQ(world.now()->position(), head);
    EXPECT_EQ(total(), UnreadTotal());
}

TEST_F(UnreadFactsTest, DamagedOnesAreToldAndNotTakenForNone) {
    const support::TempFolder folder;
    const auto data = must(storage::DataFolder::open(folder.file("data"), {}));
    const auto holds = [&](std::string_view name, std::string_view bytes) {
        auto state = must(data->state().begin());
        state.put_fact(name, bytes);
        const bool is_told = name == "unread/total" ? unread_total(state).has_value()
                                                    : find_unread(Position{1}, state).has_value();
        return is_told && find_unread("cafe", state).has_value();
    };

    EXPECT_FALSE(holds("unread/total", "1"));
    EXPECT_FALSE(holds("unread/total", "1 x"));
    EXPECT_FALSE(holds("unread/text/cafe", ""));
    EXPECT_FALSE(holds("unread/at/00000000000000000001", "{}"));
    EXPECT_FALSE(holds("unread/at/00000000000000000001", "no JSON"));
    EXPECT_TRUE(holds("unread/total", "1 2"));
}

}  // namespace
}  // namespace freshet::engine
