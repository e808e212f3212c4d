#include "engine/access/grants.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/seen_image.h"
#include "engine/config/config.h"
#include "engine/watching/event_rules.h"
#include "tests/support/must.h"
#include "tests/world/record_maker.h"

namespace freshet::engine {
namespace {

using support::must;

constexpr const char* config_text = R"(
[[table]]
name   = "tickets"
key    = ["pk"]
owner  = "creator"
write  = ["owner", "agent"]
derive = { team = { lower = "group" } }

[[table.view]]
name   = "mine"
access = ["owner"]

[[table.view]]
name   = "of-team"
access = [{ role = "agent", team = "{claims.team}" }]

[[table.view]]
name   = "of-staff"
access = ["staff", "agent"]

[[table.view]]
name   = "open-ones"
access = [{ status = "OPEN" }]

[[table.view]]
name = "whole"

[[table.list]]
name   = "queue"
by     = ["tenant", "assignee"]
access = [{ role = "agent", tenant = "{claims.tenant}" }, { assignee = "{claims.sub}" }]

[[table.total]]
name   = "counts"
by     = ["tenant", "status"]
values = ["count"]
access = [{ tenant = "{claims.tenant}" }]

[[table.event]]
type   = "moved"
topic  = "{pk}-moved"
on     = "MODIFY"
access = ["owner"]

[[table.event]]
type   = "gone"
on     = "REMOVE"
access = ["owner", "staff"]

[[table.event]]
type = "placed"

[[table]]
name   = "notes"
key    = ["tenant", "n number"]
owner  = "creator"

[[table.view]]
name   = "of-tenant"
access = [{ tenant = "{claims.tenant}" }]

[[table.view]]
name   = "mine-in-tenant"
access = [{ tenant = "{claims.tenant}", creator = "{claims.sub}" }, { role = "staff" }]

[[table.view]]
name   = "of-owner"
access = ["owner"]
)";

class GrantsTest : public ::testing::Test {
protected:
    // Fills in the grants, if any are given.
    static Caller caller(Caller base, const std::vector<std::string>& grants = {}) {
        if (!grants.empty()) base.grants.emplace();
        for (const std::string& grant : grants) base.grants->push_back(must(parse_grant(grant)));
        return base;
    }
    [[nodiscard]] const ItemView& view(const std::string& name) const {
        return *std::get<const ItemView*>(catalog->view(name));
    }
    [[nodiscard]] const ListView& queue() const { return catalog->tables()[0]->lists.front(); }
    [[nodiscard]] const TotalView& counts() const { return catalog->tables()[0]->totals.front(); }

    [[nodiscard]] bool reads(const Caller& who, const std::string& name,
                             const std::string& image) const {
        const storage::Record record = maker.record(*catalog, "tickets", {.after = image});
        const SeenImage seen(catalog->tables()[0]->derive, *record.after());
        return may_read(who, view(name), seen);
    }
    [[nodiscard]] bool reads(const Caller& who, const std::vector<std::string>& partition) const {
        return may_read(who, queue(), queue().by, partition);
    }
    [[nodiscard]] bool counts(const Caller& who, const std::vector<std::string>& group) const {
        return may_read(who, counts(), counts().by, group);
    }

    [[nodiscard]] bool writes(const Caller& who, const std::string& image) const {
        const storage::Record record = maker.record(*catalog, "tickets", {.after = image});
        return may_write(who, *catalog->tables()[0], SeenImage(*record.after()));
    }

