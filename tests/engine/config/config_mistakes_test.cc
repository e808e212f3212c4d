// Every class of mistake that a configuration can have, each with a file that has it, the line that
// it is found in and all that is said of it. Those in a `where` are in config_pattern_test.cc, what
// can never happen is in config_reach_test.cc, and what engine/config/config.h takes in
// config_test.cc.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/engine/config/mistake_table.h"

namespace freshet::engine {
namespace {

TEST(ConfigMistakes, NamesWhatIsNoToml) {
    const std::string taken = ", expected each once: cannot redefine existing ";
    const std::string form = ", expected its form: ";
    expect_each({
        {"no value", table + "owner =\n", 4, "found '\\n' in the key-value pair, expected value"},
        {"a text without quotes", table + "owner = creator\n", 4,
         "found no value, expected a text in quotes, a number, true, false, an array "
         "or a table"},
        {"no =", table + "owner 'creator'\n", 4, "found ''' in the key-value pair, expected '='"},
        {"a colon for =", table + "owner: 'creator'\n", 4,
         "found ':' in the key-value pair, expected '='"},
        {"two keys in one line", table + "owner = 'a' from = 'b'\n", 4,
         "found 'f' in the key-value pair, expected a comment or whitespace"},
        {"a text that does not end", table + "owner = '''creator\n", 4,
         "found the end of the file in the literal string, expected the rest of it"},
        {"a text that goes on in the next line", table + "owner = \"creator\n\"\n", 4,
         "found no TOML in the string" + form +
             "unescaped control characters other than TAB (U+0009) are explicitly prohibited"},
        {"an unknown escape", table + "owner = \"a\\.b\"\n", 4,
         "found no TOML in the string" + form + "unknown escape sequence '\\.'"},
        {"an array that does not end", table + "owner = ['creator',\n", 4,
         "found the end of the file in the array, expected the rest of it"},
        {"an inline table over several lines", list + "where = {\nstatus = ['OPEN'] }\n", 6,
         "found '\\n' in the inline table, expected key or closing '}'"},
        {"a header that does not end", table + "[[table.view]\nname = 'v'\n", 4,
         "found '\\n' in the table header, expected ']'"},
        {"a key twice", table + "name = 'again'\n", 4,
         "found a name that is taken in the key-value pair" + taken + "string 'name'"},
        {"a key twice in an inline table", list + "where = { a = [1], a = [2] }\n", 6,
         "found a name that is taken in the key-value pair" + taken + "array 'a'"},
        {"a section twice", "[server]\n[server]\n" + table, 2,
         "found a name that is taken in the table header" + taken + "table 'server'"},
        {"[table] after [[table]]", table + "[table]\n", 4,
         "found a name that is taken in the table header" + taken + "array 'table' as table"},
        {"a derived attribute twice",
         table + "[table.derive]\nn = { size = 'a' }\nn = { size = 'b' }\n", 6,
         "found a name that is taken in the key-value pair" + taken + "table 'n'"},
        {"a number that is too large", "limits.body_bytes = 99999999999999999999\n" + table, 1,
         "found no TOML in the decimal integer" + form +
             "'99999999999999999999' is not representable in 64 bits"},
        {"no UTF-8", table + "owner = '\xFF'\n", 4,
         "found no TOML" + form + "Encountered invalid utf-8 sequence"},
    });
}

TEST(ConfigMistakes, NamesUnknownKeysOnEveryLevel) {
    expect_each({
        {"of the file", "\n[severs]\n" + table, 2,
         "found the unknown key \"severs\", expected \"server\", \"storage\", \"auth\", "
         "\"limits\", "
         "\"table\" or \"function\": did you mean \"server\"?"},
        {"of server", "[server]\nlisen = 'x'\n" + table, 2,
         "found the unknown key \"lisen\", expected \"listen\", \"threads\", \"behind_proxy\", "
         "\"trusted_proxies\", \"origins\", \"idle_s\", \"prefix\", \"static\" or \"tls\": "
         "did you mean "
         "\"listen\"?"},
        {"a section in server", "[server.quic]\nport = 1\n" + table, 1,
         "found the unknown key \"quic\", expected \"listen\", \"threads\", \"behind_proxy\", "
         "\"trusted_proxies\", \"origins\", \"idle_s\", \"prefix\", \"static\" or \"tls\""},
        {"of storage", "[storage]\npaht = 'x'\n" + table, 2,
         "found the unknown key \"paht\", expected \"path\", \"ballast_bytes\" or \"compression\": "
         "did you mean \"path\"?"},
        {"a compression", "[storage]\ncompression = 'lz5'\n" + table, 2,
         "found \"lz5\", expected \"none\", \"lz4\" or \"zstd\": did you mean \"lz4\"?"},
        {"of limits", "[limits]\nbody_byte = 5\n" + table, 2,
         "found the unknown key \"body_byte\", expected \"body_bytes\", \"queue_bytes\", "
         "\"all_bodies_bytes\", \"all_answers_bytes\", \"all_streams_bytes\", \"live_bytes\", "
         "\"memory_bytes\", "
         "\"connections\", \"address_connections\", "
         "\"address_requests_per_s\", \"address_burst\", "
         "\"subject_streams\", \"subject_requests_per_s\" or \"subject_burst\": did you mean "
         "\"body_bytes\"?"},
        {"of a table", table + "onwer = 'x'\n", 4,
         "found the unknown key \"onwer\", expected \"name\", \"key\", \"owner\", \"write\", "
         "\"demand_if_match\", \"from\", \"where\", \"source\", \"schema\", "
         "\"expires\", \"transition\", \"editable\", \"removable\", \"derive\", \"view\", "
         "\"list\", \"total\" or \"event\": did you mean \"owner\"?"},
        {"of a view", view + "feilds = ['a']\n", 6,
         "found the unknown key \"feilds\", expected \"name\", \"fields\", \"like\", \"with\", "
         "\"without\", \"access\" or \"hide\": did you mean \"fields\"?"},
        {"of a list", list + "srot = 'a'\n", 6,
         "found the unknown key \"srot\", expected \"name\", \"by\", \"sort\", \"where\", "
         "\"fields\", \"like\", \"with\", \"without\" or \"access\": did you mean \"sort\"?"},
        {"of a total", total + "value = 'count'\n", 6,
         "found the unknown key \"value\", expected \"name\", \"by\", \"where\", \"values\" or "
         "\"access\": did you mean \"values\"?"},
        {"of an event", event + "change = 'a'\n", 6,
         "found the unknown key \"change\", expected \"type\", \"topic\", \"on\", \"changed\", "
         "\"where\", \"data\" or \"access\": did you mean \"changed\"?"},
        {"of a function", table + "derive = { n = { words = 'a', spilt = ' ' } }\n", 4,
         "found the unknown key \"spilt\", expected \"words\" or \"split\": did you mean "
         "\"split\"?"},
        {"with nothing near", event + "colour = 'red'\n", 6,
         "found the unknown key \"colour\", expected \"type\", \"topic\", \"on\", \"changed\", "
         "\"where\", \"data\" or \"access\""},
        {"with an empty name", "[server]\n'' = 5\n" + table, 2,
         "found the unknown key \"\", expected \"listen\", \"threads\", \"behind_proxy\", "
         "\"trusted_proxies\", \"origins\", \"idle_s\", \"prefix\", \"static\" or \"tls\""},
    });
}

TEST(ConfigMistakes, NamesAValueOfAnotherTypeForEveryKey) {
    struct Key {
        std::string before;
        std::string name;
        int line;
        std::string expected;
    };
    const std::string text = "a string of at least one character";
    const std::string texts = "a string or an array of strings";
    const std::string pattern = "a table, such as { status = [\"OPEN\"] }";
    const std::string access = "an array of at least one entry, such as [\"owner\"]";
    const std::vector<Key> keys = {
        {"", "server", 1, "[server]"},
        {"", "storage", 1, "[storage]"},
        {"", "auth", 1, "[auth]"},
        {"", "limits", 1, "[limits]"},
        {"", "server.listen", 1, text},
        {"", "server.threads", 1, "an integer from 1 to 256"},
        {"", "server.idle_s", 1, "an integer from 1 to 3600"},
        {"", "server.prefix", 1, text},
        {"", "server.behind_proxy", 1, "true or false"},
        {"", "server.origins", 1, texts},
        {"", "server.tls", 1, "[server.tls]"},
        {"", "storage.path", 1, text},
        {"", "storage.compression", 1, text},
        {"", "storage.ballast_bytes", 1, "an integer from 0 to 1099511627776"},
        {"", "limits.body_bytes", 1, "an integer from 1 to 268435456"},
        {"", "limits.queue_bytes", 1, "an integer from 1 to 1099511627776"},
        {"", "limits.all_answers_bytes", 1, "an integer from 1048576 to 1099511627776"},
        {"", "limits.all_streams_bytes", 1, "an integer from 1048576 to 1099511627776"},
        {"", "limits.live_bytes", 1, "an integer from 1048576 to 1099511627776"},
        {"", "limits.memory_bytes", 1, "an integer from 67108864 to 1099511627776"},
        {"", "limits.address_connections", 1, "an integer from 0 to 1000000"},
        {"", "limits.address_requests_per_s", 1, "an integer from 0 to 1000000"},
        {"", "limits.address_burst", 1, "an integer from 0 to 10000000"},
        {"", "limits.subject_streams", 1, "an integer from 0 to 1000000"},
        {"", "limits.subject_requests_per_s", 1, "an integer from 0 to 1000000"},
        {"", "limits.subject_burst", 1, "an integer from 0 to 10000000"},
        {"[[table]]\nkey = 'pk'\n", "name", 3, text},
        {"[[table]]\nname = 't'\n", "key", 3, texts},
        {table, "owner", 4, text},
        {table, "write", 4, access},
        {table, "from", 4, text},
        {table, "where", 4, pattern},
        {table, "source", 4, text},
        {table, "derive", 4, "[table.derive]"},
        {table, "view", 4, "[[table.view]]"},
        {table, "list", 4, "[[table.list]]"},
        {table, "total", 4, "[[table.total]]"},
        {table, "event", 4, "[[table.event]]"},
        {table + "[[table.view]]\n", "name", 5, text},
        {view, "fields", 6, texts},
        {view, "like", 6, text},
        {view, "with", 6, texts},
        {view, "without", 6, texts},
        {view, "access", 6, access},
        {view, "hide", 6, "true or false"},
        {table + "[[table.list]]\n", "name", 5, text},
        {list, "by", 6, texts},
        {list, "sort", 6, texts},
        {list, "where", 6, pattern},
        {list, "fields", 6, texts},
        {list, "like", 6, text},
        {list, "with", 6, texts},
        {list, "without", 6, texts},
        {list, "access", 6, access},
        {table + "[[table.total]]\n", "name", 5, text},
        {total, "by", 6, texts},
        {total, "where", 6, pattern},
        {total, "access", 6, access},
        {table + "[[table.event]]\n", "type", 5, text},
        {event, "topic", 6, text},
        {event, "on", 6, text},
        {event, "changed", 6, texts},
        {event, "where", 6, pattern},
        {event, "data", 6, texts},
        {event, "access", 6, access},
    };
    std::vector<Row> rows;
    for (const Key& key : keys) {
        const std::string name = key.name.substr(key.name.find('.') + 1);
        rows.push_back({"a date for " + key.name,
                        key.before + key.name + " = 1979-05-27\n" +
                            (key.before.empty() ? table : std::string()),
                        key.line,
                        "found a date or time for " + name + ", expected " + key.expected});
    }
    expect_each(rows);
}

TEST(ConfigMistakes, NamesWhatIsMissingOrOutOfBounds) {
    const std::string word = "A-Z a-z 0-9 _ . -";
    expect_each({
        {"no table", "", 1, "found no [[table]], expected at least one"},
        {"one table in single brackets", "[table]\nname = 't'\n", 1,
         "found a table for table, expected [[table]]"},
        {"no tables in an array", "table = []\n", 1,
         "found an empty array for table, expected [[table]]"},
        {"what is no table in the array", "table = [{ name = 't', key = 'pk' }, 5]\n", 1,
         "found an array for table, expected [[table]]"},
        {"no name", "[[table]]\nkey = 'pk'\n", 1, "found no name in [[table]], expected one"},
        {"no name of a view", table + "[[table.view]]\n", 4,
         "found no name in [[table.view]], expected one"},
        {"no name of a list", table + "[[table.list]]\n", 4,
         "found no name in [[table.list]], expected one"},
        {"no name of a total", table + "[[table.total]]\n", 4,
         "found no name in [[table.total]], expected one"},
        {"no type of an event", table + "[[table.event]]\n", 4,
         "found no type in [[table.event]], expected one"},
        {"a name that a URL cannot have", "[[table]]\nname = 'a b'\nkey = 'pk'\n", 2,
         "found the name \"a b\", expected 1 to 255 of " + word + ", other than . and .."},
        {"a name that is a step up", "[[table]]\nname = '..'\nkey = 'pk'\n", 2,
         "found the name \"..\", expected 1 to 255 of " + word + ", other than . and .."},
        {"an event type with a blank", table + "[[table.event]]\ntype = 'a b'\n", 5,
         "found the event type \"a b\", expected 1 to 255 of " + word},
        {"an empty text", table + "owner = ''\n", 4,
         "found \"\" for owner, expected a string of at least one character"},
        {"an empty array", list + "by = []\n", 6,
         "found an empty array for by, expected at least one string in it"},
        {"what is no text in an array", list + "by = ['a',\n5]\n", 7,
         "found 5 for by, expected a string of at least one character"},
        {"a number too small", "server.threads = 0\n" + table, 1,
         "found 0 for threads, expected an integer from 1 to 256"},
        {"a number too large", "limits.body_bytes = 268_435_457\n" + table, 1,
         "found 268435457 for body_bytes, expected an integer from 1 to 268435456"},
        {"a name too long", "[[table]]\nname = '" + std::string(256, 'x') + "'\nkey = 'pk'\n", 2,
         "found the name \"" + std::string(256, 'x') + "\", expected 1 to 255 of " + word +
             ", other than . and .."},
        {"a number that is no integer", "server.threads = 1.5\n" + table, 1,
         "found 1.5 for threads, expected an integer from 1 to 256"},
        {"a queue smaller than a body", "[limits]\n\nqueue_bytes = 5\n" + table, 3,
         "found queue_bytes = 5, expected at least 18628608: body_bytes, and 1 KiB for each record "
         "that a body may hold; else one that is allowed is only taken while nothing else waits"},
        {"a queue as large as a body", "[limits]\n\nqueue_bytes = 8_388_608\n" + table, 3,
         "found queue_bytes = 8388608, expected at least 18628608: body_bytes, and 1 KiB for each "
         "record that a body may hold; else one that is allowed is only taken while nothing else "
         "waits"},
        {"an address without a port", "server.listen = 'localhost'\n" + table, 1,
         "found \"localhost\" for listen, expected an address and a port, such as 127.0.0.1:8080"},
        {"an origin with a path", "server.origins = ['https://a.example/']\n" + table, 1,
         "found the origin \"https://a.example/\", expected one as browsers send it, without a "
         "path: \"https://shop.example\""},
        {"an origin in capitals", "server.origins = ['https://A.example']\n" + table, 1,
         "found the origin \"https://A.example\", expected one as browsers send it, without a "
         "path: \"https://shop.example\""},
        {"an origin with its scheme's own port",
         "server.origins = ['https://a.example:443']\n" + table, 1,
         "found the origin \"https://a.example:443\", expected one as browsers send it, without a "
         "path: \"https://shop.example\""},
        {"every origin", "server.origins = '*'\n" + table, 1,
         "found the origin \"*\", expected one as browsers send it, without a path: "
         "\"https://shop.example\""},
        {"an address of another machine", "server.listen = '0.0.0.0:80'\n" + table, 1,
         "found \"0.0.0.0:80\" for listen, expected an address of this machine only (127.0.0.1, "
         "[::1] or localhost): another one needs [auth], and [server.tls], or "
         "behind_proxy = true where a proxy ends TLS"},
        {"a source of another kind", table + "source = 'queue'\n", 4,
         "found \"queue\", expected \"stream\" or \"direct\""},
        {"a source of records for a table that takes none",
         table + "source = 'direct'\nfrom = 'shop'\n", 5,
         "found from in a table with source = \"direct\", expected none: it takes no records"},
        {"records for a table that takes none",
         table + "source = 'direct'\nwhere = { pk = ['a'] }\n", 5,
         "found where in a table with source = \"direct\", expected none: it takes no records"},
        {"a schema of a table that is not written", table + "schema = { required = ['a'] }\n", 4,
         "found schema in a table that takes records, expected it beside source = \"direct\""},
        {"a demand on writers of a table that is not written", table + "demand_if_match = true\n",
         4,
         "found demand_if_match in a table that takes records, expected it beside source = "
         "\"direct\""},
    });
}

TEST(ConfigMistakes, NamesWhatIsWrongWithASchema) {
    const std::string direct = table + "source = 'direct'\n";
    expect_each({
        {"an unknown type", direct + "schema.attributes = { a = { type = 'strng' } }\n", 5,
         "found the unknown type \"strng\", expected \"string\", \"number\", \"boolean\", "
         "\"binary\", \"null\", \"list\", \"map\" or \"set\": did you mean \"string\"?"},
        {"no rule", direct + "schema.attributes = { a = 'string' }\n", 5,
         "found \"string\" in schema, expected a rule, such as { type = \"string\", max = 200 }"},
        {"an unknown part of a rule", direct + "schema.attributes = { a = { maximum = 1 } }\n", 5,
         "found the unknown key \"maximum\", expected \"type\", \"enum\", \"min\", \"max\", "
         "\"pattern\", \"required\", \"attributes\", \"closed\" or \"each\""},
        {"no values", direct + "schema.attributes = { a = { enum = [] } }\n", 5,
         "found an empty array in schema, expected an array of strings, numbers or booleans for "
         "enum"},
        {"a value that none has", direct + "schema.attributes = { a = { enum = [[1]] } }\n", 5,
         "found an array in schema, expected a string, a number or a boolean in enum"},
        {"bounds between which nothing is",
         direct + "schema.attributes = { a = { min = 2, max = 1 } }\n", 5,
         "found 1 in schema, expected a max that is not below min"},
        {"a bound that is no number", direct + "schema.attributes = { a = { max = 'x' } }\n", 5,
         "found \"x\" in schema, expected a number, or one in quotes, for max"},
        {"a pattern that is none", direct + "schema.attributes = { a = { pattern = '(' } }\n", 5,
         "found the pattern \"(\", expected a regular expression: missing ): ("},
        {"a part of the key that is made", direct + "schema.made = { pk = { now = 'insert' } }\n",
         5,
         "found a table in schema, expected no part of the key among what is made: POST makes "
         "keys"},
        {"two ways to make one", direct + "schema.made = { a = { now = 'insert', size = 'b' } }\n",
         5, "found a table in schema, expected one way to make \"a\": { now = \"insert\" }"},
        {"a time that is none", direct + "schema.made = { a = { now = 'update' } }\n", 5,
         "found \"update\" for now, expected \"insert\" or \"write\""},
        {"a first value that none has", direct + "schema.made = { a = { initial = [] } }\n", 5,
         "found an empty array in schema, expected a string, a number or a boolean for initial"},
        {"a path that is required", direct + "schema.required = ['a.b']\n", 5,
         "found \"a.b\", expected an attribute of the item itself: a dot in its name is written "
         "\\."},
        {"one that is required twice", direct + "schema.required = ['a', 'a']\n", 5,
         "found \"a\" again in required, expected each attribute once"},
        {"a value twice", direct + "schema.attributes = { a = { enum = ['x', 'x'] } }\n", 5,
         "found \"x\" in schema, expected each value of enum once"},
        {"a pattern of a number",
         direct + "schema.attributes = { a = { type = 'number', pattern = '1' } }\n", 5,
         "found \"1\" in schema, expected no pattern in a rule for a number: it is of a string"},
        {"elements of a set", direct + "schema.attributes = { a = { type = 'set', each = {} } }\n",
         5, "found a table in schema, expected no each in a rule for a set: it is of a list"},
        {"elements and attributes",
         direct + "schema.attributes = { a = { required = ['b'], each = {} } }\n", 5,
         "found a table in schema, expected no each in a rule for a map: it is of a list"},
        {"a bound of what has none",
         direct + "schema.attributes = { a = { type = 'boolean', max = 1 } }\n", 5,
         "found 1 in schema, expected no max in a rule for a boolean"},
        {"half a character",
         direct + "schema.attributes = { a = { type = 'string', min = 0.5 } }\n", 5,
         "found 0.5 in schema, expected a whole number from 0 on for min of a string"},
        {"less than none", direct + "schema.attributes = { a = { type = 'list', min = -1 } }\n", 5,
         "found -1 in schema, expected a whole number from 0 on for min of a list"},
        {"a key of another type", direct + "schema.attributes = { pk = { type = 'number' } }\n", 5,
         "found a table in schema, expected a rule for a string: \"pk\" is a part of the key"},
        {"a claim of the token itself", direct + "schema.made = { a = { caller = 'exp' } }\n", 5,
         "found a table in schema, expected a claim that says who the caller is, such as \"sub\""},
        {"the size of what is made",
         direct + "schema.made = { a = { size = 'b' }, b = { initial = 1 } }\n", 5,
         "found a table in schema, expected the size of an attribute that clients write"},
        {"what is made of another type",
         direct + "schema = { attributes = { a = { type = 'number' } }, made = { a = { now = "
                  "'write' } } }\n",
         5,
         "found a table in schema, expected no rule for a number of \"a\": a string is made of "
         "it"},
        {"a first value that is not allowed",
         direct + "schema = { attributes = { a = { enum = ['x'] } }, made = { a = { initial = 'y' "
                  "} } }\n",
         5, "found a table in schema, expected an initial that is in the enum of \"a\""},
    });
}

TEST(ConfigMistakes, NamesWhatIsWrongWithTheLifeOfAnItem) {
    const std::string direct = table + "source = 'direct'\n";
    const std::string with_initial = direct + "schema.made = { status = { initial = 'NEW' } }\n";
    const std::string step = "[[table.transition]]\nfield = 'status'\nfrom = ['NEW']\nto = 'OLD'\n";
    expect_each({
        {"steps of a table that is not written", table + step, 4,
         "found [[table.transition]] in a table that takes records, expected it beside source = "
         "\"direct\""},
        {"a step without its field", direct + "[[table.transition]]\nto = 'OLD'\n", 5,
         "found no field in [[table.transition]], expected one"},
        {"a step without its end", direct + "[[table.transition]]\nfield = 'status'\n", 5,
         "found no to in [[table.transition]], expected one"},
        {"a step of the key", direct + "[[table.transition]]\nfield = 'pk'\nto = 'a'\n", 6,
         "found \"pk\", expected an attribute that is no part of the key: a key does not change"},
        {"a step of a path", direct + "[[table.transition]]\nfield = 'a.b'\nto = 'c'\n", 6,
         "found \"a.b\", expected an attribute of the item itself: a dot in its name is written "
         "\\."},
        {"a touch that leads elsewhere", with_initial + step + "touch = true\n", 10,
         "found touch in a step that is not from \"OLD\" to itself, expected \"OLD\" in from, "
         "too"},
        {"a step from nowhere",
         with_initial + "[[table.transition]]\nfield = 'status'\nfrom = ['NWE']\nto = 'OLD'\n", 8,
         "found \"NWE\" in from, which no item comes to be, expected \"NEW\" or \"OLD\": did you "
         "mean \"NEW\"?"},
        {"a step of what is made", direct + "schema.made = { status = { now = 'write' } }\n" + step,
         7,
         "found \"status\", which the server makes, expected a field with an initial string, or "
         "one that clients write"},
        {"a step of what is no string",
         direct + "schema.attributes = { status = { type = 'number' } }\n" + step, 7,
         "found \"status\", which is no string by its rule, expected one that is"},
        {"a step to what is not allowed",
         direct + "schema.attributes = { status = { enum = ['NEW'] } }\n" + step, 9,
         "found \"OLD\" in to, expected one that is in the enum of \"status\""},
        {"what is closed out and required",
         direct + "[table.schema]\nclosed = true\nrequired = ['pk', 'n']\n", 7,
         "found \"n\" in required, expected it among the attributes, too: `closed` takes no "
         "others"},
        {"the same within",
         direct + "[table.schema.attributes]\nm = { closed = true, required = ['n'] }\n", 6,
         "found \"n\" in required, expected it among the attributes, too: `closed` takes no "
         "others"},
        {"an edit without a step",
         direct + "[[table.editable]]\nfield = 'status'\nin = ['a']\nattributes = ['b']\n", 6,
         "found \"status\", expected the field of a [[table.transition]] of this table"},
        {"an edit of nothing",
         with_initial + step + "[[table.editable]]\nfield = 'status'\nin = ['NEW']\n", 10,
         "found no attributes in [[table.editable]], expected at least one"},
        {"an edit of what is made",
         direct + "schema.made = { at = { now = 'write' } }\n" + step +
             "[[table.editable]]\nfield = 'status'\nin = ['NEW']\nattributes = ['at']\n",
         13, "found \"at\" among what may be edited, expected no attribute that the server makes"},
        {"a removal at no time", with_initial + step + "[[table.removable]]\nfield = 'status'\n",
         10, "found no in in [[table.removable]], expected at least one"},
        {"a removal in no status",
         with_initial + step + "[[table.removable]]\nfield = 'status'\nin = 'OLE'\n", 12,
         "found \"OLE\" in in, which no item comes to be, expected \"NEW\" or \"OLD\": did you "
         "mean \"OLD\"?"},
    });
}

TEST(ConfigMistakes, NamesATimeThatNoItemHas) {
    const std::string direct = "[[table]]\nname = 't'\nkey = 'pk'\nsource = 'direct'\n";
    const std::string expected =
        " in expires, expected an attribute of the item itself, a number "
        "of seconds since 1970: it is ";
    expect_each({
        {"a path", direct + "expires = 'a.b'\n", 5,
         "found \"a.b\"" + expected + "a path; a dot in its own name is written \\."},
        {"a key", direct + "expires = 'pk'\n", 5,
         "found \"pk\"" + expected + "a part of the key that is no number"},
        {"what is derived", direct + "expires = 'n'\nderive = { n = { size = 'a' } }\n", 5,
         "found \"n\"" + expected + "a derived attribute, which no item has"},
        {"a text", direct + "expires = 'n'\nschema.attributes = { n = { type = 'string' } }\n", 5,
         "found \"n\"" + expected + "an attribute that the schema wants to be no number"},
        {"what is closed out",
         direct + "expires = 'n'\nschema.closed = true\n"
                  "schema.attributes = { pk = { type = 'string' } }\n",
         5, "found \"n\"" + expected + "an attribute that the schema does not take"},
        {"a time as a text", direct + "expires = 'n'\nschema.made = { n = { now = 'insert' } }\n",
         5, "found \"n\"" + expected + "a text that the server makes"},
        {"a first value as a text",
         direct + "expires = 'n'\nschema.made = { n = { initial = 'x' } }\n", 5,
         "found \"n\"" + expected + "a text that the server makes"},
        {"one of some texts",
         direct + "expires = 'n'\nschema.attributes = { n = { enum = ['x'] } }\n", 5,
         "found \"n\"" + expected + "an attribute that the schema wants to be no number"},
    });
}

TEST(ConfigMistakes, NamesAddressesThatCannotBeListenedOn) {
    const auto listen = [](const std::string& address) {
        return "server.listen = '" + address + "'\n" + table;
    };
    for (const std::string address : {"8080", ":8080", "localhost:65536", "localhost:-1"}) {
        expect_each({{"no address and port", listen(address), 1,
                      "found \"" + address +
                          "\" for listen, expected an address and a port, such "
                          "as 127.0.0.1:8080"}});
    }
    for (const std::string address : {"example.com:80", "[::]:80", "127.0.0.256:80", "127.0.1:80",
                                      "127.0.0.1.example.com:80"}) {
        expect_each({{"not this machine", listen(address), 1,
                      "found \"" + address +
                          "\" for listen, expected an address of this machine "
                          "only (127.0.0.1, [::1] or localhost): another one needs [auth], and "
                          "[server.tls], or behind_proxy = true where a proxy ends TLS"}});
    }
}

TEST(ConfigMistakes, NamesAKeyThatIsNone) {
    const std::string start = "[[table]]\nname = 't'\n";
    const std::string parts = ", expected one attribute or two: [\"pk\"] or [\"pk\", \"sk\"]";
    expect_each({
        {"none", start, 1, "found no key" + parts},
        {"three parts", start + "key = ['a', 'b', 'c']\n", 3, "found 3 attributes in key" + parts},
        {"the same part twice", start + "key = ['a', 'a']\n", 3,
         "found \"a\" twice in key, expected two attributes"},
        {"the same part twice by other types", start + "key = ['a number',\n'a']\n", 4,
         "found \"a\" twice in key, expected two attributes"},
        {"an unknown type", start + "key = ['n nubmer']\n", 3,
         "found \"nubmer\" in \"n nubmer\", expected \"string\", \"number\" or \"binary\": did you "
         "mean \"number\"?"},
        {"a path", start + "key = 'a.b'\n", 3,
         "found the path \"a.b\" in key, expected an attribute of the item itself; a dot in its "
         "own name is written \\."},
    });
}

TEST(ConfigMistakes, NamesClashesOfNames) {
    const std::string again = " again, expected one that line ";
    expect_each({
        {"two tables", table + "[[table]]\nname = 'orders'\nkey = 'pk'\nfrom = 'others'\n", 5,
         "found the name \"orders\"" + again + "2 has not taken"},
        {"two views", view + "[[table.view]]\nname = 'v'\n", 7,
         "found the name \"v\"" + again + "5 has not taken"},
        {"two lists", list + "[[table.list]]\nname = 'l'\n", 7,
         "found the name \"l\"" + again + "5 has not taken"},
        {"a view and a list", view + "[[table.list]]\nname = 'v'\n", 7,
         "found the name \"v\"" + again + "5 has not taken"},
        {"a view and a total", view + "[[table.total]]\nname = 'v'\n", 7,
         "found the name \"v\"" + again + "5 has not taken"},
        {"a list and a total", list + "[[table.total]]\nname = 'l'\n", 7,
         "found the name \"l\"" + again + "5 has not taken"},
        {"views of two tables",
         view + "[[table]]\nname = 'others'\nkey = 'pk'\n[[table.view]]\nname = 'v'\n", 10,
         "found the name \"v\"" + again + "5 has not taken"},
        {"two fields of a view", view + "fields = ['id=pk',\n'id']\n", 7,
         "found the field \"id\" again, expected each name once"},
        {"all fields twice", view + "fields = ['*', '*']\n", 6,
         "found the field \"*\" again, expected each name once"},
        {"two fields in with", view + "with = ['a', 'a=b']\n", 6,
         "found the field \"a\" again, expected each name once"},
        {"a field twice in without", view + "without = ['a', 'a']\n", 6,
         "found \"a\" again in without, expected a name that is still there"},
        {"two fields of an event", event + "data = ['status', 'status=before.status']\n", 6,
         "found the field \"status\" again, expected each name once"},
        {"an attribute twice in by", list + "by = ['a.b',\n'a.b']\n", 7,
         "found \"a.b\" again in by, expected each attribute once"},
        {"an attribute twice in a total's by", total + "by = ['a', 'a']\n", 6,
         "found \"a\" again in by, expected each attribute once"},
        {"an attribute twice in sort", list + "sort = ['a', 'a desc']\n", 6,
         "found \"a\" again in sort, expected each attribute once"},
        {"an attribute twice in changed", event + "changed = ['a', 'a']\n", 6,
         "found \"a\" again in changed, expected each attribute once"},
        {"a derived attribute and the key", table + "derive = { pk = { upper = 'a' } }\n", 4,
         "found the derived attribute \"pk\", expected a name that is no part of the key"},
    });
}

TEST(ConfigMistakes, NamesPathsAndFieldsThatAreNone) {
    expect_each({
        {"an empty name in a path", table + "owner = 'a..b'\n", 4,
         "found an empty name in the path \"a..b\", expected names with single dots between them"},
        {"a lone backslash", list + "by = 'a\\b'\n", 6,
         "found a lone backslash in the path a\\b, expected \\. or \\\\"},
        {"a path without a name for it", view + "fields = ['address.city']\n", 6,
         "found the path \"address.city\" without a name, expected one before it: "
         "\"city=address.city\""},
        {"an empty name of a field", view + "fields = ['=a']\n", 6,
         "found no name before = in \"=a\", expected one: \"name=path.in.item\""},
        {"an empty path of a field", view + "fields = ['a=']\n", 6,
         "found an empty name in the path \"\", expected names with single dots between them"},
        {"a direction without an attribute", list + "sort = ' desc'\n", 6,
         "found an empty name in the path \"\", expected names with single dots between them"},
        {"all fields in an event", event + "data = ['*']\n", 6,
         "found \"*\" in an event's data, expected fields by name"},
        {"all fields in without", view + "without = ['*']\n", 6,
         "found \"*\" in without, expected fields by name"},
        {"a field to be taken away that is not there",
         view + "fields = ['items']\nwithout = ['itmes']\n", 7,
         "found \"itmes\" in without, expected \"items\": did you mean \"items\"?"},
        {"an unknown view in like", view + "like = 'oder'\n[[table.list]]\nname = 'order'\n", 6,
         "found like = \"oder\", expected \"v\" or \"order\": did you mean \"order\"?"},
        {"a like that is itself", view + "like = 'v'\n", 6,
         "found like = \"v\" in \"v\", which goes round in a circle, expected a view whose fields "
         "do not depend on this one's"},
        {"likes in a circle", view + "like = 'w'\n[[table.view]]\nname = 'w'\nlike = 'v'\n", 9,
         "found like = \"v\" in \"w\", which goes round in a circle, expected a view whose fields "
         "do not depend on this one's"},
        {"fields and like", view + "fields = ['a']\nlike = 'w'\n[[table.view]]\nname = 'w'\n", 7,
         "found both fields and like, expected one of them: like starts from another view's "
         "fields, with and without change them"},
        {"an unknown direction", list + "sort = ['a', 'b dsc']\n", 6,
         "found \"dsc\" in \"b dsc\", expected \"asc\" or \"desc\": did you mean \"desc\"?"},
        {"two directions with blanks", list + "sort = ['a',\n'due at asc  desc']\n", 7,
         "found two directions in \"due at asc  desc\", expected one attribute and at most one "
         "direction: \"dueAt desc\""},
        {"two directions", list + "sort = 'a asc desc'\n", 6,
         "found two directions in \"a asc desc\", expected one attribute and at most one "
         "direction: \"dueAt desc\""},
    });
}

TEST(ConfigMistakes, NamesDerivedAttributesThatAreNone) {
    const std::string names =
        "expected \"words\", \"length\", \"size\", \"upper\", \"lower\", \"concat\", \"coalesce\" "
        "or \"index\"";
    const std::string one = ", expected one function of an attribute: { words = \"body\" }";
    const auto derive = [](const std::string& what) {
        return table + "[table.derive]\nn = " + what + "\n";
    };
    expect_each({
        {"an unknown function", derive("{ lenght = 'a' }"), 5,
         "found the unknown function \"lenght\", " + names + ": did you mean \"length\"?"},
        {"an unknown function with nothing near", derive("{ sha256 = 'a' }"), 5,
         "found the unknown function \"sha256\", " + names},
        {"no function", derive("{}"), 5, "found a table for the derived attribute \"n\"" + one},
        {"an option alone", derive("{ split = ' ' }"), 5,
         "found a table for the derived attribute \"n\"" + one},
        {"an attribute without a function", derive("'body'"), 5,
         "found \"body\" for the derived attribute \"n\"" + one},
        {"two functions", derive("{ words = 'a', length = 'a' }"), 5,
         "found \"words\" besides \"length\" for \"n\", expected one function"},
        {"another function's option", derive("{ length = 'a', split = ' ' }"), 5,
         "found the unknown key \"split\", expected \"length\""},
        {"an attribute that is no text", derive("{ words = 5 }"), 5,
         "found 5 for words, expected a string or an array of strings"},
        {"an attribute that is no path", derive("{ words = 'a.' }"), 5,
         "found an empty name in the path \"a.\", expected names with single dots between them"},
        {"two attributes for a function of one", derive("{ size = ['a', 'b'] }"), 5,
         "found 2 attributes for size, expected one"},
        {"no attributes", derive("{ coalesce = [] }"), 5,
         "found an empty array for coalesce, expected at least one string in it"},
        {"a splitter that is no text", derive("{ words = 'a', split = 5 }"), 5,
         "found 5 for split, expected a string of at least one character"},
        {"an index without values", derive("{ index = 'a' }"), 5,
         "found index without \"in\", expected the values that it counts through: in = [\"high\", "
         "\"low\"]"},
        {"an index of no values", derive("{ index = 'a', in = [] }"), 5,
         "found an empty array for in, expected at least one string in it"},
        {"an index of a value twice", derive("{ index = 'a', in = ['1', '1.0'] }"), 5,
         "found \"1.0\" again in \"in\", expected each value once"},
        {"no name", table + "[table.derive]\n'' = { size = 'a' }\n", 5,
         "found a derived attribute without a name, expected one"},
    });
}

TEST(ConfigMistakes, NamesTotalsThatAreNone) {
    const std::string functions = "expected \"count\", \"sum\", \"min\" or \"max\"";
    const std::string one =
        " in values, expected \"count\", or one function of an attribute: { sum = \"attribute\" }";
    const auto values = [](const std::string& what) { return total + "values = " + what + "\n"; };
    expect_each({
        {"an unknown function", values("[{ smu = 'minutes' }]"), 6,
         "found the function \"smu\" in values, " + functions + ": did you mean \"sum\"?"},
        {"an unknown word", values("['cuont']"), 6,
         "found the function \"cuont\" in values, " + functions + ": did you mean \"count\"?"},
        {"an unknown function with nothing near", values("[{ average = 'minutes' }]"), 6,
         "found the function \"average\" in values, " + functions},
        {"a function without an attribute", values("['count',\n'sum']"), 7,
         "found \"sum\" in values without an attribute, expected one: { sum = \"attribute\" }"},
        {"a count of an attribute", values("[{ count = 'a' }]"), 6,
         "found count of an attribute, expected \"count\", which is of items"},
        {"a function of what is no attribute", values("[{ sum = 5 }]"), 6,
         "found 5 for sum in values, expected an attribute: { sum = \"attribute\" }"},
        {"a function of what is no path", values("[{ sum = 'a.' }]"), 6,
         "found an empty name in the path \"a.\", expected names with single dots between them"},
        {"two functions in one", values("[{ min = 'a', max = 'a' }]"), 6, "found a table" + one},
        {"what is no function", values("[5]"), 6, "found 5" + one},
        {"a date", values("1979-05-27"), 6, "found a date or time" + one},
        {"no values", values("[]"), 6, "found 0 values, expected 1 to 100, such as [\"count\"]"},
        {"the same twice", values("['count', 'count']"), 6,
         "found count again in values, expected each once"},
        {"the same of one attribute twice", values("[{ sum = 'a' }, { sum = 'a' }]"), 6,
         "found sum of \"a\" again in values, expected each once"},
        {"a group that is shown as a value", total + "by = 'count'\n", 6,
         "found \"count\" in by, which is shown under the name of a value, expected another: "
         "derive = { other = { coalesce = \"count\" } } gives it one"},
    });
}

TEST(ConfigMistakes, NamesEventsThatAreNone) {
    const std::string braces = ", expected each path in braces: \"{pk}-updated\"";
    const std::string reserved = ", expected another: streams use this one themselves";
    expect_each({
        {"an unknown kind of change", event + "on = 'INSRET'\n", 6,
         "found \"INSRET\", expected \"INSERT\", \"MODIFY\" or \"REMOVE\": did you mean "
         "\"INSERT\"?"},
        {"an open brace", event + "topic = '{pk-updated'\n", 6,
         "found an unpaired brace in the topic \"{pk-updated\"" + braces},
        {"a closed brace", event + "topic = 'pk}-updated'\n", 6,
         "found an unpaired brace in the topic \"pk}-updated\"" + braces},
        {"a brace in braces", event + "topic = '{a{b}}'\n", 6,
         "found an unpaired brace in the topic \"{a{b}}\"" + braces},
        {"nothing in braces", event + "topic = '{}-updated'\n", 6,
         "found an empty name in the path \"\", expected names with single dots between them"},
    });
    const auto expect_reserved = [&](const std::string& type) {
        expect_each({{"a type that streams have themselves",
                      table + "[[table.event]]\ntype = '" + type + "'\n", 5,
                      "found the event type \"" + type + "\"" + reserved}});
    };
    for (const char* type : {"open", "error", "message", "hello", "reset", "snapshot", "change",
                             "expiring", "bookmark"}) {
        expect_reserved(type);
    }
}

TEST(ConfigMistakes, NamesAccessThatCannotBeAsked) {
    const std::string owned_view = owned + "[[table.view]]\nname = 'v'\n";  // 6
    const std::string owned_list = owned + "[[table.list]]\nname = 'l'\n";  // 6
    const std::string whole = ", since a page is admitted as a whole";
    const std::string claim = ", expected a string or \"{claims.NAME}\"";
    const std::string entry =
        ", expected a role, \"owner\", \"public\", \"signed-in\", or a table of role and "
        "attributes";
    expect_each({
        {"an owner of a table without one", view + "access = ['owner']\n", 6,
         "found \"owner\" in access, expected the table to name its owner: owner = \"attribute\""},
        {"an owner of an event without one", event + "access = ['owner']\n", 6,
         "found \"owner\" in access, expected the table to name its owner: owner = \"attribute\""},
        {"an owner of a whole list", owned_list + "access = ['owner']\n", 7,
         "found \"owner\" in access, expected the owner attribute \"creator\" in by" + whole},
        {"an owner of another partition", owned_list + "by = 'tenant'\naccess = ['owner']\n", 8,
         "found \"owner\" in access, expected the owner attribute \"creator\" in by" + whole},
        {"an owner as a role", owned_list + "access = ['staff',\n{ role = 'owner' }]\n", 8,
         "found \"owner\" in access, expected the owner attribute \"creator\" in by" + whole},
        {"an attribute that is not in by",
         list + "by = 'team'\naccess = [{ tenant = '{claims.tenant}' }]\n", 7,
         "found the attribute \"tenant\" in access, expected one that is in by" + whole},
        {"an attribute almost in by",
         list + "by = 'tenant'\naccess = [{ tennant = '{claims.tenant}' }]\n", 7,
         "found the attribute \"tennant\" in access, expected one that is in by" + whole +
             ": did you mean \"tenant\"?"},
        {"almost a role", list + "by = 'tenant'\naccess = [{ rloe = 'staff' }]\n", 7,
         "found the attribute \"rloe\" in access, expected one that is in by" + whole +
             ": did you mean \"role\"?"},
        {"an attribute that is not in a total's by",
         total + "by = 'team'\naccess = [{ tenant = '{claims.tenant}' }]\n", 7,
         "found the attribute \"tenant\" in access, expected one that is in by" + whole},
        {"no claim in braces", owned_view + "access = [{ tenant = '{claim.tenant}' }]\n", 7,
         "found \"{claim.tenant}\" for tenant in access" + claim},
        {"no name of a claim", owned_view + "access = [{ tenant = '{claims.}' }]\n", 7,
         "found \"{claims.}\" for tenant in access" + claim},
        {"a claim of the token itself", owned_view + "access = [{ tenant = '{claims.iss}' }]\n", 7,
         "found \"{claims.iss}\" for tenant in access, expected a claim that says whose the token "
         "is: this one is of the token itself, and is compared with nothing"},
        {"an owner who writes where there is none", table + "write = ['owner']\n", 4,
         "found \"owner\" in write, expected the table to name its owner: owner = \"attribute\""},
        {"nobody who writes", table + "write = ['public']\n", 4,
         "found \"public\" in write, expected who may write, such as \"signed-in\": nothing is "
         "written without a credential"},
        {"an owner among others", owned_list + "access = ['public', 'owner']\n", 7,
         "found \"owner\" in access, expected the owner attribute \"creator\" in by" + whole},
        {"a word as a role", owned_view + "access = [{ role = 'public' }]\n", 7,
         "found \"public\" in access as a role, expected the name of a role: \"public\" is an "
         "entry by itself"},
        {"a word as a role among attributes",
         owned_view + "access = [{ tenant = '{claims.tenant}', role = 'signed-in' }]\n", 7,
         "found \"signed-in\" in access as a role, expected the name of a role: \"signed-in\" is "
         "an entry by itself"},
        {"a star as a role", owned_view + "access = [{ role = '*' }]\n", 7,
         "found \"*\" in access as a role, expected the name of a role: a star is none"},
        {"no text", owned_view + "access = [{ tenant = 5 }]\n", 7,
         "found 5 for tenant in access" + claim},
        {"no attributes", owned_view + "access = [{}]\n", 7, "found a table in access" + entry},
        {"no entry", owned_view + "access = [5]\n", 7, "found 5 in access" + entry},
        {"an empty role", owned_view + "access = ['']\n", 7, "found \"\" in access" + entry},
        {"no entries", owned_view + "access = []\n", 7,
         "found an empty array for access, expected an array of at least one entry, such as "
         "[\"owner\"]"},
        {"no array", owned_view + "access = 'owner'\n", 7,
         "found \"owner\" for access, expected an array of at least one entry, such as "
         "[\"owner\"]"},
    });
}

TEST(ConfigMistakes, NamesWordsOfAccessThatAreNotQuiteOurs) {
    const std::string all =
        "\"public\", which is everybody, or \"signed-in\", which is everybody with a credential";
    const std::string found =
        ", expected a role, \"owner\", \"public\" or \"signed-in\": did you "
        "mean ";
    const std::string owned_list = owned + "[[table.list]]\nname = 'l'\nby = 'creator'\n";  // 7
    const auto expect_meant = [&](const std::string& word, const std::string& meant) {
        std::string said = "found \"" + word + "\" in access" + found + meant + "?";
        if (word != "*") said += " A role of that name is written { role = \"" + word + "\" }";
        expect_each({
            {word + " of a view", view + "access = ['staff', '" + word + "']\n", 6, said},
            {word + " of a list", owned_list + "access = ['" + word + "']\n", 8, said},
            {word + " of a total", total + "access = ['" + word + "']\n", 6, said},
            {word + " of an event", event + "access = ['" + word + "']\n", 6, said},
        });
        if (word == "*") return;
        expect_fine({view + "access = [{ role = '" + word + "' }]\n"});
    };

    for (const char* const word : {"*", "all", "any", "anyone", "anybody", "everyone", "everybody",
                                   "anonymous", "Everyone", "evreyone", "anonymus"}) {
        expect_meant(word, all);
    }
    for (const char* const word : {"signed_in", "signedin", "Signed-In", "signed in",
                                   "authenticated", "autenticated", "logged_in"}) {
        expect_meant(word, "\"signed-in\"");
    }
    for (const char* const word : {"owners", "Owner", "OWNER", "onwer"}) {
        expect_meant(word, "\"owner\"");
    }
    for (const char* const word : {"Public", "publik", "pubilc"}) expect_meant(word, "\"public\"");
    for (const char* const word : {"admins", "Admin", "amdin"}) expect_meant(word, "\"admin\"");
    for (const char* const role :
         {"staff", "customer", "agent", "driver", "manager", "user", "guest", "ops", "vip",
          "worker", "editor", "auditor", "support", "admin", "kitchen", "a", "member"}) {
        expect_fine({view + "access = ['" + std::string(role) + "']\n"});
    }
}

TEST(ConfigMistakes, SaysTheSameOfOneLineOnce) {
    expect_each({{"the same mistake twice", list + "by = [5, 5]\n", 6,
                  "found 5 for by, expected a string of at least one character"}});
}

}  // namespace
}  // namespace freshet::engine
