// Spoilt configurations: either one is taken, or each of its mistakes is named with its line.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "engine/config/config.h"
#include "tests/fuzz/hunt.h"
#include "tests/support/places.h"

namespace freshet::fuzz {
namespace {

std::string example() {
    std::ifstream file(support::source_folder() + "/examples/pizza/freshet.toml", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// What the example has no use for.
const std::string language = R"(
[[table]]
name = "tickets"
key = ["tenant", "id number"]
from = "prod"
where = { tenant = [{ prefix = "T#" }, { suffix = { equals-ignore-case = "x" } }] }
owner = "agent"
[table.derive]
words = { words = "body", split = " " }
size = { size = "tags" }
title = { concat = ["subject", "body.first"], with = ": " }
rank = { index = "priority", in = ["high", "low"] }

[[table.list]]
name = "queue"
by = ["tenant", "agent"]
sort = ["rank", "dueAt desc"]
fields = ["*", "city=address.city"]
access = ["owner", { role = "agent", tenant = "{claims.tenant}" }]
[table.list.where]
words = [{ numeric = [">", 0, "<=", 9.50] }, { exists = false }]
status = [{ anything-but = ["DONE", { null = true }] }, { anything-but = { prefix = ["X", "Y"] } }]
"$or" = [{ "address.city" = ["Paris"] }, { title = [{ equals-ignore-case = "urgent" }] }]

[[table.total]]
name = "by-status"
by = ["tenant", "status"]
where = { words = [{ numeric = [">", 0] }] }
values = ["count", { sum = "words" }, { min = "dueAt" }, { max = "dueAt" }]

[[table.event]]
type = "escalated"
topic = "{tenant}-{id}"
changed = ["rank", "address.city"]
where = { rank = [0] }
data = ["id", "was=before.rank"]

[[table.event]]
type = "other"

[[table]]
name = "rest"
key = "pk"
from = "prod"
)";

// `freshet.toml:LINE: found …, expected …`, of a line that the text has.
bool says_all(const std::string& mistake, const std::string& text) {
    const std::string file = "freshet.toml:";
    const std::string found = ": found ";
    if (mistake.rfind(file, 0) != 0) return false;
    const std::size_t end = mistake.find_first_not_of("0123456789", file.size());
    if (end == std::string::npos || end == file.size() || end > file.size() + 9) return false;
    const auto line = std::stol(mistake.substr(file.size(), end - file.size()));
    return line >= 1 && line <= std::count(text.begin(), text.end(), '\n') + 1 &&
           mistake.compare(end, found.size(), found) == 0 &&
           mistake.find("expected ", end) != std::string::npos;
}

const std::vector<std::string> words{
    "[[table]]\n",
    "[[table.view]]\n",
    "[[table.list]]\n",
    "[[table.total]]\n",
    "[[table.event]]\n",
    "[server]\n",
    "[auth]\n",
    "[limits]\n",
    "key = []\n",
    "by = 7\n",
    "''",
    "\"\"\"",
    "'''",
    "name = \"order\"\n",
    "like = \"like\"\n",
    "=",
    "a.b.c",
    "1979-05-27",
    "inf",
    "0x_f",
    "[{ prefix = 1 }]",
    "[{ prefix = 'a' }]",
    "[{ suffix = { equals-ignore-case = 'B' } }]",
    "[{ equals-ignore-case = 'straße' }]",
    "[{ numeric = ['>', 0, '<=', '9.50'] }]",
    "[{ numeric = ['<', 1, '>', 2] }]",
    "[{ exists = true }]",
    "[{ exists = false }, { null = true }]",
    "[{ anything-but = ['a', 1.0, { null = true }] }]",
    "[{ anything-but = { prefix = ['a', 'b'] } }]",
    "[{ anything-but = { suffix = 'a' } }]",
    "where = {}\n",
    "where = { status = ['OPEN'] }\n",
    "where = { '$or' = [{ a = [1] }, { b = { c = ['x'] } }] }\n",
    "where = { 'a.$or' = [{ pk = [{ exists = false }] }, {}] }\n",
    "'$or'",
    "derive = { n = { words = 'items', split = ' ' } }\n",
    "[table.derive]\n",
    "n = { length = 'status' }\n",
    "values = ['count', { sum = 'numItems' }]\n",
    "{ min = 'status' }, { max = 'status' }",
    "n = { concat = ['a', 'b'], with = '-' }\n",
    "n = { index = 'status', in = ['a', 'b'] }\n",
    "n = { coalesce = ['a', 'b.c'] }\n",
    "{ size = 'items', upper = 'status', lower = 'status' }",
    "changed = ['status']\n",
    "on = \"MODIFY\"\n",
    "from = \"orders\"\n",
    "{pk}",
    "{",
    "# ",
};

TEST(ConfigFuzz, EveryMistakeIsNamedWithItsLineWhatWasFoundAndWhatWasExpected) {
    hunt({.corpus = {example(), language}, .tokens = words, .rounds = 20'000},
         [](const std::string& text, Dice&) {
             const auto config = engine::parse_config(text, "freshet.toml");
             if (config) return true;
             EXPECT_EQ(config.error().code, Errc::refused);
             EXPECT_FALSE(config.error().message.empty());
             std::istringstream mistakes(config.error().message);
             std::set<std::string> said;
             for (std::string mistake; std::getline(mistakes, mistake);) {
                 EXPECT_TRUE(says_all(mistake, text)) << mistake;
                 EXPECT_TRUE(said.insert(mistake).second) << "twice: " << mistake;
             }
             return false;
         });
}

}  // namespace
}  // namespace freshet::fuzz