    std::shared_ptr<const Catalog> catalog = must(parse_config(config_text, "t.toml")).catalog;
    support::RecordMaker maker;
    const Caller ann{.subject = "ann", .roles = {"customer"}, .claims = {}, .grants = {}};
    const Caller agent{.subject = "max",
                       .roles = {"agent"},
                       .claims = {{"team", {"blue", "7"}}, {"tenant", {"acme"}}},
                       .grants = {}};
    const Caller admin = *everybody();
    const Caller nobody{};
};

TEST_F(GrantsTest, TheOwnerReadsWhatIsTheirs) {
    EXPECT_TRUE(reads(ann, "mine", R"("creator":{"S":"ann"})"));
    EXPECT_FALSE(reads(ann, "mine", R"("creator":{"S":"bob"})"));
    EXPECT_FALSE(reads(ann, "mine", R"("creator":{"S":"ann "})"));
    EXPECT_FALSE(reads(ann, "mine", R"("creator":{"SS":["ann"]})"));
    EXPECT_FALSE(reads(ann, "mine", R"("other":{"S":"ann"})"));
    EXPECT_FALSE(reads(agent, "mine", R"("creator":{"S":"ann"})"));
}

// What the key decides is decided before the item is known.
TEST_F(GrantsTest, AKeyThatContradictsEachEntryNeverGivesAnItem) {
    const auto by_key = [&](const Caller& who, const std::string& name, const std::string& tenant) {
        storage::ImageBuilder builder;
        const std::vector<storage::ImageBuilder::Value> parts{
            builder.scalar(storage::ValueType::number, "n", "7"),
            builder.scalar(storage::ValueType::string, "tenant", tenant)};
        const storage::Image key = builder.finish(parts);
        const SeenImage seen(catalog->table("notes")->derive, key.view());
        return may_read_by_key(who, view(name), seen);
    };
    const Caller staff{.subject = "sue", .roles = {"staff"}, .claims = {}, .grants = {}};

    EXPECT_EQ(by_key(agent, "of-tenant", "acme"), Clearance::always);
    EXPECT_EQ(by_key(agent, "of-tenant", "other"), Clearance::never);
    EXPECT_EQ(by_key(ann, "of-tenant", "acme"), Clearance::never);
    EXPECT_EQ(by_key(admin, "of-tenant", "other"), Clearance::always);
    EXPECT_EQ(by_key(agent, "mine-in-tenant", "acme"), Clearance::by_attributes);
    EXPECT_EQ(by_key(agent, "mine-in-tenant", "other"), Clearance::never);
    EXPECT_EQ(by_key(staff, "mine-in-tenant", "other"), Clearance::always);
    EXPECT_EQ(by_key(ann, "of-owner", "other"), Clearance::by_attributes);
    EXPECT_EQ(by_key(caller(agent, {"read:other"}), "of-tenant", "acme"), Clearance::never);
}

TEST_F(GrantsTest, WritesAreForThoseWhomTheTableNames) {
    const std::string of_ann = R"("creator":{"S":"ann"})";

    EXPECT_TRUE(writes(ann, of_ann));
    EXPECT_FALSE(writes(ann, R"("creator":{"S":"bob"})"));
    EXPECT_TRUE(writes(agent, R"("creator":{"S":"bob"})"));
    EXPECT_TRUE(writes(admin, R"("creator":{"S":"bob"})"));
    EXPECT_FALSE(writes(nobody, of_ann));
    EXPECT_TRUE(writes(caller(ann, {"write:tick*"}), of_ann));
    EXPECT_FALSE(writes(caller(ann, {"write:others"}), of_ann));
    EXPECT_FALSE(writes(caller(admin, {"read", "ingest"}), of_ann));
}

TEST_F(GrantsTest, OnlyAnAdminWritesWhereTheTableNamesNobody) {
    Table table = *catalog->tables()[0];
    table.write = must(parse_config("[[table]]\nname = 't'\nkey = ['pk']\n", "t.toml"))
                      .catalog->tables()[0]
                      ->write;
    const storage::Record record =
        maker.record(*catalog, "tickets", {.after = R"("creator":{"S":"ann"})"});

    EXPECT_FALSE(may_write(ann, table, SeenImage(*record.after())));
    EXPECT_FALSE(may_write(agent, table, SeenImage(*record.after())));
    EXPECT_TRUE(may_write(admin, table, SeenImage(*record.after())));
}

TEST_F(GrantsTest, NobodyOwnsWhatNamesNobody) {
    EXPECT_FALSE(reads(nobody, "mine", R"("creator":{"S":""})"));
    EXPECT_FALSE(reads(nobody, "mine", R"("a":{"S":"b"})"));
    EXPECT_EQ(may_read(nobody, view("mine")), Clearance::never);
}

TEST_F(GrantsTest, ARoleReadsWhatIsItsOwn) {
    Caller staff = ann;
    staff.roles = {"customer", "staff"};

    EXPECT_TRUE(reads(staff, "of-staff", R"("creator":{"S":"bob"})"));
    EXPECT_TRUE(reads(agent, "of-staff", ""));
    EXPECT_FALSE(reads(ann, "of-staff", R"("creator":{"S":"ann"})"));
    EXPECT_EQ(may_read(staff, view("of-staff")), Clearance::always);
    EXPECT_EQ(may_read(ann, view("of-staff")), Clearance::never);
}

TEST_F(GrantsTest, AllPartsOfAnEntryMustHold) {
    const std::string blue = R"("group":{"S":"BLUE"})";
    Caller customer = agent;
    customer.roles = {"customer"};
    Caller teamless = agent;
    teamless.claims.erase("team");

    EXPECT_TRUE(reads(agent, "of-team", blue));  // a derived attribute
    EXPECT_TRUE(reads(agent, "of-team", R"("group":{"S":"7"})"));
    EXPECT_FALSE(reads(agent, "of-team", R"("group":{"S":"red"})"));
    EXPECT_FALSE(reads(customer, "of-team", blue));
    EXPECT_FALSE(reads(teamless, "of-team", blue));
    EXPECT_EQ(may_read(teamless, view("of-team")), Clearance::never);
    EXPECT_EQ(may_read(agent, view("of-team")), Clearance::by_attributes);
}

TEST_F(GrantsTest, AnAttributeMayHaveToBeAText) {
    EXPECT_TRUE(reads(nobody, "open-ones", R"("status":{"S":"OPEN"})"));
    EXPECT_FALSE(reads(nobody, "open-ones", R"("status":{"S":"DONE"})"));
}

TEST_F(GrantsTest, WithoutAnAccessOnlyAnAdminReads) {
    EXPECT_TRUE(reads(admin, "whole", ""));
    EXPECT_TRUE(reads(admin, "mine", R"("creator":{"S":"bob"})"));
    EXPECT_FALSE(reads(agent, "whole", ""));
    EXPECT_FALSE(reads(ann, "whole", R"("creator":{"S":"ann"})"));
}

TEST_F(GrantsTest, GrantsNarrowWhatTheRulesAllow) {
    const std::string own = R"("creator":{"S":"ann"})";

    EXPECT_TRUE(reads(caller(ann, {"read:mine"}), "mine", own));
    EXPECT_TRUE(reads(caller(ann, {"watch", "read:mi*"}), "mine", own));
    EXPECT_FALSE(reads(caller(ann, {"read:whole"}), "mine", own));
    EXPECT_FALSE(reads(caller(ann, {"watch:mine", "admin"}), "mine", own));
    EXPECT_FALSE(reads(caller(ann, {"read"}), "mine", R"("creator":{"S":"bob"})"));
    EXPECT_FALSE(reads(caller(ann, {"read", "admin"}), "whole", own));
    EXPECT_FALSE(reads(caller(admin, {"read:mine"}), "whole", ""));
}

TEST_F(GrantsTest, APageIsAdmittedByItsPartition) {
    EXPECT_TRUE(reads(agent, {"acme", "bob"}));
    EXPECT_FALSE(reads(agent, {"other", "bob"}));
    EXPECT_TRUE(reads(agent, {"other", "max"}));
    EXPECT_TRUE(reads(ann, {"other", "ann"}));
    EXPECT_FALSE(reads(ann, {"ann", "bob"}));
    EXPECT_FALSE(reads(nobody, {"acme", ""}));
    EXPECT_TRUE(reads(admin, {"other", "bob"}));
    EXPECT_FALSE(reads(caller(agent, {"read:counts"}), {"acme", "bob"}));
}

TEST_F(GrantsTest, APartThatIsNotNamedAdmitsNobody) {
    EXPECT_TRUE(counts(agent, {"acme", "OPEN"}));
    EXPECT_TRUE(counts(agent, {"acme"}));
    EXPECT_FALSE(counts(agent, {"other"}));
    EXPECT_FALSE(counts(agent, {}));
    EXPECT_TRUE(counts(admin, {}));
    // A definition that is still read by, from before the list was partitioned so.
    const std::vector<AttributePath> by = {must(AttributePath::parse("assignee"))};
    EXPECT_FALSE(may_read(agent, queue(), by, std::vector<std::string>{"acme"}));
    EXPECT_TRUE(may_read(ann, queue(), by, std::vector<std::string>{"ann"}));
}

class WatchTest : public GrantsTest {
protected:
    struct Change {
        std::string kind = "MODIFY";
        std::optional<std::string> before;
        std::optional<std::string> after;
    };
    [[nodiscard]] bool watches(const Caller& who, const Change& change) const {
        const storage::Record record =
            maker.record(*catalog, "tickets",
                         {.kind = change.kind, .before = change.before, .after = change.after});
        const Event event = event_of(*catalog->tables()[0], record).value();
        return may_watch(who, *event.rule, event.topic, event.access_texts);
    }
    [[nodiscard]] Clearance watches(const Caller& who, std::size_t rule) const {
        return may_watch(who, catalog->tables()[0]->events.at(rule));
    }
    const std::string of_ann = R"("creator":{"S":"ann"})";
    const std::string of_bob = R"("creator":{"S":"bob"})";
};

TEST_F(WatchTest, AnEventIsOfWhoOwnsTheItemAfterTheChange) {
    EXPECT_TRUE(watches(ann, {.before = of_ann, .after = of_ann}));
    EXPECT_TRUE(watches(ann, {.before = of_bob, .after = of_ann}));
    EXPECT_FALSE(watches(ann, {.before = of_ann, .after = of_bob}));
    EXPECT_FALSE(watches(ann, {.before = of_ann, .after = ""}));
}

TEST_F(WatchTest, ARemovalIsOfWhoOwnedTheItem) {
    EXPECT_TRUE(watches(ann, {.kind = "REMOVE", .before = of_ann}));
    EXPECT_FALSE(watches(ann, {.kind = "REMOVE", .before = of_bob}));
    EXPECT_FALSE(watches(ann, {.kind = "REMOVE"}));
}

TEST_F(WatchTest, ARuleWithoutAnAccessIsForAdmins) {
    EXPECT_TRUE(watches(admin, {.kind = "INSERT", .after = of_ann}));
    EXPECT_FALSE(watches(ann, {.kind = "INSERT", .after = of_ann}));
    EXPECT_EQ(watches(ann, 2), Clearance::never);
    EXPECT_EQ(watches(admin, 2), Clearance::always);
}

TEST_F(WatchTest, GrantsNameTypesOrTopics) {
    const Change change{.before = of_ann, .after = of_ann};

    EXPECT_TRUE(watches(caller(ann, {"watch:moved"}), change));
    EXPECT_TRUE(watches(caller(ann, {"watch:o-1-moved"}), change));
    EXPECT_TRUE(watches(caller(ann, {"watch:o-1-*"}), change));
    EXPECT_FALSE(watches(caller(ann, {"watch:o-2-*"}), change));
    EXPECT_FALSE(watches(caller(ann, {"read:moved"}), change));
    EXPECT_EQ(watches(caller(ann, {"watch:o-2-*"}), 0), Clearance::by_attributes);
    EXPECT_EQ(watches(caller(ann, {"watch:o-2-*"}), 1), Clearance::never);
    EXPECT_EQ(watches(caller(ann, {"read"}), 0), Clearance::never);
}

TEST_F(GrantsTest, OnlyAnAdminAppendsAndAdministers) {
    EXPECT_TRUE(may_ingest(admin, "tickets"));
    EXPECT_TRUE(may_ingest(admin));
    EXPECT_FALSE(may_ingest(agent, "tickets"));
    EXPECT_FALSE(may_ingest(caller(agent, {"ingest"}), "tickets"));
    EXPECT_FALSE(may_ingest(agent));
    EXPECT_TRUE(may_administer(admin, "tickets"));
    EXPECT_TRUE(may_administer_all(admin));
    EXPECT_FALSE(may_administer(agent, "tickets"));
    EXPECT_FALSE(may_administer_all(caller(agent, {"admin"})));
}

TEST_F(GrantsTest, AnAdminsGrantsNarrowThatToo) {
    const Caller forwarder = caller(admin, {"ingest:tickets", "admin:/status"});

    EXPECT_TRUE(may_ingest(forwarder, "tickets"));
    EXPECT_TRUE(may_ingest(forwarder));
    EXPECT_FALSE(may_ingest(forwarder, "orders"));
    EXPECT_TRUE(may_administer(forwarder, "/status"));
    EXPECT_FALSE(may_administer(forwarder, "tickets"));
    EXPECT_FALSE(may_administer_all(forwarder));
    EXPECT_TRUE(may_administer_all(caller(admin, {"admin"})));
    EXPECT_FALSE(may_ingest(caller(admin, {"admin"})));
    EXPECT_FALSE(may_vend(forwarder));
    EXPECT_TRUE(may_vend(caller(ann, {"vend"})));
    EXPECT_TRUE(may_vend(ann));
}

// What the words of the language allow to callers of every kind.
class AccessWordsTest : public ::testing::Test {
protected:
    // Whether all that has this access can be read and heard, by an item that is of nobody.
    static bool allows(const std::string& access, const Caller& who) {
        const auto config = parse_config(
            "[[table]]\nname = 't'\nkey = ['pk']\nowner = 'creator'\n"
            "[[table.view]]\nname = 'v'\naccess = " +
                access +
                "\n"
                "[[table.list]]\nname = 'l'\nby = ['creator']\naccess = " +
                access +
                "\n"
                "[[table.total]]\nname = 's'\nby = ['creator']\naccess = " +
                access +
                "\n"
                "[[table.event]]\ntype = 'e'\ntopic = '{pk}-e'\naccess = " +
                access + "\n",
            "t.toml");
        const Table& table = *must(config).catalog->tables()[0];
        const support::RecordMaker maker;
        const storage::Record record = maker.record(*must(config).catalog, "t", {.after = ""});
        const Event event = event_of(table, record).value();
        const std::vector<std::string> part{"zoe"};
        const std::vector<bool> all{may_read(who, table.views[0], SeenImage(*record.after())),
                                    may_read(who, table.views[0]) == Clearance::always,
                                    may_read(who, table.lists[0], table.lists[0].by, part),
                                    may_read(who, table.totals[0], table.totals[0].by, part),
                                    may_read(who, table.totals[0], table.totals[0].by, {}),
                                    may_watch(who, table.events[0]) == Clearance::always,
                                    may_watch(who, table.events[0], "1-e") == Clearance::always,
                                    may_watch(who, *event.rule, event.topic, event.access_texts)};
        for (const bool one : all) EXPECT_EQ(one, all[0]) << access;
        return all[0];
    }
    static Caller with_roles(std::vector<std::string> roles) {
        return {.subject = "ann", .roles = std::move(roles), .claims = {}, .grants = {}};
    }
    static Caller with_grants(const Caller& base, const std::string& grant) {
        Caller narrowed = base;
        narrowed.grants = {must(parse_grant(grant))};
        return narrowed;
    }

