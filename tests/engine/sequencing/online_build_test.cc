// What becomes of the state when the configuration changes: new lists and totals are built between
// groups, those that were there serve meanwhile, and everything ends as a fold of the whole log
// would have it.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/must.h"
#include "tests/world/shop.h"

namespace freshet::engine {
namespace {

using support::must;
using support::Shop;

const std::string table = R"(
[[table]]
name = "orders"
key  = ["pk"]

[[table.view]]
name   = "order"
fields = ["id=pk", "status"]
)";

const std::string by_date = R"(
[[table.list]]
name   = "all"
sort   = "createdAt"
fields = ["id=pk"]
)";

// The same name, another order and another condition.
const std::string by_date_falling = R"(
[[table.list]]
name   = "all"
where  = { status = [{ anything-but = "COMPLETED" }] }
sort   = "createdAt desc"
fields = ["id=pk"]
)";

const std::string of_creator = R"(
[[table.list]]
name   = "of-creator"
by     = "creator"
fields = ["id=pk"]
)";

const std::string totals = R"(
[[table.total]]
name   = "by-status"
by     = "status"
values = ["count", { min = "createdAt" }]
)";

using Strings = std::vector<std::string>;
using Bytes = std::vector<std::pair<std::string, std::string>>;

class OnlineBuild : public ::testing::Test {
protected:
    // Ten orders, o0 to o9, of two creators; o0 is the oldest.
    void SetUp() override {
        for (int i = 0; i < 10; ++i) {
            must(shop_.append({shop_.inserted(order(i, "OPEN"))}));
        }
    }

    static Shop::Order order(int number, const std::string& status) {
        const std::string digit = std::to_string(number);
        return {.id = "o" + digit,
                .attributes = {{"createdAt", "2026-01-0" + digit},
                               {"creator", number % 2 == 0 ? "ada" : "bob"},
                               {"status", status}}};
    }

    Strings all() { return shop_.list("all", {}); }

    bool is_being_built(const std::string& list) {
        const auto* view = std::get<const ListView*>(shop_.engine().catalog().view(list));
        const auto page = shop_.now()->page(*view, {.partition = {"ada"}}, *everybody());
        return !page && page.error().code == Errc::unavailable;
    }

    void reconfigure(const std::string& config) { must(shop_.reconfigure(config)); }

    void finish() {
        while (shop_.engine().sequencer().build()) {
        }
    }

    Bytes bytes() {
        Bytes bytes;
        must(shop_.now()->state().everything(
            [&](std::string_view key, std::string_view value) { bytes.emplace_back(key, value); }));
        return bytes;
    }

    // Builds the rest and compares with a fold of the whole log.
    void expect_the_bytes_of_a_rebuild() {
        finish();
        const Bytes built = bytes();
        shop_.restart(true);
        EXPECT_EQ(bytes(), built);
    }

    Shop shop_{table + by_date};
};

TEST_F(OnlineBuild, ServesTheEarlierDefinitionUntilTheNewOneIsWhole) {
    reconfigure(table + by_date_falling);

    const Strings rising = {"o0", "o1", "o2", "o3", "o4", "o5", "o6", "o7", "o8", "o9"};
    for (int slice = 0; slice < 4; ++slice) {
        EXPECT_EQ(all(), rising);
        EXPECT_TRUE(shop_.engine().sequencer().build());
    }
    EXPECT_EQ(all(), rising);
    finish();
    EXPECT_EQ(all(), Strings(rising.rbegin(), rising.rend()));
    expect_the_bytes_of_a_rebuild();
}

TEST_F(OnlineBuild, ShowsAListThatIsNewOnlyOnceItIsWhole) {
    reconfigure(table + by_date + of_creator);

    EXPECT_TRUE(is_being_built("of-creator"));
    shop_.engine().sequencer().build();
    EXPECT_TRUE(is_being_built("of-creator"));
    EXPECT_EQ(all().size(), 10U);
    finish();
    EXPECT_EQ(shop_.list("of-creator", {"ada"}), Strings({"o0", "o2", "o4", "o6", "o8"}));
    expect_the_bytes_of_a_rebuild();
}

TEST_F(OnlineBuild, ShowsEarlierRowsOnlyToThoseTheyWereFor) {
    const Caller customer{.subject = "ann", .roles = {"customer"}, .claims = {}, .grants = {}};
    const auto status = [&](const Caller& who) {
        const auto* list = std::get<const ListView*>(shop_.engine().catalog().view("all"));
        const auto page = shop_.now()->page(*list, {}, who);
        return page                                     ? std::to_string(page->items.size())
               : page.error().code == Errc::unavailable ? "being built"
                                                        : "forbidden";
    };
    EXPECT_EQ(status(customer), "forbidden");

    reconfigure(table + by_date_falling + "access = ['customer']\n");

    EXPECT_EQ(status(customer), "being built");  // the rows that are there were an admin's
    EXPECT_EQ(status(*nobody()), "forbidden");
    EXPECT_EQ(all().size(), 10U);
    finish();
    EXPECT_EQ(status(customer), "10");

    reconfigure(table + by_date + "access = ['public']\n");

    EXPECT_EQ(status(*nobody()), "being built");  // they were the customers'
    EXPECT_EQ(status(customer), "being built");
    finish();
    EXPECT_EQ(status(*nobody()), "10");
}

