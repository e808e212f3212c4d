// Every class of mistake that a `where` can have, and what is said of it. How one is read that has
// none is in config_test.cc.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/engine/config/mistake_table.h"

namespace freshet::engine {
namespace {

// The list with the where `status = [ENTRY]`, in line 6.
std::string where_entry(const std::string& entry) {
    return list + "where = { status = [" + entry + "] }\n";
}

TEST(PatternMistakes, NamesPatternsThatAreNone) {
    const std::string operators =
        "expected \"anything-but\", \"equals-ignore-case\", \"exists\", \"null\", \"numeric\", "
        "\"prefix\" or \"suffix\"";
    const std::string one =
        "found a table in where, expected one operator in each: { anything-but = … } or { prefix = "
        "… }";
    const std::string array =
        " in where, expected an array of values, such as [\"OPEN\"], or a table of a map's "
        "attributes";
    const std::string value = " in where, expected a string, a number, a boolean or an operator";
    expect_each({
        {"no attribute", list + "where = {}\n", 6,
         "found a table in where, expected at least one attribute in it"},
        {"no array", list + "where = { status = 'OPEN' }\n", 6, "found \"OPEN\"" + array},
        {"no value", where_entry(""), 6,
         "found an empty array in where, expected at least one value in it"},
        {"an array in the array", where_entry("['OPEN']"), 6, "found an array" + value},
        {"a number that is none", where_entry("nan"), 6, "found nan" + value},
        {"a date", where_entry("2026-11-20"), 6, "found a date or time" + value},
        {"no path", list + "where = { 'a..b' = ['x'] }\n", 6,
         "found an empty name in the path \"a..b\", expected names with single dots between them"},
        {"an unknown operator", where_entry("'a',\n{ sufix = 'a' }"), 7,
         "found the unknown operator \"sufix\", " + operators + ": did you mean \"suffix\"?"},
        {"an unknown operator with nothing near", where_entry("{ cidr = '10.0.0.0/8' }"), 6,
         "found the unknown operator \"cidr\", " + operators},
        {"no operator", where_entry("{}"), 6, one},
        {"two operators", where_entry("{ prefix = 'a', suffix = 'b' }"), 6, one},
        {"an attribute that is not in the table's key",
         table + "[table.where]\npk = ['a']\nstatus = ['x']\n", 6,
         "found \"status\" in the table's where, which sees the key alone, expected \"pk\""},
        {"almost the table's key",
         "[[table]]\nname = 't'\nkey = ['tenant', 'id']\nwhere = { tennant = ['x'] }\n", 4,
         "found \"tennant\" in the table's where, which sees the key alone, expected \"tenant\" or "
         "\"id\": did you mean \"tenant\"?"},
        {"an attribute in an alternative that is not in the table's key",
         table + "where = { '$or' = [{ pk = ['a'] }, { status = ['b'] }] }\n", 4,
         "found \"status\" in the table's where, which sees the key alone, expected \"pk\""},
        {"a path in the table's key", table + "where = { 'pk.a' = ['x'] }\n", 4,
         "found \"pk.a\" in the table's where, which sees the key alone, expected \"pk\""},
        {"a map in the table's key", table + "where = { pk = { a = ['x'] } }\n", 4,
         "found a table for \"pk\" in the table's where, expected an array of values: no part of a "
         "key is a map"},
    });
}

// So many numbers.
std::string numbers(int count) {
    std::string text = "0";
    for (int i = 1; i < count; ++i) text += ", " + std::to_string(i);
    return text;
}

// So many names.
std::string path(int count) {
    std::string text = "a";
    for (int i = 1; i < count; ++i) text += ".a";
    return text;
}

TEST(PatternMistakes, NamesPatternsThatAreTooLargeOrTooDeep) {
    const std::string many = "found 301 entries in where, expected at most 300";
    const std::string deep =
        "found \"a\" deep in where, expected at most 64 levels of maps and $or";
    expect_each({
        {"values", where_entry(numbers(301)), 6, many},
        {"values of anything-but", where_entry("{ anything-but = [" + numbers(301) + "] }"), 6,
         many},
        {"values of alternatives",
         list + "where = { '$or' = [{ a = [" + numbers(150) + "] }, { b = { c = [" + numbers(151) +
             "] } }] }\n",
         6, many},
        {"names", list + "where = { '" + path(65) + "' = [1] }\n", 6, deep},
        {"names and alternatives",
         list + "where = { '" + path(60) + "' = { '$or' = [{ a = [1] },\n{ '" + path(4) +
             "' = [1] }] } }\n",
         7, deep},
    });
}

TEST(PatternMistakes, NamesOperandsThatAnOperatorCannotHave) {
    const std::string folded = ", or { equals-ignore-case = \"…\" }";
    const std::string exact = "expected \"equals-ignore-case\", \"null\", \"prefix\" or \"suffix\"";
    expect_each({
        {"a prefix that is no text", where_entry("{ prefix = 5 }"), 6,
         "found 5 in where, expected a string after prefix" + folded},
        {"a prefix of several", where_entry("{ prefix = ['a', 'b'] }"), 6,
         "found an array in where, expected a string after prefix" + folded},
        {"a suffix of another operator", where_entry("{ suffix = { prefix = 'a' } }"), 6,
         "found a table in where, expected a string after suffix" + folded},
        {"a text of any case that is none", where_entry("{ equals-ignore-case = true }"), 6,
         "found true in where, expected a string after equals-ignore-case"},
        {"exists with no truth", where_entry("{ exists = 'yes' }"), 6,
         "found \"yes\" in where, expected true or false after exists"},
        {"not null", where_entry("{ null = false }"), 6,
         "found false in where, expected { null = true }, or { anything-but = { null = true } } "
         "for all others"},
        {"anything but nothing", where_entry("{ anything-but = [] }"), 6,
         "found an empty array in where, expected a string, a number, a boolean or an array of "
         "them"},
        {"anything but an array", where_entry("{ anything-but = ['a', ['b']] }"), 6,
         "found an array in where, expected a string, a number, a boolean or { null = true } in "
         "anything-but"},
        {"anything but a number's range", where_entry("{ anything-but = { numeric = [] } }"), 6,
         "found the operator \"numeric\" in anything-but, " + exact},
        {"anything but a prefix among values",
         where_entry("{ anything-but = ['a', { prefix = 'b' }] }"), 6,
         "found a table in where, expected a string, a number, a boolean or { null = true } in "
         "anything-but"},
        {"anything but no prefix", where_entry("{ anything-but = { prefix = [] } }"), 6,
         "found an empty array in where, expected a string after prefix" + folded},
        {"anything but not null", where_entry("{ anything-but = { null = 1 } }"), 6,
         "found 1 in where, expected { null = true }, or { anything-but = { null = true } } for "
         "all "
         "others"},
        {"anything but no operator", where_entry("{ anything-but = {} }"), 6,
         "found a table in where, expected one operator in anything-but: { prefix = … }"},
        {"anything but an unknown operator", where_entry("{ anything-but = { prefx = 'a' } }"), 6,
         "found the operator \"prefx\" in anything-but, " + exact + ": did you mean \"prefix\"?"},
        {"anything but two operators",
         where_entry("{ anything-but = { prefix = 'a', suffix = 'b' } }"), 6,
         "found a table in where, expected one operator in anything-but: { prefix = … }"},
        {"anything but a prefix that is no text", where_entry("{ anything-but = { prefix = 5 } }"),
         6, "found 5 in where, expected a string after prefix" + folded},
    });
}

TEST(PatternMistakes, NamesComparisonsThatCannotBe) {
    const std::string pairs =
        " in where, expected one comparison or two after numeric: [\">\", 0] or [\">\", 0, \"<=\", "
        "9]";
    const std::string sign =
        " in where, expected \"=\", \"<\", \"<=\", \">\" or \">=\" before each number of numeric";
    const std::string bounds =
        " in where, expected a lower bound and an upper one where numeric has two";
    const std::string between =
        "found an array in where, expected numbers between the two bounds of numeric";
    const auto numeric = [](const std::string& operand) {
        return where_entry("{ numeric = " + operand + " }");
    };
    expect_each({
        {"no array", numeric("5"), 6, "found 5" + pairs},
        {"an empty array", numeric("[]"), 6, "found an empty array" + pairs},
        {"an odd count", numeric("['>', 0, '<']"), 6, "found an array" + pairs},
        {"three comparisons", numeric("['>', 0, '<', 9, '<', 8]"), 6, "found an array" + pairs},
        {"an unknown comparison", numeric("['=>', 0]"), 6, "found \"=>\"" + sign},
        {"a number before its comparison", numeric("[0, '>']"), 6, "found 0" + sign},
        {"a text that is no number", numeric("['>', 'ten']"), 6,
         "found \"ten\" in where, expected a number, or one in quotes, after \">\""},
        {"a number that is none", numeric("['>', nan]"), 6,
         "found nan in where, expected a number, or one in quotes, after \">\""},
        {"two lower bounds", numeric("['>', 0, '>=', 1]"), 6, "found \">=\"" + bounds},
        {"an equal and a bound", numeric("['=', 0, '<', 1]"), 6, "found \"<\"" + bounds},
        {"a bound and an equal", numeric("['>', 0, '=', 1]"), 6, "found \"=\"" + bounds},
        {"two upper bounds", numeric("['<', 0, '<', 1]"), 6, "found \"<\"" + bounds},
        {"low above high", numeric("['>', 9, '<', 1]"), 6, between},
        {"high before low", numeric("['<', 1, '>', 9]"), 6, between},
        {"a point without its ends", numeric("['>', 9, '<', 9.0]"), 6, between},
        {"a point without its upper end", numeric("['>=', 9, '<', 9]"), 6, between},
        {"a point without its lower end", numeric("['<=', 9, '>', 9]"), 6, between},
    });
}

TEST(PatternMistakes, NamesAlternativesThatAreNone) {
    const std::string two =
        " in where, expected an array of two patterns or more for $or: [{ … }, { … }]";
    expect_each({
        {"no array", list + "where = { '$or' = { a = [1] } }\n", 6, "found a table" + two},
        {"no alternative", list + "where = { '$or' = [] }\n", 6, "found an empty array" + two},
        {"one alternative", list + "where = { '$or' = [{ a = [1] }] }\n", 6,
         "found an array" + two},
        {"what is no pattern", list + "where = { '$or' = [{ a = [1] },\n'x'] }\n", 7,
         "found \"x\" in where, expected a pattern in $or: a table of attributes"},
        {"alternatives of a map's attributes", list + "where = { a = { '$or' = 'x' } }\n", 6,
         "found \"x\"" + two},
        {"an alternative without a value",
         list + "where = { '$or' = [{ a = [1] },\n{ a = [] }] }\n", 7,
         "found an empty array in where, expected at least one value in it"},
        {"an empty alternative", list + "where = { '$or' = [{ a = [1] },\n{}] }\n", 7,
         "found a table in where, expected at least one attribute in it"},
        {"a path on from alternatives", list + "where = { '$or.a' = [1] }\n", 6,
         "found \"$or.a\" in where, expected \"$or\" to be the last name"},
    });
}

}  // namespace
}  // namespace freshet::engine
