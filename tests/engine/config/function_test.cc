// What engine/config/function.h and engine/config/function_filter.h promise: functions are read
// with AWS's words, defaults and ranges, and every mistake is named.

#include "engine/config/function.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "engine/config/config.h"
#include "tests/engine/config/mistake_table.h"
#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using std::chrono::seconds;
using support::must;

const std::string function = table + "[[function]]\nname = 'f'\ntable = 'orders'\n";  // 6
const std::string called = function + "url = 'http://127.0.0.1:9/f'\n";               // 7

Function read(const std::string& lines, const std::string& file = "freshet.toml") {
    return *must(parse_config(called + lines, file)).functions.front();
}

TEST(ConfigFunction, E53_HasTheDefaultsOfAws) {
    const Config config = must(parse_config(called, "freshet.toml"));

    ASSERT_EQ(config.functions.size(), 1U);
    const Function& found = *config.functions.front();
    EXPECT_EQ(found.name, "f");
    EXPECT_EQ(found.table, config.catalog->table("orders"));
    EXPECT_EQ(found.url.text(), "http://127.0.0.1:9/f");
    EXPECT_EQ(found.batch_size, 100U);
    EXPECT_EQ(found.batching_window, seconds(0));
    EXPECT_EQ(found.retries_max, std::nullopt);
    EXPECT_EQ(found.record_age_max, std::nullopt);
    EXPECT_FALSE(found.bisects);
    EXPECT_FALSE(found.reports_failures);
    EXPECT_EQ(found.lanes, 1U);
    EXPECT_TRUE(found.filter.empty());
    EXPECT_TRUE(found.is_enabled);
    EXPECT_TRUE(std::holds_alternative<TrimHorizon>(found.start));
    EXPECT_EQ(found.hold, Hold::none);
    EXPECT_EQ(found.format, FunctionFormat::lambda);
    EXPECT_EQ(found.timeout, seconds(30));
    EXPECT_FALSE(found.secret);
    EXPECT_TRUE(found.networks.empty());
}