TEST_F(OnlineBuild, BuildsATotalLikeAList) {
    reconfigure(table + by_date + totals);

    const auto* total = std::get<const TotalView*>(shop_.engine().catalog().view("by-status"));
    EXPECT_EQ(shop_.now()->total(*total, {"OPEN"}, *everybody()).error().code, Errc::unavailable);
    must(shop_.append({shop_.modified(order(9, "COMPLETED"))}));
    finish();
    EXPECT_EQ(must(shop_.now()->total(*total, {"OPEN"}, *everybody())),
              R"({"status":"OPEN","count":9,"min":{"createdAt":"2026-01-00"}})");
    expect_the_bytes_of_a_rebuild();
}

TEST_F(OnlineBuild, FoldsChangesOnBothSidesOfTheWalk) {
    reconfigure(table + by_date_falling + of_creator);
    shop_.engine().sequencer().build();
    shop_.engine().sequencer().build();  // o0 to o3 are walked

    must(shop_.append({shop_.modified(order(1, "COMPLETED")), shop_.modified(order(8, "COMPLETED")),
                       shop_.removed(order(2, "")), shop_.removed(order(7, ""))}));
    EXPECT_EQ(all(), Strings({"o0", "o1", "o3", "o4", "o5", "o6", "o8", "o9"}));  // as it was

    finish();
    EXPECT_EQ(all(), Strings({"o9", "o6", "o5", "o4", "o3", "o0"}));
    EXPECT_EQ(shop_.list("of-creator", {"bob"}), Strings({"o1", "o3", "o5", "o9"}));
    expect_the_bytes_of_a_rebuild();
}

TEST_F(OnlineBuild, GoesOnWhereItWasAfterAStop) {
    reconfigure(table + by_date_falling);
    shop_.engine().sequencer().build();
    shop_.engine().sequencer().build();
    must(shop_.append({shop_.modified(order(0, "COMPLETED")), shop_.removed(order(9, ""))}));

    shop_.restart();

    int slices = 1;
    while (shop_.engine().sequencer().build()) ++slices;
    EXPECT_EQ(slices, 3);  // of five
    EXPECT_EQ(all(), Strings({"o8", "o7", "o6", "o5", "o4", "o3", "o2", "o1"}));
    expect_the_bytes_of_a_rebuild();
}

TEST_F(OnlineBuild, ForgetsWhatItBuiltWhenTheConfigurationChangesBack) {
    const Bytes before = bytes();
    reconfigure(table + by_date_falling + of_creator + totals);
    shop_.engine().sequencer().build();

    reconfigure(table + by_date);

    EXPECT_FALSE(shop_.engine().sequencer().build());
    EXPECT_EQ(bytes(), before);
}

TEST_F(OnlineBuild, BeginsAnewForAThirdDefinitionAndServesTheFirst) {
    reconfigure(table + by_date_falling);
    shop_.engine().sequencer().build();

    reconfigure(table + by_date_falling + of_creator);

    EXPECT_EQ(all().front(), "o0");
    expect_the_bytes_of_a_rebuild();
    EXPECT_EQ(all().front(), "o9");
}

TEST_F(OnlineBuild, LeavesNothingOfAListThatIsDeclaredNoMore) {
    reconfigure(table);
    expect_the_bytes_of_a_rebuild();

    reconfigure(table + by_date);
    finish();
    EXPECT_EQ(all().size(), 10U);
}

TEST_F(OnlineBuild, FoldsTheLogAnewForATableThatComesBack) {
    const std::string notes = "[[table]]\nname = \"notes\"\nkey = [\"pk\"]\n";
    const Bytes before = bytes();
    reconfigure(notes);
    must(shop_.now()->state().everything([](std::string_view key, std::string_view) {
        EXPECT_NE(key.front(), 'i') << "an item of a table that is gone";
    }));
    expect_the_bytes_of_a_rebuild();

    reconfigure(table + by_date);

    EXPECT_TRUE(shop_.order("o1"));
    EXPECT_EQ(bytes(), before);
}

TEST_F(OnlineBuild, RefusesATableThatComesBackWithAnotherKeyBeforeAnythingIsGone) {
    reconfigure("[[table]]\nname = \"notes\"\nkey = [\"pk\"]\n");

    const auto other = shop_.reconfigure("[[table]]\nname = \"orders\"\nkey = [\"pk number\"]\n");

    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Errc::refused);
    reconfigure(table + by_date);
    EXPECT_EQ(all().size(), 10U);
}

TEST_F(OnlineBuild, TellsHowFarItIs) {
    reconfigure(table + by_date + of_creator + totals);
    const auto begun = shop_.engine().status().builds;
    shop_.engine().sequencer().build();
    finish();

    ASSERT_EQ(begun.size(), 1U);
    EXPECT_EQ(begun[0], (BuildStatus{"orders", {"of-creator", "by-status"}, 0}));
    EXPECT_TRUE(shop_.engine().status().builds.empty());
}

TEST_F(OnlineBuild, RefusesAnotherKeyForATableWithItems) {
    for (const std::string key : {R"(["pk", "sk"])", R"(["pk number"])", R"(["creator"])"}) {
        const auto other = shop_.reconfigure("[[table]]\nname = \"orders\"\nkey = " + key);
        ASSERT_FALSE(other);
        EXPECT_EQ(other.error().code, Errc::refused) << key;
        EXPECT_EQ(other.error().message,
                  "table orders is declared with the key " + key +
                      ", and its items came with [\"pk\"] (the key of a table with records cannot "
                      "be changed: declare it as it was, or a table of another name)");
    }

    reconfigure(table + by_date);
    EXPECT_EQ(all().size(), 10U);
}

}  // namespace
}  // namespace freshet::engine