    const Caller stranger = *freshet::engine::nobody();
    const Caller nameless{};  // a credential that says nothing
    const Caller ann = with_roles({"customer"});
};

TEST_F(AccessWordsTest, PublicIsForEverybody) {
    for (const std::string access :
         {"['public']", "['owner', 'public']", "['public', 'staff']", "['signed-in', 'public']"}) {
        EXPECT_TRUE(allows(access, stranger)) << access;
        EXPECT_TRUE(allows(access, nameless)) << access;
        EXPECT_TRUE(allows(access, ann)) << access;
    }
}

TEST_F(AccessWordsTest, SignedInIsForAnyCredentialAndForNothingLess) {
    for (const std::string access : {"['signed-in']", "['owner', 'signed-in']"}) {
        EXPECT_FALSE(allows(access, stranger)) << access;
        EXPECT_TRUE(allows(access, nameless)) << access;
        EXPECT_TRUE(allows(access, ann)) << access;
    }
}

TEST_F(AccessWordsTest, NothingElseIsForThoseWhoShowNoCredential) {
    // The second asks no role of its caller, and no claim either.
    EXPECT_FALSE(allows("['owner']", stranger));
    EXPECT_FALSE(allows("[{ creator = 'zoe' }]", stranger));
    EXPECT_FALSE(allows("['staff']", stranger));
    EXPECT_FALSE(allows("['admin']", stranger));
    EXPECT_FALSE(may_vend(stranger));
    EXPECT_FALSE(may_ingest(stranger));
    EXPECT_FALSE(may_administer(stranger, "/status"));
}

TEST_F(AccessWordsTest, ARoleThatIsCalledLikeAWordGainsNothing) {
    for (const std::string access : {"['staff']", "['owner']", "[{ role = 'owners' }]"}) {
        EXPECT_FALSE(allows(access, with_roles({"public", "signed-in", "owner", "*"}))) << access;
    }
    EXPECT_TRUE(allows("[{ role = 'owners' }]", with_roles({"owners"})));
}

TEST_F(AccessWordsTest, GrantsNarrowWhatIsForTheSignedInAndNotWhatIsForEverybody) {
    const Caller narrowed = with_grants(ann, "ingest");

    EXPECT_FALSE(allows("['signed-in']", narrowed));
    EXPECT_TRUE(allows("['public']", narrowed));
    EXPECT_TRUE(allows("['public']", with_grants(*everybody(), "vend:customer")));
}

TEST_F(GrantsTest, SaysAlikeOfThoseWhoMayReadTheSame) {
    const auto with = [](Caller who, const std::string& claim, std::vector<std::string> texts) {
        who.claims[claim] = std::move(texts);
        return who;
    };
    Caller lee = agent;
    lee.subject = "lee";
    lee.roles.emplace_back("customer");
    Caller bob = ann;
    bob.subject = "bob";

    EXPECT_EQ(reading_rights(agent, view("of-team")),
              reading_rights(with(lee, "team", {"7", "blue"}), view("of-team")));
    EXPECT_NE(reading_rights(agent, view("of-team")),
              reading_rights(with(agent, "team", {"blue"}), view("of-team")));
    EXPECT_EQ(reading_rights(agent, view("of-staff")), reading_rights(lee, view("of-staff")));
    EXPECT_NE(reading_rights(agent, view("of-staff")), reading_rights(ann, view("of-staff")));
    EXPECT_NE(reading_rights(ann, view("mine")), reading_rights(bob, view("mine")));
    EXPECT_EQ(reading_rights(ann, view("whole")), reading_rights(bob, view("whole")));
    EXPECT_NE(reading_rights(ann, view("whole")), reading_rights(admin, view("whole")));
    EXPECT_EQ(reading_rights(ann, counts()), reading_rights(bob, counts()));
    EXPECT_NE(reading_rights(agent, counts()),
              reading_rights(with(agent, "tenant", {"other"}), counts()));
    EXPECT_NE(reading_rights(agent, queue()), reading_rights(lee, queue())) << "one is assigned";
    EXPECT_NE(reading_rights(agent, view("of-team")),
              reading_rights(caller(agent, {"read:of-staff"}), view("of-team")));
}

class VendTest : public GrantsTest {
protected:
    static std::string refusal(const Caller& maker, const Caller& wanted) {
        const auto checked = check_vended(maker, wanted);
        if (checked) return "";
        EXPECT_EQ(checked.error().code, Errc::forbidden);
        return checked.error().message.substr(
            std::string("these credentials do not admit to making a token ").size());
    }
};

TEST_F(VendTest, AnybodyMayHandOnLessThanTheyHave) {
    EXPECT_EQ(refusal(ann, ann), "");
    EXPECT_EQ(refusal(ann, caller(ann, {"read:mine"})), "");
    EXPECT_EQ(refusal(agent, caller(agent, {"watch"})), "");
    Caller roleless = agent;
    roleless.roles.clear();
    roleless.claims["team"] = {"7"};
    EXPECT_EQ(refusal(agent, roleless), "");
}

TEST_F(VendTest, NobodyHandsOnMoreThanTheyHave) {
    Caller bob = ann;
    bob.subject = "bob";
    Caller promoted = ann;
    promoted.roles.push_back("admin");
    Caller moved = agent;
    moved.claims["tenant"] = {"acme", "other"};

    EXPECT_EQ(refusal(ann, bob), "for somebody else");
    EXPECT_EQ(refusal(ann, promoted), "with a role that is not their own");
    EXPECT_EQ(refusal(agent, moved), "with another tenant");
    EXPECT_EQ(refusal(caller(ann, {"vend", "read:mine"}), ann), "with wider grants than their own");
    EXPECT_EQ(refusal(caller(ann, {"vend", "read:mine"}), caller(ann, {"read:mi*"})),
              "with wider grants than their own");
    EXPECT_EQ(refusal(caller(ann, {"vend", "read:mi*"}), caller(ann, {"read:mine"})), "");
}

TEST_F(VendTest, AnAdminSpeaksForOthersWithinItsGrants) {
    const Caller backend = caller(admin, {"vend:customer", "read", "watch"});

    EXPECT_EQ(refusal(admin, agent), "");
    EXPECT_EQ(refusal(backend, caller(ann, {"read:mine"})), "");
    EXPECT_EQ(refusal(backend, caller(agent, {"read"})), "with the role agent");
    EXPECT_EQ(refusal(backend, caller(admin, {"read"})), "with the role admin");
    EXPECT_EQ(refusal(backend, caller(nobody, {"read"})), "without role");
    EXPECT_EQ(refusal(backend, ann), "with wider grants than their own");
    EXPECT_EQ(refusal(backend, caller(ann, {"ingest"})), "with wider grants than their own");
}

}  // namespace
}  // namespace freshet::engine
