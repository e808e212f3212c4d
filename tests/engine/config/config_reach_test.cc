// What engine/config/reach.h promises: rules and tables that can get nothing are mistakes,
// and only those.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/engine/config/mistake_table.h"

namespace freshet::engine {
namespace {

// Each of these is an event rule of its own, four lines after the one before.
std::string rules(const std::vector<std::string>& conditions) {
    std::string text = table;
    for (const std::string& condition : conditions) {
        text.append("[[table.event]]\ntype = 'e'\n").append(condition).append("\n\n");
    }
    return text;
}

TEST(ConfigReach, NamesEventRulesThatNoChangeComesTo) {
    const std::string late =
        "found the event \"e\", which never happens, expected it before the rule in line 4, which "
        "takes every change that it would take";
    expect_each({
        {"after a rule for everything", rules({"", "on = 'MODIFY'"}), 8, late},
        {"the same rule again", rules({"on = 'INSERT'", "on = 'INSERT'"}), 8, late},
        {"after one that does not ask what changed",
         rules({"on = 'MODIFY'", "on = 'MODIFY'\nchanged = ['a']"}), 8, late},
        {"after one that asks for more changes",
         rules({"changed = ['a', 'b', 'c']", "changed = ['c', 'a']"}), 8, late},
        {"after one that asks for a change around it",
         rules({"changed = ['address']", "changed = ['address.city']"}), 8, late},
        {"after one without a where", rules({"", "where = { a = [1] }"}), 8, late},
        {"after the same where in another order",
         rules({"where = { a = [1, 'x'], b = { c = [{ exists = false }] } }",
                "where = { 'b.c' = [{ exists = false }], a = ['x', 1.0] }"}),
         8, late},
        {"after one that takes its values and more",
         rules({"where = { a = ['OPEN', 'NEW'] }", "where = { a = ['NEW'], b = [1] }"}), 8, late},
        {"after alternatives of which it is one",
         rules({"where = { '$or' = [{ a = [1] }, { b = [2] }] }", "where = { b = [2] }"}), 8, late},
        {"after alternatives that are more",
         rules({"where = { '$or' = [{ a = [1] }, { b = [2] }, { c = [3] }] }",
                "where = { '$or' = [{ c = [3] }, { a = [1] }] }"}),
         8, late},
        {"after rules for each kind of change",
         rules({"on = 'INSERT'", "on = 'REMOVE'", "on = 'MODIFY'", "changed = ['a']"}), 16,
         "found the event \"e\", which never happens, expected it before the rules in lines 4, 8 "
         "and 12, which take every change that it would take"},
    });
}

TEST(ConfigReach, KnowsWhatAnEntryTakesOfAnother) {
    const std::vector<std::vector<std::string>> wide_and_narrow = {
        {"{ prefix = 'TICKET' }", "{ prefix = 'TICKET#' }"},
        {"{ suffix = '.gz' }", "{ suffix = '.tar.gz' }"},
        {"{ prefix = 'a' }", "'abc'"},
        {"{ equals-ignore-case = 'ABC' }", "'aBc'"},
        {"{ numeric = ['>=', 0] }", "{ numeric = ['>', 0, '<', 9] }"},
        {"{ numeric = ['<=', 9] }", "{ numeric = ['=', 9.0] }"},
        {"{ numeric = ['<=', 9] }", "9"},
        {"{ anything-but = 'a' }", "'b'"},
        {"{ anything-but = ['b', 'a'] }", "{ anything-but = ['a', 'b', { null = true }] }"},
        {"{ anything-but = { prefix = 'a' } }", "{ anything-but = { prefix = ['b', 'a'] } }"},
        {"{ exists = true }", "{ anything-but = 'a' }"},
        {"{ exists = true }", "{ null = true }"},
    };
    for (const auto& entries : wide_and_narrow) {
        const std::string wide = "where = { a = [" + entries[0] + "] }";
        const std::string narrow = "where = { a = [" + entries[1] + "] }";
        EXPECT_NE(mistakes_in(rules({wide, narrow})), "none") << wide << "\n" << narrow;
        expect_fine({rules({narrow, wide})});
    }
    EXPECT_NE(mistakes_in(rules({"where = { a = [{ equals-ignore-case = 'ABC' }] }",
                                 "where = { a = [{ equals-ignore-case = 'abc' }] }"})),
              "none");
}

TEST(ConfigReach, LeavesRulesThatSomeChangeCanComeTo) {
    expect_fine({
        rules({"on = 'INSERT'", "on = 'MODIFY'", "on = 'REMOVE'"}),
        rules({"on = 'INSERT'", "on = 'MODIFY'", ""}),
        rules({"on = 'MODIFY'\nchanged = ['a']", "on = 'MODIFY'"}),
        rules({"changed = ['a']", "changed = ['a', 'b']"}),
        rules({"changed = ['address.city']", "changed = ['address']"}),
        rules({"changed = ['a']", "where = { a = [1] }"}),
        rules({"where = { a = [1] }", "changed = ['a']"}),
        rules({"where = { a = [1] }", "where = { a = [1, 2] }"}),
        rules({"where = { a = [1], b = [2] }", "where = { a = [1] }"}),
        rules({"where = { a = [{ exists = true }] }", "where = { a = { b = [1] } }"}),
        rules({"where = { a = [{ exists = true }] }", "where = { a = [1, { exists = false }] }"}),
        rules({"where = { a = [{ exists = true }, { exists = false }] }", ""}),
        rules({"where = { a = [1] }", "where = { '$or' = [{ a = [1] }, { b = [2] }] }"}),
        rules({"where = { a = ['1'] }", "where = { a = [1] }"}),
        rules({"where = { a = [{ numeric = ['>', 0, '<', 9] }] }",
               "where = { a = [{ numeric = ['>=', 0, '<', 9] }] }"}),
        rules({"where = { a = [{ numeric = ['>', 0, '<', 9] }] }",
               "where = { a = [{ numeric = ['>', 0, '<=', 9] }] }"}),
        // What comes without an image before has changed in all that it has; what goes, too.
        rules({"on = 'INSERT'\nchanged = ['a']", "on = 'REMOVE'\nchanged = ['a']"}),
    });
}

TEST(ConfigReach, SaysNothingOfWhatARuleWithAMistakeTakes) {
    expect_each(
        {{"a rule whose where is wrong", rules({"where = { a = 5 }", "where = { b = [1] }"}), 6,
          "found 5 in where, expected an array of values, such as [\"OPEN\"], or a table "
          "of a map's attributes"}});
}

TEST(ConfigReach, NamesTablesThatGetNoRecords) {
    const auto another = [](const std::string& name, const std::string& where) {
        return "[[table]]\nname = '" + name + "'\nkey = 'pk'\nfrom = 'orders'\n" + where;
    };
    const std::string late = "found the table \"late\", which gets no records, expected ";
    const std::string before = late +
                               "it before the table \"early\", whose where takes every "
                               "record that it would take";
    expect_each({
        {"after its source's own table", table + another("late", "where = { pk = ['a'] }\n"), 4,
         late + "a where in the table \"orders\" before it: that one takes all of \"orders\""},
        {"after a table with the same where",
         another("early", "where = { pk = [{ prefix = 'A' }] }\n") +
             another("late", "where = { pk = [{ prefix = 'A' }] }\n"),
         6, before},
        {"after a table with a wider where",
         another("early", "where = { pk = [{ prefix = 'A' }] }\n") +
             another("late", "where = { pk = [{ prefix = 'AB' }] }\n"),
         6, before},
    });
    expect_fine({
        another("early", "where = { pk = [{ prefix = 'AB' }] }\n") +
            another("late", "where = { pk = [{ prefix = 'A' }] }\n"),
        another("early", "where = { pk = [{ prefix = 'A' }] }\n") + another("late", ""),
        another("early", "where = { pk = ['A'] }\n") + another("late", "where = { pk = ['B'] }\n"),
    });
}

}  // namespace
}  // namespace freshet::engine
