// What engine/catalog/pattern.h promises: EventBridge's meaning of a pattern, with exact numbers.

#include "engine/catalog/pattern.h"

#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace freshet::engine {
namespace {

using storage::Image;
using storage::ImageBuilder;
using storage::ValueType;

using Entries = std::vector<PatternEntry>;

PatternValue text(std::string value) {
    return value;
}
PatternValue number(std::string_view value) {
    return *Decimal::parse(value);
}
PatternValue truth(bool value) {
    return value;
}
AnythingBut but(std::vector<PatternValue> values) {
    return {std::move(values)};
}
AnythingBut but_texts(std::vector<TextTest> tests) {
    return {{}, std::move(tests)};
}
EqualsIgnoreCase any_case(std::string_view text) {
    return {FoldedText(text)};
}
PrefixIgnoreCase any_case_prefix(std::string_view text) {
    return {FoldedText(text)};
}
SuffixIgnoreCase any_case_suffix(std::string_view text) {
    return {FoldedText(text)};
}

using Bound = NumericRange::Bound;
NumericRange above(std::string_view value) {
    return {.low = Bound{*Decimal::parse(value), false}};
}
NumericRange at_least(std::string_view value) {
    return {.low = Bound{*Decimal::parse(value), true}};
}
NumericRange below(std::string_view value) {
    return {.high = Bound{*Decimal::parse(value), false}};
}
NumericRange at_most(std::string_view value) {
    return {.high = Bound{*Decimal::parse(value), true}};
}
NumericRange both(const NumericRange& low, const NumericRange& high) {
    return {low.low, high.high};
}

constexpr Exists there{true};
constexpr Exists missing{false};

Pattern pattern_of(std::string attribute, Entries entries) {
    return Pattern({Pattern::Rule{std::move(attribute), std::move(entries), nullptr}});
}

Pattern any_of(std::vector<Pattern> patterns) {
    return Pattern({Pattern::Rule{"", {}, nullptr, std::move(patterns)}});
}

Pattern all_of(const std::vector<Pattern>& patterns) {
    std::vector<Pattern::Rule> rules;
    for (const Pattern& pattern : patterns) rules.push_back(pattern.rules().front());
    return Pattern(std::move(rules));
}

Pattern inner(std::string attribute, Pattern pattern) {
    return Pattern({Pattern::Rule{
        std::move(attribute), {}, std::make_shared<const Pattern>(std::move(pattern))}});
}

// The strings v0, v1 and so on; as values, and as the elements of a set.
Entries texts(std::size_t count) {
    Entries entries;
    for (std::size_t i = 0; i < count; ++i) entries.emplace_back(text("v" + std::to_string(i)));
    return entries;
}
Image set_of(ValueType type, const std::string& begin, std::size_t count) {
    std::vector<std::string> elements;
    for (std::size_t i = 0; i < count; ++i) elements.push_back(begin + std::to_string(i));
    const std::vector<std::string_view> views(elements.begin(), elements.end());
    ImageBuilder builder;
    return builder.finish(std::vector{builder.set(type, "v", views)});
}

// Whether an attribute `v` that is built so matches the entries.
bool matches(const Entries& entries,
             const std::function<ImageBuilder::Value(ImageBuilder&)>& build) {
    ImageBuilder builder;
    const Image image = builder.finish(std::vector{build(builder)});
    return pattern_of("v", entries).matches(image.view());
}

bool matches_string(const PatternEntry& entry, std::string_view value) {
    return matches({entry},
                   [&](auto& builder) { return builder.scalar(ValueType::string, "v", value); });
}

bool matches_number(const PatternEntry& entry, std::string_view value) {
    return matches({entry},
                   [&](auto& builder) { return builder.scalar(ValueType::number, "v", value); });
}

bool matches(const Entries& entries, ValueType type, std::string_view value) {
    return matches(entries, [&](auto& builder) { return builder.scalar(type, "v", value); });
}

bool matches_set(const Entries& entries, ValueType type,
                 const std::vector<std::string_view>& elements) {
    return matches(entries, [&](auto& builder) { return builder.set(type, "v", elements); });
}

bool matches_list(const Entries& entries, const std::vector<std::string_view>& strings) {
    return matches(entries, [&](ImageBuilder& builder) {
        std::vector<ImageBuilder::Value> values;
        for (const auto string : strings) {
            values.push_back(builder.scalar(ValueType::string, "", string));
        }
        return builder.list("v", values);
    });
}

TEST(Pattern, MatchesEverythingWithoutRules) {
    ImageBuilder builder;
    const Image image = builder.finish({});

    EXPECT_TRUE(Pattern().empty());
    EXPECT_TRUE(Pattern().matches(image.view()));
}

TEST(Pattern, MatchesAnyOfItsEntries) {
    const Entries open = {text("OPEN"), text("WAITING")};

    EXPECT_TRUE(matches(open, ValueType::string, "OPEN"));
    EXPECT_TRUE(matches(open, ValueType::string, "WAITING"));
    EXPECT_FALSE(matches(open, ValueType::string, "open"));
    EXPECT_FALSE(matches(open, ValueType::string, "OPENED"));
}

TEST(Pattern, MatchesWhereEveryAttributeDoes) {
    const Pattern pattern(
        {Pattern::Rule{"a", {text("1")}, nullptr}, Pattern::Rule{"b", {text("2")}, nullptr}});
    const auto image = [](std::string_view a, std::string_view b) {
        ImageBuilder builder;
        const auto first = builder.scalar(ValueType::string, "a", a);
        const auto second = builder.scalar(ValueType::string, "b", b);
        return builder.finish(std::vector{first, second});
    };

    EXPECT_TRUE(pattern.matches(image("1", "2").view()));
    EXPECT_FALSE(pattern.matches(image("1", "3").view()));
    EXPECT_FALSE(pattern.matches(image("3", "2").view()));
}

TEST(Pattern, ComparesNumbersByTheirExactValue) {
    EXPECT_TRUE(matches({number("7.5")}, ValueType::number, "7.50"));
    EXPECT_TRUE(matches({number("10")}, ValueType::number, "1E1"));
    EXPECT_FALSE(matches({number("9007199254740992")}, ValueType::number, "9007199254740993"));
}

TEST(Pattern, TellsTypesApart) {
    EXPECT_FALSE(matches({number("5")}, ValueType::string, "5"));
    EXPECT_FALSE(matches({text("5")}, ValueType::number, "5"));
    EXPECT_FALSE(matches({text("true")}, [](auto& b) { return b.boolean("v", true); }));
    EXPECT_FALSE(matches({truth(true)}, ValueType::string, "true"));
    EXPECT_TRUE(matches({but({text("5")})}, ValueType::number, "5"));
}

TEST(Pattern, MatchesBooleans) {
    EXPECT_TRUE(matches({truth(true)}, [](auto& b) { return b.boolean("v", true); }));
    EXPECT_TRUE(matches({truth(false)}, [](auto& b) { return b.boolean("v", false); }));
    EXPECT_FALSE(matches({truth(true)}, [](auto& b) { return b.boolean("v", false); }));
}

TEST(Pattern, MatchesAnythingButTheNamedValues) {
    const Entries unfinished = {but({text("COMPLETED"), text("CANCELED"), number("9")})};

    EXPECT_TRUE(matches(unfinished, ValueType::string, "SUBMITTED"));
    EXPECT_TRUE(matches(unfinished, ValueType::number, "8"));
    EXPECT_TRUE(matches(unfinished, [](auto& b) { return b.null("v"); }));
    EXPECT_FALSE(matches(unfinished, ValueType::string, "COMPLETED"));
    EXPECT_FALSE(matches(unfinished, ValueType::string, "CANCELED"));
    EXPECT_FALSE(matches(unfinished, ValueType::number, "9.0"));
}

TEST(Pattern, MatchesStringsByTheirPrefix) {
    EXPECT_TRUE(matches({Prefix{"TICKET#"}}, ValueType::string, "TICKET#1"));
    EXPECT_TRUE(matches({Prefix{"TICKET#"}}, ValueType::string, "TICKET#"));
    EXPECT_FALSE(matches({Prefix{"TICKET#"}}, ValueType::string, "TICKET"));
    EXPECT_FALSE(matches({Prefix{"1"}}, ValueType::number, "12"));
    EXPECT_FALSE(matches({Prefix{""}}, [](auto& b) { return b.null("v"); }));
}

TEST(Pattern, MatchesNoEntryWhereTheAttributeIsMissing) {
    ImageBuilder builder;
    const Image image = builder.finish({});

    EXPECT_FALSE(pattern_of("v", {text("a")}).matches(image.view()));
    EXPECT_FALSE(pattern_of("v", {but({text("a")})}).matches(image.view()));
    EXPECT_FALSE(pattern_of("v", {Prefix{""}}).matches(image.view()));
}

TEST(Pattern, MatchesAnyElementOfASet) {
    EXPECT_TRUE(matches_set({text("b")}, ValueType::string_set, {"a", "b"}));
    EXPECT_FALSE(matches_set({text("c")}, ValueType::string_set, {"a", "b"}));
    EXPECT_TRUE(matches_set({number("2")}, ValueType::number_set, {"1", "2.0"}));
    EXPECT_FALSE(matches_set({text("1")}, ValueType::number_set, {"1"}));
    EXPECT_TRUE(matches_set({but({text("a")})}, ValueType::string_set, {"a", "b"}));
    EXPECT_FALSE(matches_set({but({text("a"), text("b")})}, ValueType::string_set, {"a", "b"}));
}

TEST(Pattern, MatchesAnyElementOfAList) {
    EXPECT_TRUE(matches_list({Prefix{"b"}}, {"a", "bc"}));
    EXPECT_FALSE(matches_list({Prefix{"c"}}, {"a", "bc"}));
    EXPECT_FALSE(matches_list({but({text("a")})}, {"a", "a"}));
    EXPECT_FALSE(matches_list({but({text("a")})}, {}));
    EXPECT_TRUE(matches({text("deep")}, [](ImageBuilder& builder) {
        const auto deep = builder.scalar(ValueType::string, "", "deep");
        const auto list = builder.list("", std::vector{deep});
        return builder.list("v", std::vector{list});
    }));
}

TEST(Pattern, ComparesBinariesAsReadersSeeThem) {
    EXPECT_TRUE(matches({text("+/8=")}, ValueType::binary, "\xFB\xFF"));
    EXPECT_FALSE(matches({text("\xFB\xFF")}, ValueType::binary, "\xFB\xFF"));
    EXPECT_TRUE(matches_set({text("YQ==")}, ValueType::binary_set, {"b", "a"}));
}

TEST(Pattern, LooksIntoMapsAndListsOfMaps) {
    const Pattern in_paris = inner("address", pattern_of("city", {text("Paris")}));
    const auto address = [](ImageBuilder& builder, std::string_view name, std::string_view city) {
        const auto value = builder.scalar(ValueType::string, "city", city);
        return builder.map(name, std::vector{value});
    };
    ImageBuilder builder;
    const auto paris = address(builder, "address", "Paris");
    const Image map = builder.finish(std::vector{paris});
    const auto rome = address(builder, "address", "Rome");
    const Image other = builder.finish(std::vector{rome});
    const std::vector both = {address(builder, "", "Rome"), address(builder, "", "Paris")};
    const auto addresses = builder.list("address", both);
    const Image list = builder.finish(std::vector{addresses});
    const auto plain = builder.scalar(ValueType::string, "address", "Paris");
    const Image scalar = builder.finish(std::vector{plain});

    EXPECT_TRUE(in_paris.matches(map.view()));
    EXPECT_FALSE(in_paris.matches(other.view()));
    EXPECT_TRUE(in_paris.matches(list.view()));
    EXPECT_FALSE(in_paris.matches(scalar.view()));
    EXPECT_FALSE(pattern_of("address", {but({text("Rome")})}).matches(map.view()));
}

TEST(Pattern, MatchesTheEmptyString) {
    EXPECT_TRUE(matches_string(text(""), ""));
    EXPECT_FALSE(matches_string(text(""), "a"));
    EXPECT_FALSE(matches({text("")}, [](auto& b) { return b.null("v"); }));
}

TEST(Pattern, MatchesNull) {
    const auto null = [](auto& builder) { return builder.null("v"); };

    EXPECT_TRUE(matches({PatternValue(Null())}, null));
    EXPECT_FALSE(matches({PatternValue(Null())}, ValueType::string, "null"));
    EXPECT_FALSE(matches({PatternValue(Null())}, [](auto& b) { return b.boolean("v", false); }));
    EXPECT_FALSE(matches({but({Null()})}, null));
    EXPECT_TRUE(matches({but({Null()})}, ValueType::string, ""));
}

TEST(Pattern, MatchesStringsByTheirSuffix) {
    EXPECT_TRUE(matches_string(Suffix{".png"}, "a.png"));
    EXPECT_TRUE(matches_string(Suffix{".png"}, ".png"));
    EXPECT_FALSE(matches_string(Suffix{".png"}, "png"));
    EXPECT_FALSE(matches_string(Suffix{".png"}, "a.png.gz"));
    EXPECT_FALSE(matches_number(Suffix{"2"}, "12"));
}

TEST(Pattern, IgnoresCaseWhereItIsAskedTo) {
    EXPECT_TRUE(matches_string(any_case("Open"), "oPEN"));
    EXPECT_FALSE(matches_string(any_case("Open"), "opened"));
    EXPECT_FALSE(matches_string(any_case("Open"), "ope"));
    EXPECT_FALSE(matches_string(any_case("@["), "`{"));
    EXPECT_FALSE(matches_number(any_case("1e2"), "1E2"));
}

TEST(Pattern, IgnoresCaseBeyondAscii) {
    EXPECT_TRUE(matches_string(any_case("ÉCOLE"), "école"));
    EXPECT_TRUE(matches_string(any_case("ŁÓDŹ"), "łódź"));
    EXPECT_TRUE(matches_string(any_case("ΟΔΟΣ"), "οδος"));
    EXPECT_TRUE(matches_string(any_case("οδοσ"), "οδος"));
    EXPECT_TRUE(matches_string(any_case("Москва"), "МОСКВА"));
    EXPECT_FALSE(matches_string(any_case("école"), "ecole"));
    EXPECT_FALSE(matches_string(any_case("straße"), "STRASSE"));
    EXPECT_FALSE(matches_string(any_case("k"), "\u212A")) << "the sign for kelvin is no letter k";
}

TEST(Pattern, IgnoresCaseInPrefixesAndSuffixes) {
    EXPECT_TRUE(matches_string(any_case_prefix("Ab"), "aBc"));
    EXPECT_TRUE(matches_string(any_case_prefix("É"), "école"));
    EXPECT_FALSE(matches_string(any_case_prefix("Ab"), "a"));
    EXPECT_FALSE(matches_string(any_case_prefix("É"), "lé"));
    EXPECT_TRUE(matches_string(any_case_suffix("Bc"), "abC"));
    EXPECT_TRUE(matches_string(any_case_suffix("CAFÉ"), "\U0001F600\U0001F600\U0001F600 café"));
    EXPECT_FALSE(matches_string(any_case_suffix("Bc"), "c"));
    EXPECT_FALSE(matches_string(any_case_suffix("É"), "éa"));
}

TEST(Pattern, ComparesNumbersWithBounds) {
    EXPECT_TRUE(matches_number(above("5"), "5.1"));
    EXPECT_FALSE(matches_number(above("5"), "5.0"));
    EXPECT_TRUE(matches_number(at_least("5"), "5.0"));
    EXPECT_FALSE(matches_number(at_least("5"), "4.99"));
    EXPECT_TRUE(matches_number(below("-5"), "-6"));
    EXPECT_FALSE(matches_number(below("-5"), "-5"));
    EXPECT_TRUE(matches_number(at_most("-5"), "-5"));
    EXPECT_FALSE(matches_number(at_most("-5"), "0"));
}

TEST(Pattern, ComparesNumbersWithTwoBounds) {
    const NumericRange percent = both(above("0"), at_most("100"));

    EXPECT_TRUE(matches_number(percent, "1e2"));
    EXPECT_TRUE(matches_number(percent, "0.000000000000000000000000000000000001"));
    EXPECT_FALSE(matches_number(percent, "0"));
    EXPECT_FALSE(matches_number(percent, "100.00000000000000000000000000000000001"));
    EXPECT_TRUE(matches_number(both(at_least("7"), at_most("7")), "7.00"));
}

TEST(Pattern, ComparesNothingButNumbersWithBounds) {
    const NumericRange any = both(at_least("-1e9"), at_most("1e9"));

    EXPECT_FALSE(matches_string(any, "5"));
    EXPECT_FALSE(matches({any}, [](auto& b) { return b.boolean("v", true); }));
    EXPECT_FALSE(matches({any}, [](auto& b) { return b.null("v"); }));
    EXPECT_FALSE(matches({any}, ValueType::binary, "5"));
    EXPECT_TRUE(matches_set({above("1")}, ValueType::number_set, {"1", "2"}));
    EXPECT_FALSE(matches_set({above("2")}, ValueType::number_set, {"1", "2"}));
}

TEST(Pattern, MatchesAnythingButTextsOfAForm) {
    const PatternEntry unlike = but_texts({Prefix{"tmp"}, Suffix{"~"}, any_case("Draft")});

    EXPECT_TRUE(matches_string(unlike, "final"));
    EXPECT_TRUE(matches_string(unlike, "a tmp"));
    EXPECT_TRUE(matches_number(unlike, "5"));
    EXPECT_TRUE(matches({unlike}, [](auto& b) { return b.null("v"); }));
    EXPECT_FALSE(matches_string(unlike, "tmp/a"));
    EXPECT_FALSE(matches_string(unlike, "a~"));
    EXPECT_FALSE(matches_string(unlike, "DRAFT"));
    EXPECT_FALSE(pattern_of("v", {unlike}).matches(ImageBuilder().finish({}).view()));
}

TEST(Pattern, TellsWhetherAnAttributeIsThere) {
    const auto expect_there = [](const std::function<ImageBuilder::Value(ImageBuilder&)>& build) {
        EXPECT_TRUE(matches({there}, build));
        EXPECT_FALSE(matches({missing}, build));
    };
    const Image nothing = ImageBuilder().finish({});

    expect_there([](auto& b) { return b.scalar(ValueType::string, "v", ""); });
    expect_there([](auto& b) { return b.scalar(ValueType::number, "v", "0"); });
    expect_there([](auto& b) { return b.scalar(ValueType::binary, "v", ""); });
    expect_there([](auto& b) { return b.boolean("v", false); });
    expect_there([](auto& b) { return b.null("v"); });
    expect_there([](auto& b) {
        return b.set(ValueType::string_set, "v", std::vector<std::string_view>{"a"});
    });
    expect_there([](auto& b) { return b.list("v", {}); });
    expect_there([](auto& b) { return b.map("v", {}); });
    EXPECT_FALSE(pattern_of("v", {there}).matches(nothing.view()));
    EXPECT_TRUE(pattern_of("v", {missing}).matches(nothing.view()));
}

TEST(Pattern, MatchesWhatIsMissingOrOneOfTheOtherEntries) {
    const Entries entries = {text("OPEN"), missing};

    EXPECT_TRUE(matches(entries, ValueType::string, "OPEN"));
    EXPECT_FALSE(matches(entries, ValueType::string, "CLOSED"));
    EXPECT_TRUE(pattern_of("v", entries).matches(ImageBuilder().finish({}).view()));
}

TEST(Pattern, HasNothingInsideOfWhatIsMissingOrNoMap) {
    const auto matches_inside = [](const PatternEntry& entry, auto build) {
        ImageBuilder builder;
        const Image image = builder.finish(build(builder));
        return inner("a", inner("b", pattern_of("c", {entry}))).matches(image.view());
    };
    const auto expect_missing = [&](auto build) {
        EXPECT_TRUE(matches_inside(missing, build));
        EXPECT_FALSE(matches_inside(there, build));
        EXPECT_FALSE(matches_inside(but({text("x")}), build));
    };

    expect_missing([](auto&) { return std::vector<ImageBuilder::Value>(); });
    expect_missing([](auto& b) { return std::vector{b.map("a", {})}; });
    expect_missing([](auto& b) { return std::vector{b.scalar(ValueType::string, "a", "b")}; });
    expect_missing([](auto& b) { return std::vector{b.null("a")}; });
    expect_missing([](auto& b) { return std::vector{b.list("a", {})}; });
    const auto expect_there = [&](auto build) {
        EXPECT_FALSE(matches_inside(missing, build));
        EXPECT_TRUE(matches_inside(there, build));
    };
    expect_there([](auto& b) {
        return std::vector{b.map("a", std::vector{b.map("b", std::vector{b.boolean("c", false)})})};
    });
}

TEST(Pattern, AsksEachElementOfAListWhetherAnAttributeIsThere) {
    const Pattern without_city = inner("addresses", pattern_of("city", {missing}));
    const auto addresses = [](bool all_have_a_city) {
        ImageBuilder builder;
        const auto paris = builder.scalar(ValueType::string, "city", "Paris");
        const auto other = builder.scalar(ValueType::string, all_have_a_city ? "city" : "town", "");
        const std::vector maps = {builder.map("", std::vector{paris}),
                                  builder.map("", std::vector{other})};
        const auto list = builder.list("addresses", maps);
        return builder.finish(std::vector{list});
    };

    EXPECT_TRUE(without_city.matches(addresses(false).view()));
    EXPECT_FALSE(without_city.matches(addresses(true).view()));
}

TEST(Pattern, MatchesOneOfSeveralPatterns) {
    const Pattern pattern = all_of({
        pattern_of("type", {text("task")}),
        any_of({pattern_of("owner", {text("me")}),
                all_of({pattern_of("free", {truth(true)}), pattern_of("rank", {below("3")})})}),
    });
    const auto task = [](std::string_view owner, bool free, std::string_view rank,
                         std::string_view type = "task") {
        ImageBuilder builder;
        const std::vector attributes = {builder.boolean("free", free),
                                        builder.scalar(ValueType::string, "owner", owner),
                                        builder.scalar(ValueType::number, "rank", rank),
                                        builder.scalar(ValueType::string, "type", type)};
        return builder.finish(attributes);
    };

    EXPECT_TRUE(pattern.matches(task("me", false, "9").view()));
    EXPECT_TRUE(pattern.matches(task("you", true, "2").view()));
    EXPECT_FALSE(pattern.matches(task("you", true, "3").view()));
    EXPECT_FALSE(pattern.matches(task("you", false, "2").view()));
    EXPECT_FALSE(pattern.matches(task("me", true, "2", "note").view()));
    EXPECT_FALSE(any_of({pattern, pattern}).empty());
}

TEST(Pattern, MatchesOneOfSeveralPatternsInsideOfAMap) {
    const Pattern pattern =
        inner("a", any_of({pattern_of("b", {text("1")}), pattern_of("c", {text("1")})}));
    const auto image = [](std::string_view name) {
        ImageBuilder builder;
        const auto value = builder.scalar(ValueType::string, name, "1");
        const auto map = builder.map("a", std::vector{value});
        return builder.finish(std::vector{map});
    };

    EXPECT_TRUE(pattern.matches(image("b").view()));
    EXPECT_TRUE(pattern.matches(image("c").view()));
    EXPECT_FALSE(pattern.matches(image("d").view()));
}

TEST(Pattern, AsksOneElementForAllThatAPatternSays) {
    const auto item = [](ImageBuilder& builder, std::string_view kind, std::string_view size) {
        const std::vector attributes = {builder.scalar(ValueType::string, "kind", kind),
                                        builder.scalar(ValueType::string, "size", size)};
        return builder.map("", attributes);
    };
    ImageBuilder builder;
    const std::vector items = {item(builder, "pizza", "S"), item(builder, "salad", "L")};
    const auto list = builder.list("items", items);
    const Image image = builder.finish(std::vector{list});
    const Pattern pizza = pattern_of("kind", {text("pizza")});
    const Pattern large = pattern_of("size", {text("L")});

    EXPECT_FALSE(inner("items", all_of({pizza, large})).matches(image.view()));
    EXPECT_TRUE(all_of({inner("items", pizza), inner("items", large)}).matches(image.view()));
}

TEST(PatternTest, ComparesEachElementOnceHoweverManyValuesAreNamed) {
    constexpr std::size_t elements = 10'000;
    std::vector<PatternValue> values;
    Entries numbers;
    for (int i = 0; i < 300; ++i) {
        values.push_back(text("w" + std::to_string(i % 10) + std::to_string(i)));
        numbers.emplace_back(number(std::to_string(i) + ".5"));
    }
    for (std::size_t i = 0; i < elements; ++i) values.push_back(text("w" + std::to_string(i)));
    const auto counted = [&](const Entries& entries, const Image& image) {
        const Pattern pattern = pattern_of("v", entries);
        const std::uint64_t before = pattern_comparisons();
        EXPECT_FALSE(pattern.matches(image.view()));
        return pattern_comparisons() - before;
    };
    const Image strings = set_of(ValueType::string_set, "w", elements);

    EXPECT_LE(counted(texts(300), strings), 2 * elements);
    EXPECT_LE(counted({but(values)}, strings), 2 * elements);
    EXPECT_LE(counted(numbers, set_of(ValueType::number_set, "", elements)), 2 * elements);
}

TEST(PatternTest, FindsANumberHoweverItIsWritten) {
    const Entries entries{number("7.5"), number("1e3"), text("8")};
    const auto has = [&](std::string_view written) {
        return matches(entries, [&](ImageBuilder& builder) {
            return builder.scalar(ValueType::number, "v", written);
        });
    };

    EXPECT_TRUE(has("7.50"));
    EXPECT_TRUE(has("75e-1"));
    EXPECT_TRUE(has("1000.0"));
    EXPECT_FALSE(has("8")) << "a string is no number";
}

}  // namespace
}  // namespace freshet::engine
