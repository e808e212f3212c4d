// What engine/catalog/seen_image.h promises: a derived attribute is worked out where it is asked
// for, once, and nowhere else. What a request has worked out is counted, since it cannot be timed.

#include "engine/catalog/seen_image.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/access/grants.h"
#include "engine/config/config.h"
#include "engine/records/dynamodb_json.h"
#include "engine/watching/event_rules.h"
#include "tests/support/must.h"
#include "tests/world/record_maker.h"
#include "tests/world/stepped_engine.h"

namespace freshet::engine {
namespace {

using support::must;

constexpr const char* configuration = R"(
[[table]]
name   = 'notes'
key    = ['pk']
owner  = 'creator'
derive = { loud = { upper = 'body' }, place = { coalesce = ['address', 'town'] }, team = { lower = 'group' }, words = { words = 'body' } }

[[table.view]]
name   = 'mine'
fields = ['title', 'words', 'count=words']
access = ['owner']

[[table.view]]
name   = 'hidden'
fields = ['*']
access = ['owner', { team = '{claims.team}', title = 'open' }]
hide   = true

[[table.view]]
name   = 'local'
fields = ['title']
access = [{ 'place.city' = '{claims.city}', 'place.street' = '{claims.street}' }]

[[table.view]]
name   = 'title'
fields = ['title']

[[table.view]]
name    = 'most'
fields  = ['*']
without = ['loud', 'words']

[[table.list]]
name   = 'titles'
where  = { title = [{ exists = true }] }
sort   = 'title'
fields = ['pk', 'title']

[[table.list]]
name   = 'long'
where  = { title = ['long'], words = [{ numeric = ['>', 1] }] }
sort   = 'words'
fields = ['pk', 'words']

[[table.total]]
name   = 'of-team'
by     = 'title'
where  = { title = [{ anything-but = 'plain' }] }
values = ['count', { sum = 'words' }, { max = 'words' }]

[[table.event]]
type  = 'loud'
where = { title = ['loud'], loud = ['HO HO'] }
data  = ['loud']

[[table.event]]
type    = 'retitled'
changed = ['title']
data    = ['title', 'words']
)";

class SeenImageTest : public ::testing::Test {
protected:
    // How many derived attributes are worked out in it.
    template <class Action>
    static std::uint64_t work_of(Action action) {
        const std::uint64_t before = derivations_done();
        action();
        return derivations_done() - before;
    }

    void write(const std::string& kind, const std::string& id, const std::string& image) {
        const std::string keys = R"("pk":{"S":")" + id + R"("})";
        std::string json = R"({"eventName":")" + kind + R"(","dynamodb":{"Keys":{)" + keys +
                           R"(},"SequenceNumber":")" + std::to_string(++sequence) + '"';
        if (!image.empty()) json += R"(,"NewImage":{)" + keys + ',' + image + '}';
        auto batch = must(decode_records(json + "}}", engine.catalog(),
                                         {.table = engine.catalog().table("notes")}));
        must(engine.append(std::move(batch)));
    }
    // A note of Ann's that no list or total makes work of.
    void write_plain(const std::string& id) {
        write("INSERT", id,
              R"("title":{"S":"plain"},"creator":{"S":"ann"},"group":{"S":"BLUE"},)"
              R"("body":{"S":"ho ho"},"town":{"S":"x"})");
    }

    // What the view shows, "refused", or "none".
    [[nodiscard]] std::string read(const std::string& view, const std::string& id,
                                   const Caller& who) {
        const auto& declared = *std::get<const ItemView*>(engine.catalog().view(view));
        const auto item = engine.now()->item(declared, {id}, who);
        if (!item) return item.error().code == Errc::forbidden ? "refused" : "failed";
        return *item ? (*item)->json : "none";
    }
    [[nodiscard]] std::uint64_t work_of_read(const std::string& view, const std::string& id,
                                             const Caller& who) {
        return work_of([&] { (void)read(view, id, who); });
    }
    [[nodiscard]] std::vector<std::string> page(const std::string& list) {
        const auto& declared = *std::get<const ListView*>(engine.catalog().view(list));
        return must(engine.now()->page(declared, PageRequest(), *everybody())).items;
    }

    static Caller caller(std::string subject, decltype(Caller::claims) claims = {}) {
        Caller who;
        who.subject = std::move(subject);
        who.claims = std::move(claims);
        return who;
    }

    support::SteppedEngine engine{configuration};
    int sequence = 0;
    const Caller ann = caller("ann");
    const Caller bob = caller("bob");
};

TEST_F(SeenImageTest, WorksNothingOutForAReadThatIsRefused) {
    write_plain("a");

    EXPECT_EQ(read("mine", "a", bob), "refused");
    EXPECT_EQ(work_of_read("mine", "a", bob), 0U);
    EXPECT_EQ(work_of_read("mine", "a", ann), 1U) << "once, though two fields show it";
}

