// What engine/catalog/catalog.h promises: names, routes, and fingerprints of just what rows depend
// on.

#include "engine/catalog/catalog.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using storage::Image;
using storage::ImageBuilder;
using storage::ValueType;
using support::must;

AttributePath path(std::string_view text) {
    return must(AttributePath::parse(text));
}

Pattern where(std::string attribute, PatternEntry entry) {
    return Pattern({Pattern::Rule{std::move(attribute), {std::move(entry)}, nullptr}});
}

std::unique_ptr<Table> orders() {
    auto table = std::make_unique<Table>();
    table->name = "orders";
    table->key = {{"pk", ValueType::string}};
    table->from = "orders";

    ItemView view;
    view.name = "order";
    view.shape.fields = {{"id", path("pk")}, {"status", path("status")}};
    table->views.push_back(std::move(view));

    ListView list;
    list.name = "my-orders";
    list.by = {path("creator")};
    list.sort = {{path("createdAt"), Direction::descending}};
    list.where = where("status", PatternValue(std::string("OPEN")));
    list.shape.all = true;
    table->lists.push_back(std::move(list));
    return table;
}

Catalog catalog_of(std::unique_ptr<Table> table) {
    std::vector<std::unique_ptr<Table>> tables;
    tables.push_back(std::move(table));
    return Catalog(std::move(tables));
}

// The catalog of orders() with one thing changed.
Catalog changed(const std::function<void(Table&)>& change) {
    auto table = orders();
    change(*table);
    return catalog_of(std::move(table));
}

const ItemView& item_view(const Catalog& catalog) {
    return catalog.tables().front()->views.front();
}
const ListView& list_view(const Catalog& catalog) {
    return catalog.tables().front()->lists.front();
}

Image keys_of(std::string_view pk) {
    ImageBuilder builder;
    const auto value = builder.scalar(ValueType::string, "pk", pk);
    return builder.finish(std::vector{value});
}

TEST(Catalog, FindsTablesViewsAndListsByName) {
    const Catalog catalog = catalog_of(orders());
    const Table* table = catalog.tables().front().get();

    EXPECT_EQ(catalog.table("orders"), table);
    EXPECT_EQ(catalog.table("order"), nullptr);
    EXPECT_EQ(catalog.view("order"), Catalog::View(&table->views.front()));
    EXPECT_EQ(catalog.view("my-orders"), Catalog::View(&table->lists.front()));
    EXPECT_EQ(catalog.view("orders"), Catalog::View());
}

TEST(Catalog, PointsViewsAtTheirTable) {
    const Catalog catalog = catalog_of(orders());

    EXPECT_EQ(item_view(catalog).table, catalog.table("orders"));
    EXPECT_EQ(list_view(catalog).table, catalog.table("orders"));
}

TEST(Catalog, RoutesARecordToTheFirstTableThatTakesIt) {
    std::vector<std::unique_ptr<Table>> tables;
    for (const char* prefix : {"TICKET#", "TICKET#USER#", "USER#"}) {
        tables.push_back(orders());
        tables.back()->name = prefix;
        tables.back()->from = "single-table";
        tables.back()->where = where("pk", Prefix{prefix});
    }
    tables.push_back(orders());
    const Catalog catalog(std::move(tables));

    EXPECT_EQ(catalog.route("single-table", keys_of("TICKET#1").view())->name, "TICKET#");
    EXPECT_EQ(catalog.route("single-table", keys_of("TICKET#USER#1").view())->name, "TICKET#");
    EXPECT_EQ(catalog.route("single-table", keys_of("USER#1").view())->name, "USER#");
    EXPECT_EQ(catalog.route("single-table", keys_of("ORDER#1").view()), nullptr);
    EXPECT_EQ(catalog.route("orders", keys_of("USER#1").view())->name, "orders");
    EXPECT_EQ(catalog.route("other", keys_of("USER#1").view()), nullptr);
}

TEST(Catalog, KnowsTheSourcesThatItsTablesTakeFrom) {
    const Catalog catalog = changed([](Table& table) { table.from = "prod-orders"; });

    EXPECT_TRUE(catalog.knows_source("prod-orders"));
    EXPECT_FALSE(catalog.knows_source("orders"));
}

TEST(Catalog, HasTheSameFingerprintsForTheSameDeclarations) {
    const Catalog a = catalog_of(orders());
    const Catalog b = catalog_of(orders());

    EXPECT_EQ(list_view(a).fingerprint, list_view(b).fingerprint);
    EXPECT_EQ(list_view(a).rows, list_view(b).rows);
    EXPECT_EQ(item_view(a).fingerprint, item_view(b).fingerprint);
}

// Patterns of which no two are the same.
std::vector<Pattern> other_patterns() {
    const Decimal five = *Decimal::parse("5");
    const NumericRange::Bound open{five, false};
    const NumericRange::Bound closed{five, true};
    const FoldedText folded("5");
    std::vector<Pattern> patterns;
    for (const PatternEntry& entry : std::vector<PatternEntry>{
             PatternValue(Null()), PatternValue(std::string("null")), Suffix{"5"},
             EqualsIgnoreCase{folded}, PrefixIgnoreCase{folded}, SuffixIgnoreCase{folded},
             AnythingBut{{five}}, AnythingBut{{five, five}}, AnythingBut{{}, {Prefix{"5"}}},
             AnythingBut{{}, {Suffix{"5"}}}, AnythingBut{{five}, {Suffix{"5"}}},
             NumericRange{.low = open}, NumericRange{.low = closed}, NumericRange{.high = open},
             NumericRange{.high = closed}, NumericRange{closed, closed}, Exists{true},
             Exists{false}}) {
        patterns.push_back(where("status", entry));
    }
    const Pattern a = where("a", Exists{true});
    const Pattern b = where("b", Exists{true});
    const auto any_of = [](std::vector<Pattern> alternatives) {
        return Pattern({Pattern::Rule{"", {}, nullptr, std::move(alternatives)}});
    };
    patterns.push_back(any_of({a, b}));
    patterns.push_back(any_of({b, a}));
    patterns.push_back(any_of({a, a, b}));
    patterns.push_back(any_of({a, any_of({a, b})}));
    patterns.push_back(Pattern({a.rules().front(), b.rules().front()}));
    return patterns;
}

