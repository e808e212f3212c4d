// What engine/config.h promises: one file says everything, and every mistake in it is named.

#include "engine/config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/must.h"
#include "tests/support/temp_folder.h"

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
    const Config config = must(read_config(FRESHET_SOURCE_DIR "/examples/pizza/freshet.toml"));
    const Table& table = first_table(config);
};

TEST_F(PizzaConfig, SaysWhereToListenAndWhereToStore) {
    EXPECT_EQ(config.server.address, "127.0.0.1");
    EXPECT_EQ(config.server.port, 8080);
    EXPECT_EQ(config.storage_path, FRESHET_SOURCE_DIR "/examples/pizza/data");
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
    EXPECT_EQ(order.access.front().role, "owner");

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
    EXPECT_EQ(status.access.front().role, "owner");

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
    EXPECT_EQ(config.limits.queue_bytes, 64U << 20U);
    EXPECT_FALSE(first_table(config).owner);
}

TEST(Config, TakesSettings) {
    const Config config = parsed(
        "[server]\nlisten = '[::1]:0'\nthreads = 4\n[storage]\npath = '/var/lib/freshet'\n"
        "[limits]\nbody_bytes = 1_000\nqueue_bytes = 2000\n" +
        orders);

    EXPECT_EQ(config.server.address, "::1");
    EXPECT_EQ(config.server.port, 0);
    EXPECT_EQ(config.server.threads, 4U);
    EXPECT_EQ(config.storage_path, "/var/lib/freshet");
    EXPECT_EQ(config.limits.body_bytes, 1'000U);
    EXPECT_EQ(config.limits.queue_bytes, 2'000U);
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
    EXPECT_EQ(access[1].role, "owner");
    EXPECT_EQ(access[2].role, "agent");
    EXPECT_EQ(access[2].claims.at("tenant"), "{claims.tenant}");
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

// A file with one mistake: the line that the message names, and what it says.
struct Mistake {
    std::string text;
    int line;
    std::vector<std::string> parts;
};

void expect_mistakes(const std::vector<Mistake>& mistakes) {
    for (const Mistake& mistake : mistakes) {
        const std::vector<std::string> lines = mistakes_in(mistake.text);
        ASSERT_EQ(lines.size(), 1U) << mistake.text << ::testing::PrintToString(lines);
        const std::string place = "freshet.toml:" + std::to_string(mistake.line) + ": ";
        EXPECT_TRUE(lines.front().starts_with(place)) << lines.front();
        for (const std::string& part : mistake.parts) {
            EXPECT_NE(lines.front().find(part), std::string::npos)
                << lines.front() << "\nlacks: " << part;
        }
    }
}

TEST(Config, NamesMistakesInSettings) {
    const std::string loopback =
        "expected an address of this machine only (127.0.0.1, [::1] or "
        "localhost): another one needs credentials, which this release "
        "does not have";
    const std::string form = "expected an address and a port, such as 127.0.0.1:8080";
    expect_mistakes({
        {"server.listen = '0.0.0.0:8080'\n" + orders, 1, {"found \"0.0.0.0:8080\"", loopback}},
        {"\n[server]\nlisten = 'example.com:80'\n" + orders, 3, {loopback}},
        {"server.listen = '[::]:80'\n" + orders, 1, {loopback}},
        {"server.listen = '127.0.0.256:80'\n" + orders, 1, {loopback}},
        {"server.listen = '127.0.1:80'\n" + orders, 1, {loopback}},
        {"server.listen = '127.0.0.1.example.com:80'\n" + orders, 1, {loopback}},
        {"server.listen = '8080'\n" + orders, 1, {"found \"8080\"", form}},
        {"server.listen = ':8080'\n" + orders, 1, {form}},
        {"server.listen = 'localhost'\n" + orders, 1, {form}},
        {"server.listen = 'localhost:65536'\n" + orders, 1, {form}},
        {"server.listen = 'localhost:-1'\n" + orders, 1, {form}},
        {"server.listen = 8080\n" + orders, 1, {"found 8080 for listen, expected a string"}},
        {"server.threads = 0\n" + orders,
         1,
         {"found 0 for threads, expected an integer from 1 to 256"}},
        {"server.threads = 1.5\n" + orders, 1, {"found 1.5 for threads"}},
        {"storage.path = ''\n" + orders, 1, {"found \"\" for path, expected a string of at least"}},
        {"limits.body_bytes = '8M'\n" + orders, 1, {"found \"8M\" for body_bytes"}},
        {"limits.body_bytes = 268_435_457\n" + orders,
         1,
         {"found 268435457 for body_bytes, expected an integer from 1 to 268435456"}},
        {"[limits]\nqueue_bytes = 5\n" + orders,
         1,
         {"found queue_bytes = 5, expected at least body_bytes, 8388608"}},
        {"server = 5\n" + orders, 1, {"found 5 for server, expected [server]"}},
    });
}

TEST(Config, NamesUnknownKeysWithTheNearestThatIsKnown) {
    expect_mistakes({
        {"[severs]\n" + orders,
         1,
         {"found the unknown key \"severs\"", "did you mean \"server\"?"}},
        {"[server]\nlisen = 'x'\n" + orders,
         2,
         {"expected \"listen\" or \"threads\": did you mean \"listen\"?"}},
        {orders + "onwer = 'x'\n", 4, {"\"onwer\"", "did you mean \"owner\"?"}},
        {orders + "[[table.views]]\nname = 'x'\n", 4, {"did you mean \"view\"?"}},
        {orders + "[[table.view]]\nname = 'x'\nfeilds = ['a']\n", 6, {"did you mean \"fields\"?"}},
        {orders + "[[table.list]]\nname = 'x'\nsorted = 'a'\n", 6, {"did you mean \"sort\"?"}},
        {orders + "[[table.event]]\ntype = 'x'\nchange = 'a'\n", 6, {"did you mean \"changed\"?"}},
        {"[limits]\nconnections = 5\n" + orders, 2, {"expected \"body_bytes\" or \"queue_bytes\""}},
    });
}

TEST(Config, HintsAtNothingWhereNoKnownNameIsNear) {
    const auto lines = mistakes_in(orders + "colour = 'red'\n");

    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines.front().find("did you mean"), std::string::npos);
}

TEST(Config, NamesMistakesInTables) {
    const std::string key = "expected one attribute or two: [\"pk\"] or [\"pk\", \"sk\"]";
    const std::string named = "expected 1 to 255 of A-Z a-z 0-9 _ . -, other than . and ..";
    expect_mistakes({
        {"", 1, {"found no [[table]], expected at least one"}},
        {"[table]\nname = 'x'\n", 1, {"found a table for table, expected [[table]]"}},
        {"\n[[table]]\nkey = ['pk']\n", 2, {"found no name in [[table]], expected one"}},
        {"[[table]]\nname = 'x'\n", 1, {"found no key", key}},
        {"[[table]]\nname = 'x'\nkey = ['a', 'b', 'c']\n", 3, {"found 3 attributes in key", key}},
        {"[[table]]\nname = 'x'\nkey = []\n",
         3,
         {"found an empty array for key, expected at least one"}},
        {"[[table]]\nname = 'x'\nkey = ['a',\n'a']\n", 4, {"found \"a\" twice in key"}},
        {"[[table]]\nname = 'x'\nkey = ['a.b']\n", 3, {"found the path \"a.b\" in key"}},
        {"[[table]]\nname = 'x'\nkey = ['n nubmer']\n",
         3,
         {"found \"nubmer\" in \"n nubmer\", expected \"string\", \"number\" or \"binary\": did "
          "you mean \"number\"?"}},
        {"[[table]]\nname = 'x'\nkey = [5]\n", 3, {"found 5 for key, expected a string"}},
        {"[[table]]\nname = 'a b'\nkey = ['pk']\n", 2, {"found the name \"a b\"", named}},
        {"[[table]]\nname = '..'\nkey = ['pk']\n", 2, {"found the name \"..\"", named}},
        {"[[table]]\nname = '" + std::string(256, 'x') + "'\nkey = ['pk']\n", 2, {named}},
        {orders + "from = 'a'\n" + orders + "from = 'b'\n",
         6,
         {"found the name \"orders\" again, expected one that line 2 has not taken"}},
        {orders + "owner = 'a..b'\n", 4, {"found an empty name in the path \"a..b\""}},
        {orders + "source = 'direct'\n",
         4,
         {"found source = \"direct\"", "written directly are not in this release"}},
        {orders + "where = { status = ['x'] }\n",
         4,
         {"found \"status\" in the table's where, expected key attributes only"}},
        {orders + "where = { pk = { a = ['x'] } }\n", 4, {"expected key attributes only"}},
        {orders + "[[table]]\nname = 'late'\nkey = ['pk']\nfrom = 'orders'\n"
                  "where = { pk = ['x'] }\n",
         4,
         {"found the table \"late\", which gets no records, expected a where in the table "
          "\"orders\" before it"}},
        {orders + "view = 'x'\n", 4, {"found \"x\" for view, expected [[table.view]]"}},
    });
}

TEST(Config, NamesMistakesInViewsAndLists) {
    const std::string view = orders + "[[table.view]]\nname = 'v'\n";  // five lines
    const std::string list = orders + "[[table.list]]\nname = 'l'\n";
    expect_mistakes({
        {orders + "[[table.view]]\nfields = ['a']\n", 4, {"found no name in [[table.view]]"}},
        {view + "[[table.list]]\nname = 'v'\n", 7, {"found the name \"v\" again", "line 5"}},
        {view + "[[table]]\nname = 'b'\nkey = ['pk']\n[[table.view]]\nname = 'v'\n",
         10,
         {"found the name \"v\" again", "line 5"}},
        {view + "fields = ['a', 'b',\n'a']\n", 7, {"found the field \"a\" again"}},
        {view + "fields = ['a.b']\n",
         6,
         {"found the path \"a.b\" without a name, expected one before it: \"b=a.b\""}},
        {view + "fields = ['=a']\n", 6, {"found no name before = in \"=a\""}},
        {view + "fields = ['a=']\n", 6, {"found an empty name in the path"}},
        {view + "fields = 5\n", 6, {"found 5 for fields, expected a string"}},
        {view + "like = 'w'\n[[table.view]]\nname = 'worders'\n", 6, {"found like = \"w\""}},
        {view + "like = 'wv'\n[[table.view]]\nname = 'wvv'\n",
         6,
         {"found like = \"wv\", expected \"v\" or \"wvv\": did you mean \"wvv\"?"}},
        {view + "like = 'v'\n", 6, {"found like = \"v\" in \"v\", which goes round in a circle"}},
        {view + "like = 'w'\n[[table.view]]\nname = 'w'\nlike = 'v'\n",
         9,
         {"found like = \"v\" in \"w\", which goes round in a circle"}},
        {view + "fields = ['a']\nlike = 'w'\n[[table.view]]\nname = 'w'\n",
         7,
         {"found both fields and like, expected one of them"}},
        {view + "fields = ['items']\nwithout = ['itmes']\n",
         7,
         {"found \"itmes\" in without, expected \"items\": did you mean \"items\"?"}},
        {list + "sort = ['a', 'b down']\n", 6, {"found \"down\" in \"b down\", expected \"asc\""}},
        {list + "sort = ' desc'\n", 6, {"found an empty name in the path"}},
        {list + "sort = [\n'a',\n'b desc desc']\n",
         8,
         {"found two directions in \"b desc desc\", expected one attribute"}},
        {list + "sort = 'due at asc  desc'\n", 6, {"found two directions in"}},
        {list + "by = ['a', 'b\\']\n", 6, {"found a lone backslash in the path b\\"}},
    });
}

TEST(Config, NamesMistakesInPatterns) {
    const std::string list = orders + "[[table.list]]\nname = 'l'\n";  // five lines
    expect_mistakes({
        {list + "where = 'OPEN'\n", 6, {"found \"OPEN\" for where, expected a table"}},
        {list + "where = {}\n", 6, {"expected at least one attribute in it"}},
        {list + "where = { status = 'OPEN' }\n",
         6,
         {"found \"OPEN\" in where, expected an array of values, such as [\"OPEN\"]"}},
        {list + "where = { status = [] }\n", 6, {"expected at least one value in it"}},
        {list + "where = { status = [['OPEN']] }\n", 6, {"found an array in where"}},
        {list + "where = { status = [inf] }\n", 6, {"found inf in where"}},
        {list + "where = { status = [2024-01-01] }\n", 6, {"found a date or time in where"}},
        {list + "where = { status = [{ prefx = 'a' }] }\n",
         6,
         {"found the unknown operator \"prefx\", expected \"anything-but\", "
          "\"equals-ignore-case\", \"exists\", \"null\", \"numeric\", \"prefix\" or \"suffix\": "
          "did you mean \"prefix\"?"}},
        {list + "where = { status = ['a',\n{ numerical = ['>', 0] }] }\n",
         7,
         {"found the unknown operator \"numerical\"", "did you mean \"numeric\"?"}},
        {list + "where = { status = [{ prefix = 'a', anything-but = 'b' }] }\n",
         6,
         {"expected one operator in each"}},
        {list + "where = { status = [{ prefix = 5 }] }\n", 6, {"found 5 in where"}},
        {list + "where = { status = [{ anything-but = [] }] }\n",
         6,
         {"found an empty array in where"}},
        {list + "where = { status = [\n{ anything-but = ['a',\n[]] }] }\n",
         8,
         {"found an empty array"}},
        {list + "where = { 'a..b' = ['x'] }\n", 6, {"found an empty name in the path"}},
        {list + "where = { status = [{}] }\n", 6, {"expected one operator in each"}},
        {list + "where = { status = [{ suffix = ['a'] }] }\n", 6, {"a string after suffix"}},
        {list + "where = { status = [{ prefix = { suffix = 'a' } }] }\n",
         6,
         {"expected a string after prefix, or { equals-ignore-case = \"…\" }"}},
        {list + "where = { status = [{ equals-ignore-case = { prefix = 'a' } }] }\n",
         6,
         {"found a table in where, expected a string after equals-ignore-case"}},
        {list + "where = { status = [{ exists = 'yes' }] }\n",
         6,
         {"found \"yes\" in where, expected true or false after exists"}},
        {list + "where = { status = [{ null = false }] }\n",
         6,
         {"found false in where, expected { null = true }"}},
    });
}

TEST(Config, NamesMistakesInAnythingBut) {
    const std::string list = orders + "[[table.list]]\nname = 'l'\n";  // five lines
    const auto but = [&](const std::string& operand) {
        return list + "where = { status = [{ anything-but = " + operand + " }] }\n";
    };
    expect_mistakes({
        {but("{ numeric = ['>', 0] }"),
         6,
         {"found the operator \"numeric\" in anything-but, expected \"equals-ignore-case\", "
          "\"null\", \"prefix\" or \"suffix\""}},
        {but("{ sufix = 'a' }"), 6, {"did you mean \"suffix\"?"}},
        {but("{}"), 6, {"expected one operator in anything-but"}},
        {but("{ prefix = 'a', suffix = 'b' }"), 6, {"expected one operator in anything-but"}},
        {but("{ prefix = [] }"), 6, {"found an empty array", "a string after prefix"}},
        {but("{ prefix = ['a', 5] }"), 6, {"found 5 in where", "a string after prefix"}},
        {but("['a', { prefix = 'b' }]"), 6, {"found a table", "{ null = true } in anything-but"}},
        {but("{ null = 1 }"), 6, {"found 1 in where, expected { null = true }"}},
    });
}

TEST(Config, NamesMistakesInNumeric) {
    const std::string list = orders + "[[table.list]]\nname = 'l'\n";  // five lines
    const auto numeric = [&](const std::string& operand) {
        return list + "where = { status = [{ numeric = " + operand + " }] }\n";
    };
    const std::string empty = "expected numbers between the two bounds of numeric";
    const std::string bounds = "expected a lower bound and an upper one";
    expect_mistakes({
        {numeric("5"), 6, {"found 5 in where, expected one comparison or two after numeric"}},
        {numeric("[]"), 6, {"found an empty array in where, expected one comparison or two"}},
        {numeric("['>']"), 6, {"expected one comparison or two"}},
        {numeric("['>', 0, '<']"), 6, {"expected one comparison or two"}},
        {numeric("['>', 0, '<', 9, '<', 8]"), 6, {"expected one comparison or two"}},
        {numeric("['>', 0,\n'=<', 9]"), 7, {"found \"=<\" in where, expected \"=\", \"<\""}},
        {numeric("[0, '>']"), 6, {"found 0 in where, expected \"=\", \"<\""}},
        {numeric("['', 0]"), 6, {"found \"\" in where, expected \"=\", \"<\""}},
        {numeric("['>', 'ten']"),
         6,
         {"found \"ten\" in where, expected a number, or one in quotes, after \">\""}},
        {numeric("['>', nan]"), 6, {"found nan in where", "after \">\""}},
        {numeric("['>', true]"), 6, {"found true in where", "after \">\""}},
        {numeric("['>', 0, '>=', 1]"), 6, {"found \">=\" in where", bounds}},
        {numeric("['<', 0, '<', 1]"), 6, {bounds}},
        {numeric("['=', 0, '<', 1]"), 6, {bounds}},
        {numeric("['>', 0, '=', 1]"), 6, {bounds}},
        {numeric("['>', 9, '<', 1]"), 6, {empty}},
        {numeric("['>', 9, '<', 9.0]"), 6, {empty}},
        {numeric("['>=', 9, '<', 9]"), 6, {empty}},
        {numeric("['<=', 9, '>', 9]"), 6, {empty}},
    });
}

TEST(Config, NamesMistakesInAlternatives) {
    const std::string list = orders + "[[table.list]]\nname = 'l'\n";  // five lines
    const std::string two = "expected an array of two patterns or more for $or";
    expect_mistakes({
        {list + "where = { '$or' = [] }\n", 6, {"found an empty array in where", two}},
        {list + "where = { '$or' = [{ a = [1] }] }\n", 6, {two}},
        {list + "where = { '$or' = { a = [1] } }\n", 6, {"found a table in where", two}},
        {list + "where = { a = { '$or' = 'x' } }\n", 6, {"found \"x\" in where", two}},
        {list + "where = { '$or' = [{ a = [1] },\n'x'] }\n",
         7,
         {"found \"x\" in where, expected a pattern in $or"}},
        {list + "where = { '$or' = [{ a = [1] },\n{}] }\n", 7, {"expected at least one attribute"}},
        {list + "where = { '$or' = [{ a = [1] },\n{ a = [] }] }\n",
         7,
         {"expected at least one value"}},
        {list + "where = { '$or.a' = [1] }\n",
         6,
         {"found \"$or.a\" in where, expected \"$or\" to be the last name"}},
        {orders + "where = { '$or' = [{ pk = ['a'] }, { status = ['b'] }] }\n",
         4,
         {"found \"status\" in the table's where, expected key attributes only"}},
    });
}

TEST(Config, NamesPatternsBeyondTheirLimits) {
    const std::string list = orders + "[[table.list]]\nname = 'l'\n";  // five lines
    const std::string many = "found 301 entries in where, expected at most 300";
    const std::string deep = "deep in where, expected at most 64 levels of maps and $or";
    expect_mistakes({
        {list + "where = { a = " + array_of(301) + " }\n", 6, {many}},
        {list + "where = { a = [{ anything-but = " + array_of(301) + " }] }\n", 6, {many}},
        {list + "where = { '$or' = [{ a = " + array_of(150) + " }, { b = { c = " + array_of(151) +
             "} }] }\n",
         6,
         {many}},
        {list + "where = { '" + path_of(65) + "' = [1] }\n", 6, {"found \"a\" " + deep}},
        {list + "where = { '" + path_of(60) + "' = { '$or' = [{ a = [1] },\n{ '" + path_of(4) +
             "' = [1] }] } }\n",
         7,
         {deep}},
    });
}

TEST(Config, NamesMistakesInDerivedAttributes) {
    const auto derive = [](const std::string& text) {
        return orders + "derive = { " + text + " }\n";
    };
    expect_mistakes({
        {derive("n = 'body'"),
         4,
         {"found \"body\" for the derived attribute \"n\", expected one function"}},
        {derive("n = {}"), 4, {"expected one function of an attribute"}},
        {derive("n = { wrods = 'body' }"),
         4,
         {"found \"wrods\" in derive", "did you mean \"words\"?"}},
        {derive("n = { words = 'body', length = 'body' }"), 4, {"expected one function"}},
        {derive("n = { words = ['a', 'b'] }"), 4, {"found 2 attributes for words, expected one"}},
        {derive("n = { words = 5 }"), 4, {"found 5 for words"}},
        {derive("n = { words = 'a.' }"), 4, {"found an empty name in the path"}},
        {derive("n = { length = 'a', split = ' ' }"), 4, {"\"split\""}},
        {derive("n = { index = 'a' }"), 4, {"found no values in \"in\""}},
        {derive("n = { concat = [] }"), 4, {"found an empty array for concat"}},
        {derive("pk = { upper = 'a' }"), 4, {"expected a name that is no part of the key"}},
    });
}

TEST(Config, NamesMistakesInEvents) {
    const std::string event = orders + "[[table.event]]\ntype = 'e'\n";  // five lines
    expect_mistakes({
        {orders + "[[table.event]]\non = 'INSERT'\n", 4, {"found no type in [[table.event]]"}},
        {orders + "[[table.event]]\ntype = 'reset'\n",
         5,
         {"found the event type \"reset\", expected another: streams use this one themselves"}},
        {orders + "[[table.event]]\ntype = 'bookmark'\n", 5, {"expected another"}},
        {orders + "[[table.event]]\ntype = 'a b'\n", 5, {"expected 1 to 255 of"}},
        {event + "on = 'UPDATE'\n",
         6,
         {"found \"UPDATE\", expected \"INSERT\", \"MODIFY\" or \"REMOVE\""}},
        {event + "topic = '{pk-updated'\n", 6, {"found an unpaired brace in the topic"}},
        {event + "topic = 'pk}-updated'\n", 6, {"found an unpaired brace in the topic"}},
        {event + "topic = '{a{b}}'\n", 6, {"found an unpaired brace in the topic"}},
        {event + "topic = '{}-updated'\n", 6, {"found an empty name in the path"}},
        {event + "data = ['status', 'status=before.status']\n",
         6,
         {"found the field \"status\" again, expected each name once"}},
        {event + "data = ['before.status']\n", 6, {"expected one before it"}},
        {event + "data = ['*']\n", 6, {"found \"*\" in an event's data"}},
        {event + "changed = ['a.']\n", 6, {"found an empty name in the path \"a.\""}},
    });
}

TEST(Config, NamesMistakesInAccess) {
    const std::string owned = orders + "owner = 'creator'\n";
    const std::string list = owned + "[[table.list]]\nname = 'l'\n";  // six lines
    const std::string view = owned + "[[table.view]]\nname = 'v'\n";
    const std::string whole = "since a page is admitted as a whole";
    expect_mistakes({
        {orders + "[[table.view]]\nname = 'v'\naccess = ['owner']\n",
         6,
         {"found \"owner\" in access, expected the table to name its owner"}},
        {list + "access = ['owner']\n",
         7,
         {"expected the owner attribute \"creator\" in by", whole}},
        {list + "by = 'tenant'\naccess = ['staff',\n'owner']\n", 9, {whole}},
        {list + "by = 'status'\naccess = [{ role = 'owner' }]\n", 8, {whole}},
        {list + "by = 'creator'\naccess = [{ tenant = '{claims.tenant}' }]\n",
         8,
         {"found the attribute \"tenant\" in access, expected one that is in by", whole}},
        {view + "access = [{ tenant = '{claim.tenant}' }]\n",
         7,
         {"found \"{claim.tenant}\" for tenant in access, expected a string or "
          "\"{claims.NAME}\""}},
        {view + "access = [{ tenant = '{claims.}' }]\n", 7, {"expected a string or"}},
        {view + "access = [{ tenant = 5 }]\n", 7, {"found 5 for tenant in access"}},
        {view + "access = [{}]\n", 7, {"found a table in access, expected a role"}},
        {view + "access = [5]\n", 7, {"found 5 in access, expected a role"}},
        {view + "access = []\n",
         7,
         {"found an empty array for access, expected an array of at least"}},
        {view + "access = 'owner'\n", 7, {"found \"owner\" for access, expected an array"}},
    });
}

TEST(Config, NamesTheLineWhereTheFileIsNoToml) {
    expect_mistakes({
        {orders + "name = 'again'\n", 4, {"cannot redefine existing"}},
        {orders + "owner = \n", 4, {"expected value"}},
        {orders + "[[table.view]\n", 4, {"expected"}},
    });
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
