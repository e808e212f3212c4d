// What engine/pattern.h promises: EventBridge's meaning of a pattern, with exact numbers.

#include "engine/pattern.h"

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

Pattern pattern_of(std::string attribute, Entries entries) {
    return Pattern({Pattern::Rule{std::move(attribute), std::move(entries), nullptr}});
}

Pattern inner(std::string attribute, Pattern pattern) {
    return Pattern({Pattern::Rule{
        std::move(attribute), {}, std::make_shared<const Pattern>(std::move(pattern))}});
}

// Whether an attribute `v` that is built so matches the entries.
bool matches(const Entries& entries,
             const std::function<ImageBuilder::Value(ImageBuilder&)>& build) {
    ImageBuilder builder;
    const Image image = builder.finish(std::vector{build(builder)});
    return pattern_of("v", entries).matches(image.view());
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

}  // namespace
}  // namespace freshet::engine