TEST_F(SeenImageTest, WorksAsMuchOutForAHiddenItemAsForNone) {
    write_plain("a");

    EXPECT_EQ(read("hidden", "a", bob), "none");
    EXPECT_EQ(work_of_read("hidden", "a", bob), 0U);
    EXPECT_EQ(work_of_read("hidden", "b", bob), 0U);
    const Caller of_team = caller("bob", {{"team", {"blue"}}});
    EXPECT_EQ(read("hidden", "a", of_team), "none") << "the title is not the one of the rule";
    EXPECT_EQ(work_of_read("hidden", "a", of_team), 0U) << "stored attributes already say no";
    EXPECT_EQ(work_of_read("hidden", "a", ann), 4U) << "all of them are shown";
}

TEST_F(SeenImageTest, WorksOutForARuleWhatTheRuleNames) {
    write("INSERT", "a", R"("title":{"S":"open"},"group":{"S":"BLUE"},"body":{"S":"ho ho"})");
    const Caller blue = caller("bob", {{"team", {"blue"}}});
    const Caller red = caller("bob", {{"team", {"red"}}});

    EXPECT_EQ(work_of_read("hidden", "a", red), 1U);
    EXPECT_EQ(read("hidden", "a", red), "none");
    EXPECT_EQ(work_of_read("hidden", "a", blue), 4U) << "that one is not worked out again";
    EXPECT_NE(read("hidden", "a", blue), "none");
    EXPECT_EQ(work_of_read("hidden", "a", caller("bob")), 0U) << "no claim to compare it with";
}

TEST_F(SeenImageTest, EachPartOfARuleMustHoldThoughTheyShareAnAttribute) {
    write("INSERT", "a",
          R"("address":{"M":{"city":{"S":"Rome"},"street":{"S":"Corso"}}},"title":{"S":"t"})");
    const auto reads = [&](const std::string& city, const std::string& street) {
        return read("local", "a", caller("bob", {{"city", {city}}, {"street", {street}}}));
    };

    EXPECT_EQ(reads("Rome", "Corso"), R"({"title":"t"})");
    EXPECT_EQ(reads("Rome", "Other"), "refused");
    EXPECT_EQ(reads("Paris", "Corso"), "refused");
}

TEST_F(SeenImageTest, WorksOutForAViewWhatTheViewShows) {
    write_plain("a");

    EXPECT_EQ(work_of_read("title", "a", *everybody()), 0U);
    EXPECT_EQ(work_of_read("most", "a", *everybody()), 2U) << "what is left out is not worked out";
    EXPECT_EQ(read("most", "a", *everybody()),
              R"({"body":"ho ho","creator":"ann","group":"BLUE","pk":"a","place":"x",)"
              R"("team":"blue","title":"plain","town":"x"})");
    EXPECT_EQ(work_of([&] { EXPECT_EQ(page("titles").size(), 1U); }), 0U);
}

TEST_F(SeenImageTest, WorksOutForAWriteWhatItsRowsNeed) {
    EXPECT_EQ(work_of([&] { write_plain("a"); }), 0U) << "no row depends on what is derived";
    EXPECT_EQ(
        work_of([&] { write("INSERT", "b", R"("title":{"S":"long"},"body":{"S":"one two"})"); }),
        1U)
        << "once, for a list and a total";
    EXPECT_EQ(page("long"), std::vector<std::string>{R"({"pk":"b","words":2})"});
}

TEST_F(SeenImageTest, WorksNothingOutWhereTheImageStaysTheSame) {
    write("INSERT", "a", R"("title":{"S":"long"},"body":{"S":"one two"})");

    EXPECT_EQ(work_of([&] { write("MODIFY", "a", ""); }), 0U) << "a change without its image";
    EXPECT_EQ(page("long").size(), 1U);
}

TEST_F(SeenImageTest, WorksOutForAnEventWhatItsRuleAsksFor) {
    const support::RecordMaker maker;
    const Table& notes = *engine.catalog().table("notes");
    const auto record = [&](const std::string& title) {
        return maker.record(engine.catalog(), "notes",
                            {.before = R"("title":{"S":"was"},"body":{"S":"ho"})",
                             .after = R"("title":{"S":")" + title + R"("},"body":{"S":"ho ho"})"});
    };
    const storage::Record plain = record("plain");
    const storage::Record loud = record("loud");

    const EventRule& retitled = notes.events[1];
    EXPECT_EQ(work_of([&] { EXPECT_EQ(event_of(notes, plain)->rule, &retitled); }), 0U)
        << "what happened is known without its data";
    EXPECT_EQ(work_of([&] {
                  EXPECT_EQ(event_data(retitled, notes, plain), R"({"title":"plain","words":2})");
              }),
              1U);
    EXPECT_EQ(work_of([&] { EXPECT_EQ(event_of(notes, loud)->rule->type, "loud"); }), 1U);
}

}  // namespace
}  // namespace freshet::engine