TEST(Catalog, HasAnotherListFingerprintWhereRowsWouldDiffer) {
    std::vector<std::function<void(Table&)>> changes = {
        [](Table&) {},
        [](Table& table) { table.name = "notes"; },
        [](Table& table) {
            table.key = {{"id", ValueType::string}};
        },
        [](Table& table) {
            table.key = {{"pk", ValueType::number}};
        },
        [](Table& table) {
            table.key.push_back({"sk", ValueType::string});
        },
        [](Table& table) { table.lists.front().by.clear(); },
        [](Table& table) {
            table.lists.front().by = {path("a"), path("b")};
        },
        [](Table& table) { table.lists.front().by = {path("a.b")}; },
        [](Table& table) { table.lists.front().by = {path(R"(a\.b)")}; },
        [](Table& table) { table.lists.front().sort.clear(); },
        [](Table& table) { table.lists.front().sort.front().direction = Direction::ascending; },
        [](Table& table) { table.lists.front().sort.front().path = path("dueAt"); },
        [](Table& table) { table.lists.front().where = Pattern(); },
        [](Table& table) {
            table.lists.front().where = where("status", PatternValue(std::string("true")));
        },
        [](Table& table) { table.lists.front().where = where("status", PatternValue(true)); },
        [](Table& table) {
            table.lists.front().where = where("status", PatternValue(std::string("5")));
        },
        [](Table& table) {
            table.lists.front().where = where("status", PatternValue(*Decimal::parse("5")));
        },
        [](Table& table) { table.lists.front().where = where("status", Prefix{"5"}); },
        [](Table& table) {
            table.lists.front().where = where("status", AnythingBut{{std::string("5")}});
        },
        [](Table& table) {
            auto inner = std::make_shared<const Pattern>(where("status", Prefix{"5"}));
            table.lists.front().where = Pattern({Pattern::Rule{"a", {}, inner}});
        },
    };
    for (const Pattern& pattern : other_patterns()) {
        changes.emplace_back([pattern](Table& table) { table.lists.front().where = pattern; });
    }

    std::set<std::uint64_t> lists;
    std::set<std::string> rows;
    for (const auto& change : changes) {
        const Catalog catalog = changed(change);
        lists.insert(list_view(catalog).fingerprint);
        rows.insert(list_view(catalog).rows);
    }

    EXPECT_EQ(lists.size(), changes.size());
    EXPECT_EQ(rows.size(), changes.size());
}

TEST(Catalog, HasTheSameListFingerprintWhereOnlyItsShapeOrAccessDiffer) {
    const Catalog plain = catalog_of(orders());
    const Catalog other = changed([](Table& table) {
        table.views.clear();
        table.lists.front().shape = Shape{{{"id", path("pk")}}, false, {"a"}};
        table.lists.front().access = {AccessEntry{.role = "staff", .parts = {}}};
        table.owner = path("creator");
        table.events.emplace_back();
    });

    EXPECT_EQ(list_view(other).fingerprint, list_view(plain).fingerprint);
    EXPECT_EQ(list_view(other).rows, list_view(plain).rows);
}

TEST(Catalog, KeepsRowsWhereOnlyTheWayOfRecordsDiffers) {
    const Catalog plain = catalog_of(orders());
    const Catalog from = changed([](Table& table) { table.from = "prod-orders"; });
    const Catalog taken = changed([](Table& table) { table.where = where("pk", Prefix{"a"}); });

    EXPECT_EQ(list_view(from).rows, list_view(plain).rows);
    EXPECT_EQ(list_view(taken).rows, list_view(plain).rows);
}

TEST(Catalog, KeepsTheRowsOfTwoListsOfOneDefinitionApart) {
    const Catalog plain = catalog_of(orders());
    const Catalog renamed = changed([](Table& table) { table.lists.front().name = "all"; });

    const auto* all = std::get<const ListView*>(renamed.view("all"));
    EXPECT_EQ(all->fingerprint, list_view(plain).fingerprint);
    EXPECT_NE(all->rows, list_view(plain).rows);
}

TEST(Catalog, HasAnotherItemFingerprintWhereAnswersWouldDiffer) {
    const std::vector<std::function<void(Table&)>> changes = {
        [](Table&) {},
        [](Table& table) { table.name = "notes"; },
        [](Table& table) {
            table.key.push_back({"sk", ValueType::string});
        },
        [](Table& table) { table.views.front().shape.fields.pop_back(); },
        [](Table& table) { table.views.front().shape.fields.front().name = "key"; },
        [](Table& table) { table.views.front().shape.fields.front().path = path("sk"); },
        [](Table& table) { table.views.front().shape.all = true; },
        [](Table& table) { table.views.front().shape.hidden = {"secret"}; },
    };

    std::set<std::uint64_t> fingerprints;
    for (const auto& change : changes) fingerprints.insert(item_view(changed(change)).fingerprint);

    EXPECT_EQ(fingerprints.size(), changes.size());
}

}  // namespace
}  // namespace freshet::engine
