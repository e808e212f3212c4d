// What engine/folding/lineage.h promises: which streams a table takes from, and which is later.

#include "engine/folding/lineage.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/fresh_process.h"
#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using Kind = Lineage::Finding::Kind;
using Order = Lineage::Order;
using support::must;

const StreamName eu_1{.family = "eu", .label = "1"};
const StreamName eu_2{.family = "eu", .label = "2"};
const StreamName us_1{.family = "us", .label = "1"};
const StreamName nameless{};

TEST(LineageTest, BeginsWithTheFirstStream) {
    Lineage lineage;
    EXPECT_EQ(lineage.find(eu_1).kind, Kind::joins);

    EXPECT_EQ(lineage.join(eu_1), 1U);

    EXPECT_EQ(lineage.find(eu_1).kind, Kind::known);
    EXPECT_EQ(lineage.find(eu_1).number, 1U);
    EXPECT_EQ(lineage.find(eu_2).kind, Kind::joins) << "another label joins by itself";
    EXPECT_EQ(lineage.find(us_1).kind, Kind::foreign);
}

TEST(LineageTest, KnowsHowAStreamWouldStandBeforeItJoins) {
    static_assert(!std::is_copy_constructible_v<Lineage>, "no record brings a copy of it");
    Lineage lineage;
    EXPECT_EQ(lineage.number_of_next(eu_2), 1U);
    lineage.join(eu_2);
    lineage.adopt("us");

    EXPECT_EQ(lineage.number_of_next(eu_1), 2U);
    EXPECT_EQ(lineage.order_of_next(eu_1, 1), Order::earlier_label);
    EXPECT_EQ(lineage.order_of_next({.family = "eu", .label = "3"}, 1), Order::later);
    EXPECT_EQ(lineage.order_of_next(us_1, 1), Order::later);
    EXPECT_EQ(lineage.streams().size(), 1U) << "none has joined by being asked for";

    Lineage unnamed;
    unnamed.join(nameless);
    EXPECT_EQ(unnamed.order_of_next(eu_1, 1), Order::same) << "it is the one without a name";
}

TEST(LineageTest, HasRoomForSoManyStreamsAndFamilies) {
    Lineage lineage;
    for (std::size_t i = 0; i < lineage_streams_max; ++i) {
        const StreamName name{.family = "eu", .label = std::to_string(i)};
        EXPECT_TRUE(lineage.has_room_for(name)) << i;
        lineage.join(name);
    }
    EXPECT_FALSE(lineage.has_room_for({.family = "eu", .label = "x"}));

    for (std::size_t i = 1; i < lineage_families_max; ++i) {
        EXPECT_TRUE(lineage.has_room_for_family(std::to_string(i))) << i;
        lineage.adopt(std::to_string(i));
    }
    EXPECT_FALSE(lineage.has_room_for_family("x"));
    EXPECT_TRUE(lineage.has_room_for_family("eu")) << "which it knows";

    lineage.adopt("of a log that holds more");
    EXPECT_TRUE(lineage.has_room_for_family("of a log that holds more"));
    EXPECT_FALSE(lineage.has_room_for_family("x"));
}

TEST(LineageTest, OrdersLabelsAsTimesAndFamiliesAsTheyWereAdopted) {
    Lineage lineage;
    const auto second = lineage.join(eu_2);
    const auto first = lineage.join(eu_1);
    EXPECT_TRUE(lineage.adopt("us"));
    EXPECT_EQ(lineage.find(us_1).kind, Kind::joins);
    const auto us = lineage.join(us_1);

    EXPECT_EQ(lineage.order(first, second), Order::earlier_label);
    EXPECT_EQ(lineage.order(second, first), Order::later);
    EXPECT_EQ(lineage.order(second, us), Order::earlier_family);
    EXPECT_EQ(lineage.order(us, us), Order::same);
    EXPECT_FALSE(lineage.adopt("us"));
    EXPECT_TRUE(lineage.adopt("eu"));
    EXPECT_EQ(lineage.order(second, us), Order::later) << "adopted again, it is the latest";
    EXPECT_EQ(lineage.families(), (std::vector<std::string>{"us", "eu"}));
    EXPECT_EQ(lineage.find(eu_2).number, second) << "numbers stay";
}

TEST(LineageTest, TakesWhatSaysNoStreamForTheOnlyOne) {
    Lineage lineage;
    EXPECT_EQ(lineage.join(nameless), 1U);
    EXPECT_EQ(lineage.find(nameless).number, 1U);
    EXPECT_EQ(lineage.find(eu_1).kind, Kind::joins);

    EXPECT_EQ(lineage.join(eu_1), 1U) << "it gets its name";

    EXPECT_EQ(lineage.find(nameless).number, 1U);
    EXPECT_EQ(lineage.find({.family = "eu", .label = {}}).number, 1U);
    lineage.join(eu_2);
    EXPECT_EQ(lineage.find(nameless).kind, Kind::ambiguous);
    EXPECT_EQ(lineage.find({.family = "eu", .label = {}}).kind, Kind::ambiguous);
    EXPECT_EQ(lineage.find({.family = "us", .label = {}}).kind, Kind::foreign);
}