TEST(ConfigFunction, E55_TakesEverySettingOfAwsUpToItsBounds) {
    const Function least = read(R"(
batch_size = 1
batching_window_s = 0
maximum_retry_attempts = 0
maximum_record_age_s = 60
parallelization_factor = 1
timeout_s = 1
bisect_batch_on_function_error = false
report_batch_item_failures = false
enabled = true
)");
    const Function most = read(R"(
batch_size = 10000
batching_window_s = 300
maximum_retry_attempts = 10000
maximum_record_age_s = 604800
parallelization_factor = 10
timeout_s = 900
bisect_batch_on_function_error = true
report_batch_item_failures = true
enabled = false
)");
    const Function unbounded = read("maximum_retry_attempts = -1\nmaximum_record_age_s = -1\n");

    EXPECT_EQ(least.batch_size, 1U);
    EXPECT_EQ(least.retries_max, 0U);
    EXPECT_EQ(least.record_age_max, seconds(60));
    EXPECT_EQ(least.timeout, seconds(1));
    EXPECT_TRUE(least.is_enabled);
    EXPECT_EQ(most.batch_size, 10'000U);
    EXPECT_EQ(most.batching_window, seconds(300));
    EXPECT_EQ(most.retries_max, 10'000U);
    EXPECT_EQ(most.record_age_max, seconds(604'800));
    EXPECT_EQ(most.lanes, 10U);
    EXPECT_EQ(most.timeout, seconds(900));
    EXPECT_TRUE(most.bisects);
    EXPECT_TRUE(most.reports_failures);
    EXPECT_FALSE(most.is_enabled);
    EXPECT_EQ(unbounded.retries_max, std::nullopt);
    EXPECT_EQ(unbounded.record_age_max, std::nullopt);
}

TEST(ConfigFunction, E55_NamesASettingThatIsOutOfItsRange) {
    const auto integer = [](const std::string& key, const std::string& value,
                            const std::string& range) {
        return Row{key + " " + value, called + key + " = " + value + "\n", 8,
                   "found " + value + " for " + key + ", expected an integer from " + range};
    };
    const auto bound = [](const std::string& key, const std::string& value,
                          const std::string& range) {
        return Row{key + " " + value, called + key + " = " + value + "\n", 8,
                   "found " + key + " = " + value + ", expected -1 (no bound) or an integer from " +
                       range};
    };
    expect_each({
        integer("batch_size", "0", "1 to 10000"),
        integer("batch_size", "10001", "1 to 10000"),
        integer("batching_window_s", "-1", "0 to 300"),
        integer("batching_window_s", "301", "0 to 300"),
        integer("parallelization_factor", "0", "1 to 10"),
        integer("parallelization_factor", "11", "1 to 10"),
        integer("timeout_s", "0", "1 to 900"),
        integer("timeout_s", "901", "1 to 900"),
        bound("maximum_retry_attempts", "-2", "0 to 10000"),
        bound("maximum_retry_attempts", "10001", "0 to 10000"),
        bound("maximum_retry_attempts", "true", "0 to 10000"),
        bound("maximum_record_age_s", "0", "60 to 604800"),
        bound("maximum_record_age_s", "59", "60 to 604800"),
        bound("maximum_record_age_s", "604801", "60 to 604800"),
        bound("maximum_record_age_s", "-2", "60 to 604800"),
        bound("maximum_record_age_s", "0.5", "60 to 604800"),
    });
}

TEST(ConfigFunction, E55_NamesASettingOfAnotherType) {
    expect_each({
        {"a flag in quotes", called + "enabled = 'no'\n", 8,
         "found \"no\" for enabled, expected true or false"},
        {"a number for a flag", called + "bisect_batch_on_function_error = 1\n", 8,
         "found 1 for bisect_batch_on_function_error, expected true or false"},
        {"a number in quotes", called + "batch_size = '10'\n", 8,
         "found \"10\" for batch_size, expected an integer from 1 to 10000"},
        {"an unknown hold", called + "hold = 'itm'\n", 8,
         "found \"itm\" for hold, expected \"none\" or \"item\": did you mean \"item\"?"},
        {"an unknown format", called + "format = 'cloudevent'\n", 8,
         "found \"cloudevent\" for format, expected \"lambda\" or \"cloudevents\": did you mean "
         "\"cloudevents\"?"},
    });
}

TEST(ConfigFunction, E66_BeginsWhereItIsTold) {
    const auto start = [](const std::string& value) {
        return read("starting_position = " + value + "\n").start;
    };

    EXPECT_TRUE(std::holds_alternative<TrimHorizon>(start("'trim_horizon'")));
    EXPECT_TRUE(std::holds_alternative<TrimHorizon>(start("'TRIM_HORIZON'")));
    EXPECT_TRUE(std::holds_alternative<Latest>(start("'latest'")));
    EXPECT_TRUE(std::holds_alternative<Latest>(start("'LATEST'")));
    EXPECT_EQ(std::get<storage::Position>(start("0")), storage::Position{0});
    EXPECT_EQ(std::get<storage::Position>(start("42")), storage::Position{42});
    const storage::AppendTime noon{seconds(1'800'000'000)};
    EXPECT_EQ(std::get<storage::AppendTime>(start("2027-01-15T08:00:00Z")), noon);
    EXPECT_EQ(std::get<storage::AppendTime>(start("2027-01-15T10:30:00+02:30")), noon);
    EXPECT_EQ(std::get<storage::AppendTime>(start("2027-01-15T07:00:00-01:00")), noon);
    EXPECT_EQ(std::get<storage::AppendTime>(start("2027-01-15T08:00:00.000007Z")),
              noon + std::chrono::microseconds(7));
}

TEST(ConfigFunction, E66_NamesAStartThatIsNone) {
    const std::string expected =
        " for starting_position, expected \"trim_horizon\", \"latest\", the position of a record "
        "(the first one to be fed is behind it), or a time, without quotes: 2026-11-20T11:39:28Z";
    expect_each({
        {"another word", called + "starting_position = 'newest'\n", 8,
         "found \"newest\"" + expected},
        {"a time in quotes", called + "starting_position = '2026-11-20T11:39:28Z'\n", 8,
         "found \"2026-11-20T11:39:28Z\"" + expected},
        {"no position", called + "starting_position = -1\n", 8, "found -1" + expected},
        {"a time without a zone", called + "starting_position = 2026-11-20T11:39:28\n", 8,
         "found a date or time" + expected},
        {"a day", called + "starting_position = 2026-11-20\n", 8,
         "found a date or time" + expected},
        {"a list", called + "starting_position = []\n", 8, "found an empty array" + expected},
    });
}

TEST(ConfigFunction, NamesWhatAFunctionCannotDoWithout) {
    expect_each({
        {"no name", table + "[[function]]\ntable = 'orders'\nurl = 'http://a'\n", 4,
         "found no name in [[function]], expected one"},
        {"no table", table + "[[function]]\nname = 'f'\nurl = 'http://a'\n", 4,
         "found no table in [[function]], expected one"},
        {"an unknown table",
         table + "[[function]]\nname = 'f'\ntable = 'order'\nurl = 'http://a'\n", 6,
         "found the table \"order\", expected \"orders\": did you mean \"orders\"?"},
    });
    EXPECT_TRUE(mistakes_in(function).starts_with("freshet.toml:4: found neither url")) << "where";
    EXPECT_NE(
        mistakes_in(called + "[[function]]\nname = 'f'\ntable = 'orders'\nurl = 'http://a'\n"),
        "none")
        << "each name once";
    EXPECT_NE(mistakes_in(called + "batchsize = 5\n").find("the unknown key"), std::string::npos);
}

TEST(ConfigFunction, NamesAUrlThatIsNone) {
    const std::string expected =
        " for url, expected http:// or https://, a host, and perhaps a port and a path: "
        "\"http://127.0.0.1:9000/notify\"";
    for (const std::string url :
         {"notify", "ftp://a", "http://", "http://ann:pw@a/", "http://a#b"}) {
        expect_each(
            {{url, function + "url = '" + url + "'\n", 7, "found \"" + url + "\"" + expected}});
    }
}

TEST(ConfigFunction, NamesAnAddressThatNothingIsSentTo) {
    const auto refused = [](const std::string& address) {
        return "found the address " + address +
               " in url, expected one that is neither link-local, where clouds hand out "
               "credentials, nor that of no single machine";
    };
    for (const std::string address :
         {"169.254.169.254", "0.0.0.0", "224.0.0.1", "255.255.255.255"}) {
        expect_each(
            {{address, function + "url = 'http://" + address + "/'\n", 7, refused(address)}});
    }
    for (const std::string address : {"fe80::1", "fd00:ec2::254", "::", "ff02::1",
                                      "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"}) {
        expect_each(
            {{address, function + "url = 'http://[" + address + "]:80/'\n", 7, refused(address)}});
    }
    expect_fine({function + "url = 'http://127.0.0.1/'\n", function + "url = 'http://10.0.0.7/'\n",
                 function + "url = 'http://[::1]:9/'\n",
                 function + "url = 'https://a.example/'\n"});
}

TEST(ConfigFunction, ReadsWhereItMayBeAndWhatItIsTrustedBy) {
    const Function found = read(
        "networks = ['10.0.0.0/8', '::1']\nauthorities = 'pem/ca.pem'\nsecret = { file = 'key' }\n",
        "conf/freshet.toml");

    EXPECT_EQ(found.networks, (std::vector<AddressBlock>{*AddressBlock::parse("10.0.0.0/8"),
                                                         *AddressBlock::parse("::1")}));
    EXPECT_EQ(found.authorities, "conf/pem/ca.pem");
    ASSERT_TRUE(found.secret);
    EXPECT_EQ(found.secret->file, "conf/key");
    EXPECT_EQ(found.secret->variable, "");
    EXPECT_EQ(read("secret = { env = 'KEY' }\n").secret->variable, "KEY");
    EXPECT_EQ(read("secret = { env = 'KEY' }\n").secret->file, "");
}

TEST(ConfigFunction, NamesAWrongNetworkAndAWrongSecret) {
    const std::string where = " file and env, expected one of them: where the secret is";
    expect_each({
        {"no block", called + "networks = ['10.0.0.1/8']\n", 8,
         "found \"10.0.0.1/8\" in networks, expected an address, or a block of them: "
         "\"10.0.0.0/8\""},
        {"a name", called + "networks = 'localhost'\n", 8,
         "found \"localhost\" in networks, expected an address, or a block of them: "
         "\"10.0.0.0/8\""},
        {"both", called + "secret = { file = 'a', env = 'B' }\n", 8, "found both" + where},
        {"neither", called + "secret = {}\n", 8, "found neither" + where},
        {"a key itself", called + "secret = 'whsec_x'\n", 8,
         "found \"whsec_x\" for secret, expected [function.secret]"},
    });
}

// ---- the filter ----

TEST(ConfigFunction, E64_NamesWhatNoRecordHas) {
    const auto filter = [](const std::string& text) { return called + "filter = " + text + "\n"; };
    const std::string images =
        "found a value for the attribute \"status\", expected its type tag "
        "before it: status = { S = [\"OPEN\"] } (in filter)";
    expect_each({
        {"a plain attribute", filter("{ dynamodb = { NewImage = { status = ['OPEN'] } } }"), 8,
         images},
        {"one in a map",
         filter("{ dynamodb = { NewImage = { a = { M = { status = ['OPEN'] } } } } }"), 8, images},
        {"no number", filter("{ dynamodb = { NewImage = { n = { N = ['five'] } } } }"), 8,
         "found \"five\" under the tag of a number, expected a number (in filter)"},
        {"a text's test for a number",
         filter("{ dynamodb = { NewImage = { n = { N = [{ prefix = '5' }] } } } }"), 8,
         "found a test of a text under the tag of a number, expected a number or numeric (in "
         "filter)"},
        {"no number among others",
         filter("{ dynamodb = { NewImage = { n = { N = [{ anything-but = ['1', 'x'] }] } } } }"), 8,
         "found \"x\" under the tag of a number, expected a number (in filter)"},
        {"no table", filter("'INSERT'"), 8,
         "found \"INSERT\" for filter, expected a table, such as { eventName = [\"INSERT\"] }, or "
         "several"},
        {"none of several", filter("[]"), 8, "found 0 filters, expected 1 to 10"},
    });
    for (const std::string text :
         {"{ eventname = ['INSERT'] }", "{ NewImage = { a = { S = ['x'] } } }",
          "{ dynamodb = { newImage = { a = { S = ['x'] } } } }",
          "{ dynamodb = { NewImage = { a = { s = ['x'] } } } }",
          "{ dynamodb = { NewImage = { a = { L = { X = ['x'] } } } } }",
          "[{ eventName = ['INSERT'] }, { eventNam = ['INSERT'] }]",
          "{ '$or' = [{ eventName = ['INSERT'] }, { eventNam = ['INSERT'] }] }"}) {
        EXPECT_NE(mistakes_in(filter(text)).find("(in filter)"), std::string::npos)
            << text << "\n"
            << mistakes_in(filter(text));
    }
}

TEST(ConfigFunction, E64_TakesUpToTenFilters) {
    const auto filters = [](int count) {
        std::string text = "{ eventName = ['INSERT'] }";
        for (int i = 1; i < count; ++i) text += ", { eventName = ['INSERT'] }";
        return called + "filter = [" + text + "]\n";
    };

    expect_fine({filters(1), filters(10)});
    expect_each({{"eleven", filters(11), 8, "found 11 filters, expected 1 to 10"}});
}

TEST(ConfigFunction, E64_TakesEveryOperatorOfAwsOnEveryPart) {
    const auto filter = [](const std::string& text) { return called + "filter = " + text + "\n"; };
    expect_fine({
        filter("{ eventName = ['INSERT', { anything-but = 'REMOVE' }] }"),
        filter("{ userIdentity = { type = ['Service'], principalId = [{ prefix = 'dyn' }] } }"),
        filter("{ dynamodb = { Keys = { pk = { S = [{ suffix = 'x' }] } } } }"),
        filter("{ dynamodb = { OldImage = { a = { N = [{ numeric = ['>', 0, '<=', 5] }] } } } }"),
        filter("{ dynamodb = { NewImage = { a = { S = [{ exists = false }] } } } }"),
        filter("{ dynamodb = { NewImage = { a = [{ exists = false }] } } }"),
        filter("{ dynamodb = { NewImage = { a = { NULL = [true] } } } }"),
        filter("{ dynamodb = { NewImage = { a = { S = ['', { equals-ignore-case = 'X' }] } } } }"),
        filter("{ dynamodb = { SequenceNumber = ['1'], StreamViewType = ['KEYS_ONLY'] } }"),
    });
}

}  // namespace
}  // namespace freshet::engine
