// What engine/config/config.h promises of a file that is right: it says everything. What may be
// wrong in one is in config_mistakes_test.cc.

#include "engine/config/config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"
#include "tests/support/places.h"

namespace freshet::engine {
namespace {

using storage::ChangeKind;
using storage::Image;
using storage::ImageBuilder;
using storage::ValueType;
using support::must;

const std::string orders = "[[table]]\nname = 'orders'\nkey = ['pk']\n";  // three lines

Config parsed(const std::string& text) {
    return must(parse_config(text, "freshet.toml"));
}

const Table& first_table(const Config& config) {
    return *config.catalog->tables().front();
}

// The lines of the message about a wrong file.
std::vector<std::string> mistakes_in(const std::string& text) {
    const auto config = parse_config(text, "freshet.toml");
    if (config) return {};
    EXPECT_EQ(config.error().code, Errc::refused);
    std::vector<std::string> lines;
    std::string_view message = config.error().message;
    while (true) {
        const std::size_t end = message.find('\n');
        lines.emplace_back(message.substr(0, end));
        if (end == std::string_view::npos) return lines;
        message.remove_prefix(end + 1);
    }
}

std::vector<std::string> names_of(const Shape& shape) {
    std::vector<std::string> names;
    for (const Field& field : shape.fields) names.push_back(field.name);
    return names;
}

std::vector<std::string> texts_of(const std::vector<AttributePath>& paths) {
    std::vector<std::string> texts;
    for (const AttributePath& path : paths) texts.push_back(path.text());
    return texts;
}

// `name=path` of each field.
std::vector<std::string> fields_of(const std::vector<Field>& fields) {
    std::vector<std::string> texts;
    for (const Field& field : fields) texts.push_back(field.name + "=" + field.path.text());
    return texts;
}

using Texts = std::vector<std::string>;

class PizzaConfig : public ::testing::Test {
protected:
    const Config config =
        must(read_config(support::source_folder() + "/examples/pizza/freshet.toml"));
    const Table& table = first_table(config);
};

TEST_F(PizzaConfig, SaysWhereToListenAndWhereToStore) {
    EXPECT_EQ(config.server.address, "127.0.0.1");
    EXPECT_EQ(config.server.port, 8080);
    EXPECT_EQ(config.storage_path, support::source_folder() + "/examples/pizza/data");
    EXPECT_EQ(config.limits.body_bytes, 8'388'608U);
}

TEST_F(PizzaConfig, DeclaresTheTable) {
    ASSERT_EQ(config.catalog->tables().size(), 1U);
    EXPECT_EQ(table.name, "orders");
    EXPECT_EQ(table.from, "orders");
    ASSERT_EQ(table.key.size(), 1U);
    EXPECT_EQ(table.key.front().name, "pk");
    EXPECT_EQ(table.key.front().type, ValueType::string);
    EXPECT_EQ(table.owner->text(), "creator");
    EXPECT_TRUE(table.where.empty());
}

TEST_F(PizzaConfig, DeclaresTheViews) {
    ASSERT_EQ(table.views.size(), 2U);
    const ItemView& order = table.views[0];
    EXPECT_EQ(order.name, "order");
    EXPECT_EQ(fields_of(order.shape.fields),
              (Texts{"id=pk", "createdAt=createdAt", "status=status", "numItems=numItems",
                     "items=items", "lastUpdated=lastUpdated"}));
    EXPECT_FALSE(order.shape.all);
    ASSERT_EQ(order.access.size(), 1U);
    EXPECT_EQ(order.access.front().role, "");
    ASSERT_EQ(order.access.front().parts.size(), 1U);
    EXPECT_EQ(order.access.front().parts.front().attribute.text(), "creator");
    EXPECT_EQ(order.access.front().parts.front().claim, "sub");

    const ItemView& admin_order = table.views[1];
    EXPECT_EQ(names_of(admin_order.shape),
              (Texts{"id", "createdAt", "status", "numItems", "items", "lastUpdated", "creator"}));
    ASSERT_EQ(admin_order.access.size(), 1U);
    EXPECT_EQ(admin_order.access.front().role, "admin");
}

TEST_F(PizzaConfig, DeclaresTheLists) {
    ASSERT_EQ(table.lists.size(), 2U);
    const ListView& my_orders = table.lists[0];
    EXPECT_EQ(my_orders.name, "my-orders");
    EXPECT_EQ(texts_of(my_orders.by), Texts{"creator"});
    ASSERT_EQ(my_orders.sort.size(), 1U);
    EXPECT_EQ(my_orders.sort.front().path.text(), "createdAt");
    EXPECT_EQ(my_orders.sort.front().direction, Direction::descending);
    EXPECT_TRUE(my_orders.where.empty());
    EXPECT_EQ(names_of(my_orders.shape),
              (Texts{"id", "createdAt", "status", "numItems", "lastUpdated"}));

    const ListView& all_orders = table.lists[1];
    EXPECT_TRUE(all_orders.by.empty());
    ASSERT_EQ(all_orders.where.rules().size(), 1U);
    EXPECT_EQ(all_orders.where.rules().front().attribute, "status");
    const auto* but = std::get_if<AnythingBut>(&all_orders.where.rules().front().entries.front());
    ASSERT_NE(but, nullptr);
    EXPECT_EQ(but->values, std::vector<PatternValue>{std::string("COMPLETED")});
}

TEST_F(PizzaConfig, DeclaresTheEventsInTheirOrder) {
    ASSERT_EQ(table.events.size(), 4U);
    EXPECT_EQ(table.events[0].type, "new-order");
    EXPECT_EQ(table.events[0].topic.text, "");
    EXPECT_TRUE(table.events[0].topic.parts.empty());
    EXPECT_EQ(table.events[0].on, ChangeKind::insert);

    const EventRule& status = table.events[1];
    EXPECT_EQ(status.type, "order-status-updated");
    EXPECT_EQ(status.topic.text, "{pk}-status-updated");
    EXPECT_EQ(status.topic.parts,
              (std::vector<TopicTemplate::Part>{must(AttributePath::parse("pk")),
                                                std::string("-status-updated")}));
    EXPECT_EQ(status.on, ChangeKind::modify);
    EXPECT_EQ(texts_of(status.changed), Texts{"status"});
    EXPECT_EQ(fields_of(status.data), (Texts{"id=pk", "status=status", "was=before.status"}));
    EXPECT_EQ(status.access.front().parts.front().claim, "sub");

    EXPECT_EQ(table.events[2].type, "order-updated");
    EXPECT_TRUE(table.events[2].changed.empty());
    EXPECT_EQ(table.events[3].on, ChangeKind::remove);
    EXPECT_EQ(table.events[3].access.front().role, "admin");
}

TEST(Config, HasDefaultsForAllButTheTable) {
    const Config config = parsed(orders);

    EXPECT_EQ(config.server.address, "127.0.0.1");
    EXPECT_EQ(config.server.port, 8080);
    EXPECT_EQ(config.storage_path, "data");
    EXPECT_EQ(config.ballast_bytes, 64U << 20U);
    EXPECT_EQ(config.compression, storage::Compression::lz4);
    EXPECT_EQ(config.limits.queue_bytes, 64U << 20U);
    EXPECT_EQ(config.server.idle, std::chrono::seconds(75));
    EXPECT_FALSE(config.server.has_threads);
    EXPECT_TRUE(config.limits.by_hand.empty());
    EXPECT_FALSE(first_table(config).owner);
}

TEST(Config, TakesSettings) {
    const Config config = parsed(
        "[server]\nlisten = '[::1]:0'\nthreads = 4\nidle_s = 360\n[storage]\npath = "
        "'/var/lib/freshet'\nballast_bytes = 0\ncompression = 'zstd'\n"
        "[limits]\nbody_bytes = 1_000\nqueue_bytes = 1_025_000\n" +
        orders);

    EXPECT_EQ(config.server.address, "::1");
    EXPECT_EQ(config.server.port, 0);
    EXPECT_EQ(config.server.threads, 4U);
    EXPECT_TRUE(config.server.has_threads);
    EXPECT_EQ(config.limits.by_hand,
              (std::set<std::string, std::less<>>{"body_bytes", "queue_bytes"}));
    EXPECT_EQ(config.server.idle, std::chrono::seconds(360));
    EXPECT_EQ(config.storage_path, "/var/lib/freshet");
    EXPECT_EQ(config.ballast_bytes, 0U);
    EXPECT_EQ(config.compression, storage::Compression::zstd);
    EXPECT_EQ(config.limits.body_bytes, 1'000U);
    EXPECT_EQ(config.limits.queue_bytes, 1'025'000U);
}

TEST(Config, ListensOnAnyLoopbackAddress) {
    const auto address = [](const std::string& listen) {
        return parsed("server.listen = '" + listen + "'\n" + orders).server.address;
    };

    EXPECT_EQ(address("127.0.0.1:80"), "127.0.0.1");
    EXPECT_EQ(address("127.255.3.4:80"), "127.255.3.4");
    EXPECT_EQ(address("localhost:80"), "127.0.0.1");
    EXPECT_EQ(address("[::1]:80"), "::1");
}

TEST(Config, TakesAStoragePathFromTheFilesFolder) {
    const std::string text = "storage.path = '../data'\n" + orders;

    EXPECT_EQ(must(parse_config(text, "/etc/freshet/freshet.toml")).storage_path, "/etc/data");
}

TEST(Config, TakesKeysOfTwoPartsWithTypes) {
    const Config config = parsed("[[table]]\nname = 't'\nkey = ['a\\.b number', 'sk binary']\n");
    const auto& key = first_table(config).key;

    ASSERT_EQ(key.size(), 2U);
    EXPECT_EQ(key[0].name, "a.b");
    EXPECT_EQ(key[0].type, ValueType::number);
    EXPECT_EQ(key[1].name, "sk");
    EXPECT_EQ(key[1].type, ValueType::binary);
}

TEST(Config, RoutesSeveralTablesFromOneSource) {
    const Config config = parsed(
        "[[table]]\nname = 'tickets'\nkey = ['id']\nfrom = 'prod'\nsource = 'stream'\n"
        "where = { id = [{ prefix = 'TICKET#' }] }\n"
        "[[table]]\nname = 'rest'\nkey = ['id']\nfrom = 'prod'\n");
    const auto route = [&](std::string_view id) {
        ImageBuilder builder;
        const auto value = builder.scalar(ValueType::string, "id", id);
        return config.catalog->route("prod", builder.finish(std::vector{value}).view())->name;
    };

    EXPECT_EQ(route("TICKET#1"), "tickets");
    EXPECT_EQ(route("USER#1"), "rest");
}

TEST(Config, SortsByAttributesWithAndWithoutADirection) {
    const Config config = parsed(orders +
                                 "[[table.list]]\nname = 'l'\nby = ['a', 'b.c']\n"
                                 "sort = ['x', 'y.z desc', 'a\\.b asc', 'due at desc']\n");
    const ListView& list = first_table(config).lists.front();

    EXPECT_EQ(texts_of(list.by), (Texts{"a", "b.c"}));
    ASSERT_EQ(list.sort.size(), 4U);
    EXPECT_EQ(list.sort[0].direction, Direction::ascending);
    EXPECT_EQ(list.sort[1].direction, Direction::descending);
    EXPECT_EQ(list.sort[1].path.names(), (Texts{"y", "z"}));
    EXPECT_EQ(list.sort[2].path.names(), Texts{"a.b"});
    EXPECT_EQ(list.sort[3].path.names(), Texts{"due at"});
}

// The shape of view `v`, declared by these lines.
Shape shape_of(const std::string& view, const std::string& others = "") {
    const Config config = parsed(orders + "[[table.view]]\nname = 'v'\n" + view + "\n" + others);
    return first_table(config).views.front().shape;
}

TEST(Config, ShowsEveryAttributeWhereNoFieldsAreNamed) {
    const Shape shape = shape_of("");

    EXPECT_TRUE(shape.all);
    EXPECT_TRUE(shape.fields.empty());
    EXPECT_TRUE(shape_of("fields = ['*']").all);
}

TEST(Config, NamesFieldsAnew) {
    const Shape shape = shape_of(R"(fields = ['city=address.city', 'a\.b', 'c=a\.b', '*'])");

    EXPECT_EQ(names_of(shape), (Texts{"city", "a.b", "c"}));
    EXPECT_EQ(shape.fields[0].path.names(), (Texts{"address", "city"}));
    EXPECT_EQ(shape.fields[1].path.names(), Texts{"a.b"});
    EXPECT_EQ(shape.fields[2].path.names(), Texts{"a.b"});
    EXPECT_TRUE(shape.all);
}

TEST(Config, HidesWhatIsTakenAwayFromAllAttributes) {
    const Shape shape = shape_of("fields = ['*', 'id=pk']\nwithout = ['secret', 'id']");

    EXPECT_TRUE(shape.all);
    EXPECT_TRUE(shape.fields.empty());
    EXPECT_EQ(shape.hidden, (Texts{"secret", "id"}));
}

TEST(Config, ShowsAgainWhatALikeHides) {
    const Shape shape =
        shape_of("like = 'w'\nwith = ['b']", "[[table.view]]\nname = 'w'\nwithout = ['a', 'b']\n");

    EXPECT_EQ(shape.hidden, Texts{"a"});
    EXPECT_EQ(names_of(shape), Texts{"b"});
}

TEST(Config, BuildsShapesOnOthersInAnyOrder) {
    const Shape shape = shape_of("like = 'w'\nwith = ['d', 'b=x.y']\nwithout = ['a']",
                                 "[[table.view]]\nname = 'w'\nlike = 'l'\nwith = ['c']\n"
                                 "[[table.list]]\nname = 'l'\nfields = ['a', 'b']\n");

    EXPECT_EQ(fields_of(shape.fields), (Texts{"b=x.y", "c=c", "d=d"}));
    EXPECT_FALSE(shape.all);
}

TEST(Config, TakesAccessByRolesOwnersAndClaims) {
    const Config config = parsed(
        "[[table]]\nname = 't'\nkey = ['pk']\nowner = 'creator'\n[[table.list]]\nname = 'l'\n"
        "by = ['tenant', 'creator']\n"
        "access = ['staff', 'owner', { role = 'agent', tenant = '{claims.tenant}' }]\n");
    const Access& access = first_table(config).lists.front().access;

    ASSERT_EQ(access.size(), 3U);
    EXPECT_EQ(access[0].role, "staff");
    EXPECT_EQ(access[1].role, "");
    ASSERT_EQ(access[1].parts.size(), 1U);
    EXPECT_EQ(access[1].parts[0].attribute.text(), "creator");
    EXPECT_EQ(access[1].parts[0].claim, "sub");
    EXPECT_EQ(access[2].role, "agent");
    ASSERT_EQ(access[2].parts.size(), 1U);
    EXPECT_EQ(access[2].parts[0].attribute.text(), "tenant");
    EXPECT_EQ(access[2].parts[0].claim, "tenant");
}

TEST(Config, TakesAccessByWordsThatAreNoRoles) {
    const Config config = parsed(
        "[[table]]\nname = 't'\nkey = ['pk']\nowner = 'creator'\nwrite = ['signed-in']\n"
        "[[table.view]]\nname = 'v'\naccess = ['public', 'owner', 'staff']\n"
        "[[table.list]]\nname = 'l'\naccess = ['signed-in']\n"
        "[[table.total]]\nname = 's'\naccess = ['public']\n"
        "[[table.event]]\ntype = 'e'\naccess = ['signed-in']\n");
    const Table& t = first_table(config);
    const AccessEntry everybody{.role = "", .parts = {}, .is_public = true};
    const AccessEntry signed_in{.role = "", .parts = {}};

    ASSERT_EQ(t.views.front().access.size(), 3U);
    EXPECT_EQ(t.views.front().access[0], everybody);
    EXPECT_FALSE(t.views.front().access[1].is_public);
    EXPECT_EQ(t.views.front().access[2].role, "staff");
    EXPECT_EQ(t.lists.front().access, Access{signed_in});
    EXPECT_EQ(t.totals.front().access, Access{everybody});
    EXPECT_EQ(t.events.front().access, Access{signed_in});
    EXPECT_EQ(t.write, Access{signed_in});
}

TEST(Config, ReadsPatternsOfEveryKind) {
    const Config config = parsed(orders +
                                 "[[table.list]]\nname = 'l'\n[table.list.where]\n"
                                 "exact = ['a', 5, 7.50, 0.1, true]\n"
                                 "but = [{ anything-but = 'x' }, { anything-but = ['y', 2] }]\n"
                                 "prefix = [{ prefix = 'P' }]\n"
                                 "address = { city = ['Paris'] }\n"
                                 "'deep.er' = ['z']\n"
                                 "'a\\.b' = ['c']\n");
    const Pattern& where = first_table(config).lists.front().where;
    const auto rule = [&](std::string_view attribute) -> const Pattern::Rule& {
        return *std::find_if(where.rules().begin(), where.rules().end(),
                             [&](const auto& one) { return one.attribute == attribute; });
    };
    const auto value = [](const PatternEntry& entry) { return std::get<PatternValue>(entry); };

    ASSERT_EQ(where.rules().size(), 6U);
    const auto& exact = rule("exact").entries;
    ASSERT_EQ(exact.size(), 5U);
    EXPECT_EQ(value(exact[0]), PatternValue(std::string("a")));
    EXPECT_EQ(value(exact[1]), PatternValue(*Decimal::parse("5")));
    EXPECT_EQ(value(exact[2]), PatternValue(*Decimal::parse("7.5")));
    EXPECT_EQ(value(exact[3]), PatternValue(*Decimal::parse("0.1")));
    EXPECT_EQ(value(exact[4]), PatternValue(true));
    EXPECT_EQ(std::get<AnythingBut>(rule("but").entries[0]).values.size(), 1U);
    EXPECT_EQ(std::get<AnythingBut>(rule("but").entries[1]).values.size(), 2U);
    EXPECT_EQ(std::get<Prefix>(std::get<TextTest>(rule("prefix").entries[0])).text, "P");
    EXPECT_EQ(rule("address").inner->rules().front().attribute, "city");
    EXPECT_EQ(rule("deep").inner->rules().front().attribute, "er");
    EXPECT_EQ(rule("a.b").entries.size(), 1U);
}

// The where of the list that has it so.
Pattern where_of(const std::string& where) {
    const Config config = parsed(orders + "[[table.list]]\nname = 'l'\n" + where + "\n");
    return first_table(config).lists.front().where;
}

std::vector<PatternEntry> entries_of(const std::string& array) {
    return where_of("where = { a = " + array + " }").rules().front().entries;
}

TEST(Config, ReadsEveryOperatorOfPatterns) {
    const auto entries = entries_of(
        "['', { null = true }, { suffix = 'S' }, { equals-ignore-case = 'E' },\n"
        "{ prefix = { equals-ignore-case = 'P' } }, { suffix = { equals-ignore-case = 'Q' } },\n"
        "{ exists = true }, { exists = false }]");
    const auto test = [&](std::size_t i) { return std::get<TextTest>(entries[i]); };

    ASSERT_EQ(entries.size(), 8U);
    EXPECT_EQ(std::get<PatternValue>(entries[0]), PatternValue(std::string()));
    EXPECT_EQ(std::get<PatternValue>(entries[1]), PatternValue(Null()));
    EXPECT_EQ(std::get<Suffix>(test(2)).text, "S");
    EXPECT_EQ(std::get<EqualsIgnoreCase>(test(3)).text.text(), "e");
    EXPECT_EQ(std::get<PrefixIgnoreCase>(test(4)).text.text(), "p");
    EXPECT_EQ(std::get<SuffixIgnoreCase>(test(5)).text.text(), "q");
    EXPECT_TRUE(std::get<Exists>(entries[6]).there);
    EXPECT_FALSE(std::get<Exists>(entries[7]).there);
}

TEST(Config, ReadsWhatAnythingButMayName) {
    const auto entries = entries_of(
        "[{ anything-but = ['', { null = true }, false] }, { anything-but = { null = true } },\n"
        "{ anything-but = { prefix = 'p' } }, { anything-but = { suffix = ['s', 't'] } },\n"
        "{ anything-but = { equals-ignore-case = 'e' } },\n"
        "{ anything-but = { prefix = { equals-ignore-case = 'e' } } }]");
    const auto but = [&](std::size_t i) { return std::get<AnythingBut>(entries[i]); };

    ASSERT_EQ(entries.size(), 6U);
    EXPECT_EQ(but(0).values, (std::vector<PatternValue>{std::string(), Null(), false}));
    EXPECT_EQ(but(1).values, std::vector<PatternValue>{Null()});
    EXPECT_EQ(std::get<Prefix>(but(2).tests.at(0)).text, "p");
    ASSERT_EQ(but(3).tests.size(), 2U);
    EXPECT_EQ(std::get<Suffix>(but(3).tests[1]).text, "t");
    EXPECT_EQ(std::get<EqualsIgnoreCase>(but(4).tests.at(0)).text.text(), "e");
    EXPECT_EQ(std::get<PrefixIgnoreCase>(but(5).tests.at(0)).text.text(), "e");
}

TEST(Config, ReadsComparisonsOfNumbers) {
    const auto range = [](const std::string& operand) {
        return std::get<NumericRange>(entries_of("[{ numeric = " + operand + " }]").front());
    };
    const auto number = [](std::string_view text) { return *Decimal::parse(text); };

    EXPECT_EQ(range("['>', 5]").low->value, number("5"));
    EXPECT_FALSE(range("['>', 5]").low->inclusive);
    EXPECT_FALSE(range("['>', 5]").high);
    EXPECT_TRUE(range("['>=', 5]").low->inclusive);
    EXPECT_FALSE(range("['<', 5]").low);
    EXPECT_FALSE(range("['<', 5]").high->inclusive);
    EXPECT_EQ(range("['<=', '0.10']").high->value, number("0.1"));
    EXPECT_EQ(range("['=', -5]").low->value, number("-5"));
    EXPECT_EQ(range("['=', -5]").high->value, number("-5"));
    EXPECT_EQ(range("['<', 9, '>=', 1]").low->value, number("1"));
    EXPECT_EQ(range("['>', 1, '<', 9]").high->value, number("9"));
}

TEST(Config, TakesEveryDigitOfTheNumbersInPatterns) {
    const auto entries = entries_of(
        "['é😀', 0.1000000000000000055, +1_000.000_000_000_000_000_01e-1,# 2.5\n"
        "\t-12345678901234567890.5, 0x10, { numeric = ['=', 9007199254740993.0] }]");
    const auto number = [](std::string_view text) { return PatternValue(*Decimal::parse(text)); };

    ASSERT_EQ(entries.size(), 6U);
    EXPECT_EQ(std::get<PatternValue>(entries[1]), number("0.1000000000000000055"));
    EXPECT_EQ(std::get<PatternValue>(entries[2]), number("100.000000000000000001"));
    EXPECT_EQ(std::get<PatternValue>(entries[3]), number("-12345678901234567890.5"));
    EXPECT_EQ(std::get<PatternValue>(entries[4]), number("16"));
    EXPECT_EQ(PatternValue(std::get<NumericRange>(entries[5]).low->value),
              number("9007199254740993"));
}

TEST(Config, TakesEveryDigitOfANumberAfterAByteOrderMark) {
    const Config config = parsed(
        "\xEF\xBB\xBFtable = [{ name = 't', key = ['pk'], list = [{ name = 'l', where = { a = "
        "[0.1000000000000000055] } }] }]\r\n");
    const Pattern& where = first_table(config).lists.front().where;

    EXPECT_EQ(std::get<PatternValue>(where.rules().front().entries.front()),
              PatternValue(*Decimal::parse("0.1000000000000000055")));
}

TEST(Config, ReadsAlternativesOnEveryLevel) {
    const Pattern where = where_of(
        "[table.list.where]\n'$or' = [{ a = [1] }, { '$or' = [{ b = [2] }, { c = [3] }] }]\n"
        "d = { '$or' = [{ e = [4] }, { f = [5] }] }\n'g.$or' = [{ h = [6] }, { i = [7] }]\n");
    const auto& rules = where.rules();

    ASSERT_EQ(rules.size(), 3U);
    ASSERT_EQ(rules[0].alternatives.size(), 2U);
    EXPECT_EQ(rules[0].alternatives[0].rules().front().attribute, "a");
    EXPECT_EQ(rules[0].alternatives[1].rules().front().alternatives.size(), 2U);
    EXPECT_EQ(rules[1].attribute, "d");
    EXPECT_EQ(rules[1].inner->rules().front().alternatives.size(), 2U);
    EXPECT_EQ(rules[2].attribute, "g");
    EXPECT_EQ(rules[2].inner->rules().front().alternatives.size(), 2U);
}

TEST(Config, RoutesByAlternativesOfKeys) {
    const Config config = parsed(
        "[[table]]\nname = 't'\nkey = ['id']\n"
        "where = { '$or' = [{ id = [{ prefix = 'A' }] }, { id = [{ suffix = 'Z' }] }] }\n");
    const auto is_taken = [&](std::string_view id) {
        ImageBuilder builder;
        const auto value = builder.scalar(ValueType::string, "id", id);
        return config.catalog->route("t", builder.finish(std::vector{value}).view()) != nullptr;
    };

    EXPECT_TRUE(is_taken("AB"));
    EXPECT_TRUE(is_taken("YZ"));
    EXPECT_FALSE(is_taken("BY"));
}

// An array of as many entries.
std::string array_of(std::size_t entries) {
    std::string text = "[";
    for (std::size_t i = 0; i < entries; ++i) text += std::to_string(i) + ",";
    return text + "]";
}

// So many names, with dots between them.
std::string path_of(std::size_t names) {
    std::string text = "a";
    for (std::size_t i = 1; i < names; ++i) text += ".a";
    return text;
}

TEST(Config, TakesPatternsUpToTheirLimits) {
    EXPECT_EQ(entries_of(array_of(300)).size(), 300U);
    EXPECT_EQ(where_of("where = { '" + path_of(64) + "' = [1] }").rules().size(), 1U);
}

TEST(Config, NamesEveryMistakeInTheOrderOfTheFile) {
    const auto lines = mistakes_in(
        "[server]\nlisten = '0.0.0.0:80'\n[[table]]\nname = 'a b'\nkey = ['n nuber']\n"
        "[[table.view]]\nfeilds = ['a']\naccess = ['owner']\n[[table.event]]\ntype = 'open'\n");

    ASSERT_EQ(lines.size(), 7U) << ::testing::PrintToString(lines);
    const std::vector<std::string> places = {"2", "4", "5", "6", "7", "8", "10"};
    for (std::size_t i = 0; i < places.size(); ++i) {
        EXPECT_TRUE(lines[i].starts_with("freshet.toml:" + places[i] + ": ")) << lines[i];
    }
}

TEST(Config, KeepsEachMistakeOnOneLine) {
    EXPECT_EQ(mistakes_in(orders + "owner = \"a\\n..b\"\n").size(), 1U);
    EXPECT_EQ(mistakes_in(orders + "source = \"a\\nb\"\n").size(), 1U);
}

TEST(Config, IsReadFromAFile) {
    const support::TempFolder folder;
    const std::string path = folder.file("freshet.toml");
    std::ofstream(path) << orders;

    const Config config = must(read_config(path));

    EXPECT_EQ(first_table(config).name, "orders");
    EXPECT_EQ(config.storage_path, folder.file("data"));
}

TEST(Config, SaysWhyAFileCannotBeRead) {
    const support::TempFolder folder;

    const auto missing = read_config(folder.file("freshet.toml"));
    const auto directory = read_config(folder.path());

    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Errc::io);
    EXPECT_NE(missing.error().message.find("No such file"), std::string::npos);
    ASSERT_FALSE(directory);
    EXPECT_EQ(directory.error().code, Errc::io);
}

}  // namespace
}  // namespace freshet::engine