TEST(LineageTest, TakesATablesNameForItsStreamUntilThatSaysItsLabel) {
    Lineage lineage;
    EXPECT_EQ(lineage.join({.family = "eu", .label = {}}), 1U);
    EXPECT_EQ(lineage.join(eu_1), 1U);
    EXPECT_EQ(lineage.join(eu_2), 2U);
}

TEST(LineageTest, CanBeAdoptedIntoBeforeTheFirstRecord) {
    Lineage lineage;
    lineage.adopt("us");

    EXPECT_EQ(lineage.find(us_1).kind, Kind::joins);
    EXPECT_EQ(lineage.find(eu_1).kind, Kind::foreign);
    EXPECT_EQ(lineage.find(nameless).kind, Kind::ambiguous);
}

TEST(LineageTest, KeepsANamelessStreamBesideAFamilyThatWasAdopted) {
    Lineage lineage;
    lineage.join(nameless);
    lineage.adopt("us");

    EXPECT_EQ(lineage.join(us_1), 2U);
    EXPECT_EQ(lineage.find(nameless).kind, Kind::ambiguous) << "one of several";
    EXPECT_EQ(lineage.order(1, 2), Order::earlier_family);
    EXPECT_EQ(lineage.find(eu_1).kind, Kind::foreign);
}

TEST(LineageTest, ComesBackFromItsBytes) {
    Lineage lineage;
    lineage.join({.family = "arn:aws:dynamodb:eu-west-1:1:table/o:3", .label = "12:30"});
    lineage.adopt("us");
    lineage.join(us_1);
    lineage.reconcile({storage::SourceTime(std::chrono::seconds(7)), storage::Position{9}});
    const std::string bytes = lineage.bytes();

    const Lineage read = must(Lineage::from_bytes(bytes));

    EXPECT_EQ(read.families(), lineage.families());
    EXPECT_EQ(read.streams(), lineage.streams());
    EXPECT_EQ(read.reconciled(), lineage.reconciled());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto cut = Lineage::from_bytes(bytes.substr(0, size));
        if (cut) {
            EXPECT_LT(cut->streams().size(), lineage.streams().size());
        } else {
            EXPECT_EQ(cut.error().code, Errc::damaged_state);
        }
    }
    EXPECT_FALSE(Lineage::from_bytes("4:2:us0:2:eu1:1")) << "a stream of no family";
    for (const char* moment : {"2:no", "2:7,", "2:,7", "3:7,x"}) {
        EXPECT_FALSE(Lineage::from_bytes(std::string("4:2:us") + moment)) << moment;
    }
}

TEST(LineageTest, KnowsTheNewestExportThatItsTableIsEvenWith) {
    const Lineage::Reconciled even{storage::SourceTime(std::chrono::seconds(7)),
                                   storage::Position{9}};
    const Lineage::Reconciled earlier{even.moment - std::chrono::seconds(1), storage::Position{10}};
    Lineage lineage;
    EXPECT_EQ(lineage.reconciled(), std::nullopt);
    lineage.reconcile(even);
    lineage.reconcile(earlier);

    EXPECT_EQ(lineage.reconciled(), even);
}

TEST(LineageTest, IsKeptInTheState) {
    const support::TempFolder folder;
    const auto data = must(storage::DataFolder::open(folder.file("data"), {}));
    storage::StateBatch batch = must(data->state().begin());
    EXPECT_TRUE(must(Lineage::of("orders", batch)).empty());
    Lineage lineage;
    lineage.join(eu_1);
    batch.put_fact(Lineage::fact_of("orders"), lineage.bytes());
    EXPECT_EQ(must(Lineage::of("orders", batch)).streams().size(), 1U);
    must(data->state().commit(std::move(batch), {}));

    const auto snapshot = must(data->state().snapshot());
    EXPECT_EQ(must(Lineage::of("orders", *snapshot)).streams(), lineage.streams());
    EXPECT_TRUE(must(Lineage::of("order", *snapshot)).empty()) << "a name that begins like it";
}

class LineageDeathTest : public ::testing::Test, support::FreshProcess {};

TEST_F(LineageDeathTest, ComparesOnlyStreamsThatHaveJoined) {
    Lineage lineage;
    lineage.join(eu_1);

    EXPECT_DEATH((void)lineage.order(1, 2), "only streams that have joined are compared");
    EXPECT_DEATH((void)lineage.order(0, 1), "only streams that have joined are compared");
}

}  // namespace
}  // namespace freshet::engine
