#include "engine/records/dynamodb_json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/item_key.h"
#include "engine/text/json.h"
#include "storage/change_log.h"
#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using storage::ChangeKind;
using storage::Position;
using support::must;

// A sample of a live stream, as AWS publishes it.
constexpr std::string_view user_event = R"({
  "Records": [
    {
      "eventID": "2c3c9f4192fb1f2447b3f47cfe741eb2",
      "eventName": "MODIFY",
      "eventVersion": "1.1",
      "eventSource": "aws:dynamodb",
      "awsRegion": "us-east-1",
      "dynamodb": {
        "ApproximateCreationDateTime": 1541552460,
        "Keys": {
          "id": {
            "S": "1"
          }
        },
        "NewImage": {
          "name": {
            "S": "test2"
          },
          "id": {
            "S": "1"
          }
        },
        "OldImage": {
          "name": {
            "S": "test"
          },
          "id": {
            "S": "1"
          }
        },
        "SequenceNumber": "3633500000000062125042319",
        "SizeBytes": 26,
        "StreamViewType": "NEW_AND_OLD_IMAGES"
      },
      "eventSourceARN": "arn:aws:dynamodb:us-east-1:306988141716:table/user-management-service-dmoscrop-Table-1W29TNEPIN2HX/stream/2018-11-06T23:29:42.757"
    }
  ]
})";

constexpr std::string_view orders_arn =
    R"("arn:aws:dynamodb:ddblocal:000000000000:table/orders/stream/2026-11-20T11:39:30.203")";

std::unique_ptr<Table> table(std::string name, std::vector<KeyPart> key, std::string from) {
    auto declared = std::make_unique<Table>();
    declared->name = std::move(name);
    declared->key = std::move(key);
    declared->from = std::move(from);
    return declared;
}

Catalog sample_catalog() {
    const auto starting_with = [](std::string_view prefix) {
        return Pattern({{"id", {Prefix{std::string(prefix)}}, nullptr}});
    };
    std::vector<std::unique_ptr<Table>> tables;
    tables.push_back(table("orders", {{"pk"}}, "orders"));
    tables.push_back(
        table("users", {{"id"}}, "user-management-service-dmoscrop-Table-1W29TNEPIN2HX"));
    tables.push_back(table("meters", {{"n", storage::ValueType::number}}, "meters"));
    tables.push_back(table("tickets", {{"tenant"}, {"id"}}, "single"));
    tables.back()->where = starting_with("TICKET#");
    tables.push_back(table("agents", {{"tenant"}, {"id"}}, "single"));
    tables.back()->where = starting_with("AGENT#");
    return Catalog(std::move(tables));
}

// A record of the table `orders`, to be spoilt in one place.
struct RecordText {
    std::string event_name = R"("MODIFY")";
    std::string arn = std::string(orders_arn);
    std::string keys = R"({"pk":{"S":"a"}})";
    std::string sequence = R"("100")";
    std::string images = R"("NewImage":{"pk":{"S":"a"}},)";
    std::string stream_members;  // each followed by a comma
    std::string members;         // likewise

    [[nodiscard]] std::string text() const {
        return "{" + members + R"("eventName":)" + event_name + R"(,"dynamodb":{"Keys":)" + keys +
               "," + images + stream_members + R"("SequenceNumber":)" + sequence +
               R"(},"eventSourceARN":)" + arn + "}";
    }
};

std::string event_of(const std::vector<std::string>& records) {
    std::string text;
    for (const std::string& record : records) text += (text.empty() ? "" : ",") + record;
    return R"({"Records":[)" + text + "]}";
}

// Such as "/Records/0/eventName: is missing, expected INSERT, MODIFY or REMOVE".
std::vector<std::string> lines_of(const ChangeBatch& batch) {
    std::vector<std::string> lines;
    if (!batch.refusal) return lines;
    for (const Fault& fault : batch.refusal->faults) {
        lines.push_back(fault.pointer + ": " + fault.detail);
    }
    return lines;
}

using Lines = std::vector<std::string>;

bool same_json(const JsonNode& a, const JsonNode& b) {
    if (a.type() != b.type() || a.size() != b.size()) return false;
    if (a.is(JsonType::object)) {
        for (const JsonNode& member : a) {
            const JsonNode* other = b.find(member.name());
            if (other == nullptr || !same_json(member, *other)) return false;
        }
        return true;
    }
    auto other = b.begin();
    for (const JsonNode& element : a) {
        if (!same_json(element, *other)) return false;
        ++other;
    }
    return a.text() == b.text() && a.truth() == b.truth();
}

class DynamodbJsonTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        temp = std::make_unique<support::TempFolder>();
        folder = must(storage::DataFolder::open(temp->file("data"), {}));
    }
    static void TearDownTestSuite() {
        folder.reset();
        temp.reset();
    }

    Result<ChangeBatch> try_decode(std::string body) {
        return decode_records(std::move(body), catalog, options);
    }
    ChangeBatch decode(std::string body) { return must(try_decode(std::move(body))); }

    Lines faults(const RecordText& record) { return lines_of(decode(event_of({record.text()}))); }

    // The faults of a record whose new image has the attribute `v`, from the pointer of `v` on.
    Lines faults_of_value(const std::string& value) {
        RecordText record;
        record.images = R"("NewImage":{"pk":{"S":"a"},"v":)" + value + "},";
        Lines lines = faults(record);
        const std::string prefix = "/Records/0/dynamodb/NewImage/v";
        for (std::string& line : lines) {
            EXPECT_EQ(line.find(prefix), 0u) << line;
            line.erase(0, prefix.size());
        }
        return lines;
    }

    storage::Change decode_one(std::string body) {
        ChangeBatch batch = decode(std::move(body));
        EXPECT_EQ(lines_of(batch), Lines{});
        EXPECT_EQ(batch.records.size(), 1u);
        return std::move(batch.records.at(0).change.value());
    }

    // The change as it is given back once it is in a log.
    static std::string written(const storage::Change& change) {
        storage::LogBatch batch = folder->log().begin();
        std::optional<storage::ImageView> before;
        if (change.before) before = change.before->view();
        const storage::Record& record = batch.add(change, {Position{}, before});
        std::string out;
        append_record_json(out, must(storage::Record::from_bytes(record.position(), record.chain(),
                                                                 std::string(record.bytes()))));
        return out;
    }

    // Expects that what is given back says all that `record` says, its size among it, and nothing
    // else but position and table.
    void expect_given_back(const std::string& record) {
        const storage::Change change = decode_one(record);
        const std::string back = written(change);
        const JsonDocument sent = must(JsonDocument::parse(record));
        const JsonDocument got = must(JsonDocument::parse(back));
        EXPECT_EQ(got.root().size(), sent.root().size() + 2) << back;
        EXPECT_EQ(got.root().find("position")->text(), "1");
        EXPECT_EQ(got.root().find("table")->text(), change.table);
        for (const JsonNode& member : sent.root()) {
            const JsonNode* same = got.root().find(member.name());
            ASSERT_NE(same, nullptr) << member.name();
            EXPECT_TRUE(same_json(member, *same)) << member.name() << " in " << back;
        }
        EXPECT_EQ(written(decode_one(back)), back);
    }

    static std::unique_ptr<support::TempFolder> temp;
    static std::unique_ptr<storage::DataFolder> folder;

    const Catalog catalog = sample_catalog();
    DecodeOptions options;
};

std::unique_ptr<support::TempFolder> DynamodbJsonTest::temp;
std::unique_ptr<storage::DataFolder> DynamodbJsonTest::folder;

TEST_F(DynamodbJsonTest, ReadsALambdaEvent) {
    const ChangeBatch batch = decode(std::string(user_event));

    EXPECT_EQ(lines_of(batch), Lines{});
    ASSERT_EQ(batch.records.size(), 1u);
    EXPECT_EQ(batch.records[0].sequence, "3633500000000062125042319");
    EXPECT_EQ(batch.bytes, user_event.size());
    EXPECT_FALSE(batch.partial);
    const storage::Change& change = batch.records[0].change.value();
    EXPECT_EQ(change.table, "users");
    EXPECT_EQ(change.kind, ChangeKind::modify);
    EXPECT_EQ(change.source, "user-management-service-dmoscrop-Table-1W29TNEPIN2HX");
    EXPECT_EQ(change.label, "2018-11-06T23:29:42.757");
    EXPECT_EQ(change.sequence.text(), "3633500000000062125042319");
    EXPECT_FALSE(change.key.empty());
    EXPECT_EQ(change.keys->view().find("id")->text(), "1");
    EXPECT_EQ(change.after->view().find("name")->text(), "test2");
    EXPECT_EQ(change.before->view().find("name")->text(), "test");
}

TEST_F(DynamodbJsonTest, KeepsTheRestOfTheRecordAsItCame) {
    const storage::Change change = decode_one(std::string(user_event));

    EXPECT_EQ(change.envelope,
              R"("eventID":"2c3c9f4192fb1f2447b3f47cfe741eb2","eventVersion":"1.1",)"
              R"("eventSource":"aws:dynamodb","awsRegion":"us-east-1","eventSourceARN":)"
              R"("arn:aws:dynamodb:us-east-1:306988141716:table/user-management-service-)"
              R"(dmoscrop-Table-1W29TNEPIN2HX/stream/2018-11-06T23:29:42.757")");
    EXPECT_EQ(change.stream_envelope, R"("ApproximateCreationDateTime":1541552460,"SizeBytes":26,)"
                                      R"("StreamViewType":"NEW_AND_OLD_IMAGES")");
}

TEST_F(DynamodbJsonTest, GivesALambdaEventsRecordBackWhole) {
    const JsonDocument event = must(JsonDocument::parse(std::string(user_event)));
    std::string record;
    append_json(record, *event.root().find("Records")->begin());

    expect_given_back(record);
}

TEST_F(DynamodbJsonTest, WritesARecordInTheFormOfTheEvent) {
    RecordText record;
    record.members = R"("eventID":"e",)";
    record.stream_members = R"("SizeBytes":1.50e1,)";

    EXPECT_EQ(written(decode_one(record.text())),
              R"({"position":1,"table":"orders","eventID":"e","eventSourceARN":)" +
                  std::string(orders_arn) +
                  R"(,"eventName":"MODIFY","dynamodb":{"Keys":{"pk":{"S":"a"}},)"
                  R"("NewImage":{"pk":{"S":"a"}},"SequenceNumber":"100","SizeBytes":1.50e1}})");
}

TEST_F(DynamodbJsonTest, WritesARecordThatHoldsNothingBesides) {
    options.table = catalog.table("orders");

    const storage::Change change = decode_one(
        R"({"eventName":"REMOVE","dynamodb":{"Keys":{"pk":{"S":"a"}},"SequenceNumber":"007"}})");

    EXPECT_EQ(written(change), R"({"position":1,"table":"orders","eventName":"REMOVE",)"
                               R"("dynamodb":{"Keys":{"pk":{"S":"a"}},"SequenceNumber":"007",)"
                               R"("SizeBytes":3}})");
}

TEST_F(DynamodbJsonTest, SaysTheSizeThatTheSourceSentOrElseTheOneItHas) {
    RecordText record;
    record.images = R"("NewImage":{"pk":{"S":"a"},"n":{"S":"\"SizeBytes\":7"}},)";
    const std::string without = written(decode_one(record.text()));
    record.stream_members = R"("SizeBytes":7,)";
    const std::string with = written(decode_one(record.text()));

    EXPECT_NE(without.find(R"("SequenceNumber":"100","SizeBytes":20})"), std::string::npos)
        << without;
    EXPECT_NE(with.find(R"("SequenceNumber":"100","SizeBytes":7})"), std::string::npos) << with;
    EXPECT_EQ(written(decode_one(without)), without);
}

TEST_F(DynamodbJsonTest, WritesTheOldImageOnlyIfTheSourceSentIt) {
    RecordText record;
    storage::Change change = decode_one(record.text());
    storage::LogBatch batch = folder->log().begin();
    const storage::Image known = *change.after;

    std::string out;
    append_record_json(out, batch.add(change, {{}, known.view()}));

    EXPECT_EQ(out.find("OldImage"), std::string::npos);
    EXPECT_TRUE(batch.records()[0].before().has_value());
}

TEST_F(DynamodbJsonTest, GivesEveryTypeBackAsItCame) {
    RecordText record;
    record.stream_members = R"("SizeBytes":1,)";
    record.images =
        R"("NewImage":{"pk":{"S":"a"},"s":{"S":""},"n":{"N":"-1234567890123456789012345678901234567.8"},)"
        R"("n2":{"N":"1.0E+125"},"n3":{"N":"007"},"b":{"B":"AP8="},"empty":{"B":""},"t":{"BOOL":true},)"
        R"("f":{"BOOL":false},"null":{"NULL":true},"ss":{"SS":["z","a","Z"]},)"
        R"("ns":{"NS":["10","9","1e-3"]},"bs":{"BS":["/w==","AA=="]},)"
        R"("l":{"L":[{"S":"x"},{"N":"1"},{"L":[]},{"M":{}},{"NULL":true},{"L":[{"BOOL":false}]}]},)"
        R"("m":{"M":{"z":{"M":{"y":{"SS":["k"]},"x":{"L":[{"M":{"w":{"B":"AQ=="}}}]}}},"a":{"N":"0"}}}},)"
        R"("OldImage":{"pk":{"S":"a"},"ns":{"NS":["9","10"]},"gone":{"S":"x"}},)";

    expect_given_back(record.text());
}

TEST_F(DynamodbJsonTest, GivesHostileTextsAndNamesBackAsTheyCame) {
    RecordText record;
    record.keys = R"({"pk":{"S":"../\u0000\"{}"}})";
    record.images =
        R"("NewImage":{"__proto__":{"S":"constructor"},"a/b":{"S":"~"},"~":{"S":"a\u0000b"},)"
        R"("a.b":{"S":"\u2028\u2029"},"\"":{"S":"\\"},"\ud83d\ude42":{"S":"\ud83d\ude42\ud83d\ude42"},)"
        R"("\u0000":{"SS":["\u0000","\u0001","\n\r\t\b\f"]},"</script>":{"M":{"__proto__":{"NULL":true}}},)"
        R"(" ":{"S":"\uffff\ufeff"},"toString":{"S":"\u007f"}},)";
    record.members = R"("__proto__":{"a":[1,"\u0000",null]},"a\"b":"\ud83d\ude42",)";
    record.stream_members =
        R"("SizeBytes":1,"userIdentity":{"principalId":"dynamodb.amazonaws.com"},)";

    expect_given_back(record.text());
}

TEST_F(DynamodbJsonTest, GivesDeepNestingBackAsItCame) {
    std::string value = R"({"S":"x"})";
    for (int level = 0; level < 32; ++level) {
        value = level % 2 == 0 ? R"({"M":{"m":)" + value + "}}" : R"({"L":[)" + value + "]}";
    }
    RecordText record;
    record.stream_members = R"("SizeBytes":1,)";
    record.images = R"("NewImage":{"v":)" + value + R"(},"OldImage":{"v":)" + value + "},";

    expect_given_back(record.text());
}

TEST_F(DynamodbJsonTest, TakesAnEventOneRecordOrAnArray) {
    const std::string record = RecordText().text();

    const ChangeBatch event = decode(R"({"Extra":1,"Records":[)" + record + "," + record + "]}");
    EXPECT_EQ(event.records.size(), 2u);
    EXPECT_EQ(event.place(1).pointer, "/Records/1");
    const ChangeBatch one = decode(record);
    EXPECT_EQ(one.records.size(), 1u);
    EXPECT_EQ(one.place(0).pointer, "");
    const ChangeBatch array = decode("[" + record + "," + record + "]");
    EXPECT_EQ(array.records.size(), 2u);
    EXPECT_EQ(array.place(1).pointer, "/1");
    for (const ChangeBatch* batch : {&event, &one, &array}) {
        EXPECT_EQ(lines_of(*batch), Lines{});
        EXPECT_EQ(batch->records[0].change->key, event.records[1].change->key);
    }
}

TEST_F(DynamodbJsonTest, TakesABatchOfNothing) {
    for (const std::string body : {"[]", R"({"Records":[]})"}) {
        const ChangeBatch batch = decode(body);

        EXPECT_TRUE(batch.records.empty());
        EXPECT_FALSE(batch.refusal.has_value());
    }
}

TEST_F(DynamodbJsonTest, RefusesABodyOfAnotherForm) {
    const std::string expected =
        R"(, expected {"Records":[…]}, one record, or an array of records)";

    EXPECT_EQ(lines_of(decode("1")), Lines{": found a number" + expected});
    EXPECT_EQ(lines_of(decode("null")), Lines{": found null" + expected});
    EXPECT_EQ(lines_of(decode(R"({"records":[]})")),
              Lines{": found an object with neither Records nor dynamodb" + expected});
    EXPECT_EQ(lines_of(decode(R"({"Records":{}})")),
              Lines{"/Records: found an object, expected an array of records"});
    EXPECT_EQ(lines_of(decode(R"({"Records":[],"Records":[]})")),
              Lines{"/Records: is there more than once"});
    EXPECT_EQ(lines_of(decode(R"([1,"a"])")),
              (Lines{"/0: found a number, expected an object: a record",
                     "/1: found a string, expected an object: a record"}));
}

TEST_F(DynamodbJsonTest, RefusesABodyThatIsNotJson) {
    const auto batch = try_decode(R"({"Records":[},)");

    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().code, Errc::malformed);
    EXPECT_EQ(batch.error().message, "line 1, column 13: found '}', expected a value");
}

TEST_F(DynamodbJsonTest, RefusesABodyCutAnywhere) {
    for (std::size_t bytes = 0; bytes < user_event.size(); ++bytes) {
        const auto batch = try_decode(std::string(user_event.substr(0, bytes)));

        ASSERT_FALSE(batch) << bytes;
        EXPECT_EQ(batch.error().code, Errc::malformed) << bytes;
    }
}

TEST_F(DynamodbJsonTest, DecodesOneTextBehindTheOther) {
    const std::string record = RecordText().text();
    ChangeBatch batch;

    must(decode_text(record, 3, catalog, options, batch));
    must(decode_text("[]", 4, catalog, options, batch));
    must(decode_text(event_of({record, record}), 5, catalog, options, batch));
    must(decode_text("[" + record + R"(,{"eventName":"EAT"}])", 7, catalog, options, batch));

    ASSERT_EQ(batch.records.size(), 4u);
    EXPECT_EQ(batch.place(0).line, 3u);
    EXPECT_EQ(batch.place(0).pointer, "");
    EXPECT_EQ(batch.place(2).line, 5u);
    EXPECT_EQ(batch.place(2).pointer, "/Records/1");
    EXPECT_EQ(batch.place(3).line, 7u);
    EXPECT_EQ(batch.place(3).pointer, "/0");
    ASSERT_TRUE(batch.refusal.has_value());
    for (const Fault& fault : batch.refusal->faults) {
        EXPECT_EQ(fault.line, 7u);
        EXPECT_TRUE(fault.pointer.starts_with("/1/")) << fault.pointer;
    }
}

TEST_F(DynamodbJsonTest, ATextThatIsNotJsonLeavesTheBatchAsItWas) {
    ChangeBatch batch;
    must(decode_text(RecordText().text(), 1, catalog, options, batch));

    const auto decoded = decode_text("[1,", 2, catalog, options, batch);

    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, Errc::malformed);
    EXPECT_TRUE(decoded.error().message.starts_with("line 2, column 4: "));
    EXPECT_EQ(batch.records.size(), 1u);
    EXPECT_EQ(batch.parts.size(), 1u);
    EXPECT_FALSE(batch.refusal.has_value());
}

TEST_F(DynamodbJsonTest, BoundsTheRecordsOfABatch) {
    const std::string record = RecordText().text();
    std::string records = record;
    for (std::size_t i = 1; i < batch_records_max; ++i) records += "," + record;

    EXPECT_EQ(decode("[" + records + "]").records.size(), batch_records_max);

    const auto batch = try_decode("[" + records + "," + record + "]");
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().code, Errc::too_large);
    EXPECT_EQ(batch.error().message, "10001 records in one batch; at most 10000 are taken");
}

TEST_F(DynamodbJsonTest, ReadsTheKindOfChange) {
    RecordText record;
    record.images = "";

    record.event_name = R"("INSERT")";
    EXPECT_EQ(decode_one(record.text()).kind, ChangeKind::insert);
    record.event_name = R"("MODIFY")";
    EXPECT_EQ(decode_one(record.text()).kind, ChangeKind::modify);
    record.event_name = R"("REMOVE")";
    EXPECT_EQ(decode_one(record.text()).kind, ChangeKind::remove);

    record.event_name = R"("insert")";
    EXPECT_EQ(faults(record),
              Lines{"/Records/0/eventName: found `insert`, expected INSERT, MODIFY or REMOVE"});
    record.event_name = "1";
    EXPECT_EQ(faults(record),
              Lines{"/Records/0/eventName: found a number, expected INSERT, MODIFY or REMOVE"});
}

TEST_F(DynamodbJsonTest, NamesEverythingThatIsMissing) {
    EXPECT_EQ(lines_of(decode("[{}]")),
              (Lines{"/0/eventName: is missing, expected INSERT, MODIFY or REMOVE",
                     "/0/eventSourceARN: is missing: without it, name the table with ?table=",
                     "/0/dynamodb: is missing, expected an object"}));
    EXPECT_EQ(
        lines_of(decode(R"({"eventName":"INSERT","dynamodb":{},"eventSourceARN":)" +
                        std::string(orders_arn) + "}")),
        (Lines{"/dynamodb/Keys: is missing, expected an object of the key attributes",
               "/dynamodb/SequenceNumber: is missing, expected a string of 1 to 128 digits"}));
}

TEST_F(DynamodbJsonTest, NamesEveryWrongType) {
    EXPECT_EQ(lines_of(decode(R"([{"eventName":[],"dynamodb":"x","eventSourceARN":null}])")),
              (Lines{"/0/eventName: found an array, expected INSERT, MODIFY or REMOVE",
                     "/0/eventSourceARN: found null, expected a stream such as "
                     "arn:aws:dynamodb:eu-west-1:123456789012:table/NAME/stream/LABEL",
                     "/0/dynamodb: found a string, expected an object"}));

    RecordText record;
    record.keys = "null";
    record.images = R"("NewImage":[],"OldImage":true,)";
    record.sequence = "100";
    record.stream_members = R"("StreamViewType":{},)";
    const std::string at = "/Records/0/dynamodb/";
    EXPECT_EQ(faults(record),
              (Lines{at + "Keys: found null, expected an object of attributes",
                     at + "NewImage: found an array, expected an object of attributes",
                     at + "OldImage: found a boolean, expected an object of attributes",
                     at + "SequenceNumber: found a number, expected a string of 1 to 128 digits",
                     at + "StreamViewType: found an object, expected KEYS_ONLY, NEW_IMAGE, "
                          "OLD_IMAGE or NEW_AND_OLD_IMAGES"}));
}

TEST_F(DynamodbJsonTest, RefusesMembersThatAreThereTwice) {
    RecordText record;
    record.members = R"("eventName":"INSERT","dynamodb":{},"eventSourceARN":"x",)";
    record.stream_members =
        R"("Keys":{"pk":{"S":"a"}},"NewImage":{"pk":{"S":"a"}},"SequenceNumber":"1",)"
        R"("StreamViewType":"KEYS_ONLY","StreamViewType":"KEYS_ONLY",)";

    Lines lines = faults(record);

    std::sort(lines.begin(), lines.end());
    EXPECT_EQ(lines, (Lines{"/Records/0/dynamodb/Keys: is there more than once",
                            "/Records/0/dynamodb/NewImage: is there more than once",
                            "/Records/0/dynamodb/SequenceNumber: is there more than once",
                            "/Records/0/dynamodb/StreamViewType: is there more than once",
                            "/Records/0/dynamodb: is there more than once",
                            "/Records/0/eventName: is there more than once",
                            "/Records/0/eventSourceARN: is there more than once"}));
}

TEST_F(DynamodbJsonTest, TakesSequenceNumbersOfUpTo128Digits) {
    RecordText record;
    const std::vector<std::string> taken{"0", "000000000000000000173", "3633500000000062125042319",
                                         "49590338271490256608559692538361571095921575989136588898",
                                         std::string(128, '9')};
    for (const std::string& digits : taken) {
        record.sequence = "\"" + digits + "\"";

        const storage::Change change = decode_one(record.text());

        EXPECT_EQ(change.sequence.text(), digits);
    }
    for (const std::string digits : {"", "12a", "-1", "1.0", " 1"}) {
        record.sequence = "\"" + digits + "\"";
        EXPECT_EQ(faults(record), Lines{"/Records/0/dynamodb/SequenceNumber: found `" + digits +
                                        "`, expected a string of 1 to 128 digits"});
    }
    record.sequence = '"' + std::string(129, '9') + '"';
    EXPECT_EQ(faults(record).size(), 1u);
}

TEST_F(DynamodbJsonTest, TakesImagesThatAreNullAsAbsent) {
    RecordText record;
    record.images = R"("NewImage":null,"OldImage":null,)";
    for (const std::string kind : {R"("INSERT")", R"("MODIFY")", R"("REMOVE")"}) {
        record.event_name = kind;

        const storage::Change change = decode_one(record.text());

        EXPECT_FALSE(change.after.has_value());
        EXPECT_FALSE(change.before.has_value());
        EXPECT_EQ(change.stream_envelope, "");
    }
}

TEST_F(DynamodbJsonTest, TakesImagesWithoutAttributesAsAbsent) {
    RecordText record;
    record.event_name = R"("INSERT")";
    record.images = R"("NewImage":{"pk":{"S":"a"}},"OldImage":{},)";
    EXPECT_FALSE(decode_one(record.text()).before.has_value());

    record.event_name = R"("REMOVE")";
    record.images = R"("NewImage":{},"OldImage":{"pk":{"S":"a"}},)";
    EXPECT_FALSE(decode_one(record.text()).after.has_value());

    record.event_name = R"("MODIFY")";
    for (const std::string type : {"KEYS_ONLY", "OLD_IMAGE"}) {
        record.images = R"("NewImage":{},)";
        record.stream_members = R"("StreamViewType":")" + type + "\",";
        EXPECT_FALSE(decode_one(record.text()).after.has_value()) << type;
    }
}

TEST_F(DynamodbJsonTest, RefusesAChangeThatHasLostThePromisedImage) {
    const std::string at = "/Records/0/dynamodb/NewImage: ";
    RecordText record;
    for (const std::string kind : {"INSERT", "MODIFY"}) {
        record.event_name = '"' + kind + '"';
        for (const std::string type : {"NEW_IMAGE", "NEW_AND_OLD_IMAGES"}) {
            const std::string promise = ", expected the item's attributes: StreamViewType " + type +
                                        " sends them with every change";
            record.stream_members = R"("StreamViewType":")" + type + "\",";
            record.images = "";
            EXPECT_EQ(faults(record), Lines{at + "is missing" + promise});
            record.images = R"("NewImage":{},)";
            EXPECT_EQ(faults(record), Lines{at + "is empty" + promise});
            record.images = R"("NewImage":null,)";
            EXPECT_EQ(faults(record), Lines{at + "is empty" + promise});
            record.images = R"("NewImage":{"pk":{"S":"a"}},)";
            EXPECT_EQ(faults(record), Lines{}) << "an image before is known here";
        }
        record.stream_members = "";
        record.images = R"("NewImage":{},)";
        EXPECT_EQ(faults(record), Lines{at + "is empty, expected the item's attributes"});
        record.images = "";
        EXPECT_EQ(faults(record), Lines{}) << "a source that says no type promises nothing";
    }
}

TEST_F(DynamodbJsonTest, RefusesImagesThatTheKindOfChangeCannotHave) {
    RecordText record;
    record.images = R"("NewImage":{"pk":{"S":"a"}},"OldImage":{"pk":{"S":"a"}},)";

    record.event_name = R"("REMOVE")";
    EXPECT_EQ(faults(record), Lines{"/Records/0/dynamodb/NewImage: a REMOVE leaves no new image"});
    record.event_name = R"("INSERT")";
    EXPECT_EQ(faults(record), Lines{"/Records/0/dynamodb/OldImage: an INSERT has no old image"});
}

TEST_F(DynamodbJsonTest, ChecksTheViewType) {
    RecordText record;
    for (const std::string type : {"KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"}) {
        record.stream_members = R"("StreamViewType":")" + type + "\",";
        EXPECT_EQ(decode_one(record.text()).stream_envelope, R"("StreamViewType":")" + type + "\"");
    }
    record.stream_members = R"("StreamViewType":"ALL",)";
    EXPECT_EQ(faults(record), Lines{"/Records/0/dynamodb/StreamViewType: found `ALL`, expected "
                                    "KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES"});
}

TEST_F(DynamodbJsonTest, AsksForExactlyOneKnownTypeTag) {
    const std::string tags = "S, N, B, BOOL, NULL, SS, NS, BS, L, M";

    EXPECT_EQ(faults_of_value("{}"), Lines{": found 0 type tags, expected exactly one of " + tags});
    EXPECT_EQ(faults_of_value(R"({"S":"a","N":"1"})"),
              Lines{": found 2 type tags, expected exactly one of " + tags});
    EXPECT_EQ(faults_of_value(R"({"S":"a","S":"a"})"),
              Lines{": found 2 type tags, expected exactly one of " + tags});
    EXPECT_EQ(faults_of_value(R"({"s":"a"})"),
              Lines{": found the type tag `s`, expected one of " + tags});
    EXPECT_EQ(faults_of_value(R"("a")"),
              Lines{R"(: found a string, expected a typed value such as {"S":"text"})"});
    EXPECT_EQ(faults_of_value("null"),
              Lines{R"(: found null, expected a typed value such as {"S":"text"})"});
}

TEST_F(DynamodbJsonTest, ChecksScalars) {
    EXPECT_EQ(faults_of_value(R"({"S":1})"), Lines{"/S: found a number, expected a string"});
    EXPECT_EQ(faults_of_value(R"({"N":1})"),
              Lines{"/N: found a number, expected a number written as a string"});
    EXPECT_EQ(faults_of_value(R"({"N":"1x"})"), Lines{"/N: found `1x`, expected a number"});
    EXPECT_EQ(faults_of_value(R"({"N":"NaN"})"), Lines{"/N: found `NaN`, expected a number"});
    EXPECT_EQ(faults_of_value(R"({"N":""})"), Lines{"/N: found ``, expected a number"});
    EXPECT_EQ(faults_of_value(R"({"B":"AP8"})"), Lines{"/B: found `AP8`, expected base64"});
    EXPECT_EQ(faults_of_value(R"({"B":[0,255]})"), Lines{"/B: found an array, expected a string"});
    EXPECT_EQ(faults_of_value(R"({"BOOL":"true"})"),
              Lines{"/BOOL: found a string, expected true or false"});
    EXPECT_EQ(faults_of_value(R"({"NULL":false})"), Lines{}) << "the SDKs take it, too";
    EXPECT_EQ(faults_of_value(R"({"NULL":null})"), Lines{"/NULL: found null, expected true"});
}

TEST_F(DynamodbJsonTest, QuotesLongTextsInPart) {
    std::string text = "x";
    for (int i = 0; i < 1'000; ++i) text += "\xC3\xA9";

    const Lines lines = faults_of_value(R"({"N":")" + text + "\"}");

    EXPECT_EQ(lines, Lines{"/N: found `" + text.substr(0, 59) + "…`, expected a number"})
        << "no character is cut in two";
}

TEST_F(DynamodbJsonTest, ChecksSets) {
    EXPECT_EQ(faults_of_value(R"({"SS":"a"})"),
              Lines{"/SS: found a string, expected an array of strings"});
    for (const std::string tag : {"SS", "NS", "BS"}) {
        EXPECT_EQ(faults_of_value("{\"" + tag + "\":[]}"), Lines{}) << "the SDKs take it, too";
    }
    EXPECT_EQ(faults_of_value(R"({"SS":["a",1,null]})"),
              (Lines{"/SS/1: found a number, expected a string",
                     "/SS/2: found null, expected a string"}));
    EXPECT_EQ(faults_of_value(R"({"NS":["1",2,"x"]})"),
              (Lines{"/NS/1: found a number, expected a number written as a string",
                     "/NS/2: found `x`, expected a number"}));
    EXPECT_EQ(faults_of_value(R"({"BS":["AA==","A"]})"),
              Lines{"/BS/1: found `A`, expected base64"});
    EXPECT_EQ(faults_of_value(R"({"SS":["b","a","b"]})"),
              Lines{"/SS/2: the set holds this element already"});
    EXPECT_EQ(faults_of_value(R"({"NS":["7.50","8","75e-1"]})"),
              Lines{"/NS/2: the set holds this element already"});
    EXPECT_EQ(faults_of_value(R"({"BS":["AA==","AQ==","AA=="]})"),
              Lines{"/BS/2: the set holds this element already"});
}

TEST_F(DynamodbJsonTest, ChecksNestedValues) {
    EXPECT_EQ(faults_of_value(R"({"L":{}})"),
              Lines{"/L: found an object, expected an array of typed values"});
    EXPECT_EQ(faults_of_value(R"({"M":[]})"),
              Lines{"/M: found an array, expected an object of attributes"});
    EXPECT_EQ(faults_of_value(
                  R"({"L":[{"S":"a"},{"M":{"a/b":{"N":"x"},"~":{"L":[{"S":"a"},{"S":1}]}}}]})"),
              (Lines{"/L/1/M/a~1b/N: found `x`, expected a number",
                     "/L/1/M/~0/L/1/S: found a number, expected a string"}));
    EXPECT_EQ(faults_of_value(R"({"M":{"b":{"S":"1"},"a":{"S":"2"},"b":{"N":"3"}}})"),
              Lines{"/M/b: the attribute is there more than once"});
}

TEST_F(DynamodbJsonTest, RefusesAttributesThatAreThereTwice) {
    RecordText record;
    record.keys = R"({"pk":{"S":"a"},"pk":{"S":"a"}})";
    record.images = R"("NewImage":{"v":{"S":"a"},"pk":{"S":"a"},"v":{"S":"a"}},)";

    EXPECT_EQ(faults(record),
              (Lines{"/Records/0/dynamodb/Keys/pk: the attribute is there more than once",
                     "/Records/0/dynamodb/NewImage/v: the attribute is there more than once"}));
}

TEST_F(DynamodbJsonTest, ReadsTheNextRecordAfterAWrongOneAnew) {
    RecordText wrong;
    wrong.images = R"("NewImage":{"pk":{"S":"a"},"l":{"L":[{"S":"x"},{"N":"x"}]}},)";

    const ChangeBatch batch = decode(event_of({RecordText().text(), wrong.text(), wrong.text()}));

    ASSERT_EQ(batch.records.size(), 1u);
    EXPECT_EQ(batch.records[0].change->after->view().size(), 1u);
    EXPECT_EQ(lines_of(batch),
              (Lines{"/Records/1/dynamodb/NewImage/l/L/1/N: found `x`, expected a number",
                     "/Records/2/dynamodb/NewImage/l/L/1/N: found `x`, expected a number"}));
}

TEST_F(DynamodbJsonTest, ChecksThatImagesHaveTheKeyOfTheRecord) {
    RecordText record;
    record.images = R"("NewImage":{"pk":{"S":"b"}},"OldImage":{"pk":{"B":"YQ=="}},)";
    EXPECT_EQ(
        faults(record),
        (Lines{"/Records/0/dynamodb/NewImage/pk: the key attribute differs from that in Keys",
               "/Records/0/dynamodb/OldImage/pk: the key attribute differs from that in Keys"}));

    record.images = R"("NewImage":{"v":{"S":"b"}},"OldImage":{},)";
    EXPECT_EQ(faults(record), Lines{}) << "a missing key attribute is no contradiction";
}

TEST_F(DynamodbJsonTest, ComparesNumbersInKeysByValue) {
    options.table = catalog.table("meters");
    RecordText record;
    record.keys = R"({"n":{"N":"7.50"}})";
    record.images = R"("NewImage":{"n":{"N":"75e-1"}},)";
    const storage::Change change = decode_one(record.text());
    record.keys = R"({"n":{"N":"7.5"}})";

    EXPECT_EQ(decode_one(record.text()).key, change.key);
    EXPECT_EQ(change.keys->view().find("n")->text(), "7.50") << "it is kept as it came";

    record.images = R"("NewImage":{"n":{"N":"7.51"}},)";
    EXPECT_EQ(faults(record),
              Lines{"/Records/0/dynamodb/NewImage/n: the key attribute differs from that in Keys"});
}

TEST_F(DynamodbJsonTest, ChecksTheKeyAgainstTheTable) {
    RecordText record;
    record.images = "";
    const auto pointer = [&](const std::string& keys) {
        record.keys = keys;
        const Lines lines = faults(record);
        EXPECT_EQ(lines.size(), 1u);
        return lines.at(0).substr(0, lines.at(0).find(": "));
    };

    EXPECT_EQ(pointer("{}"), "/Records/0/dynamodb/Keys");
    EXPECT_EQ(pointer(R"({"pk":{"N":"1"}})"), "/Records/0/dynamodb/Keys/pk");
    EXPECT_EQ(pointer(R"({"pk":{"S":"a"},"a/b":{"S":"b"}})"), "/Records/0/dynamodb/Keys/a~1b");
}

TEST_F(DynamodbJsonTest, ReadsSourceAndLabelFromTheArn) {
    RecordText record;
    const auto source_and_label = [&](const std::string& arn) {
        record.arn = "\"" + arn + "\"";
        const storage::Change change = decode_one(record.text());
        return change.source + " " + change.label;
    };

    EXPECT_EQ(source_and_label(
                  "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/2018-11-06T23:29:42.757"),
              "orders 2018-11-06T23:29:42.757");
    EXPECT_EQ(source_and_label("arn:aws-cn:dynamodb:cn-north-1:1:table/orders"), "orders ");
    for (const std::string arn :
         {"", "orders", "arn:aws:sqs:eu-west-1:1:queue", "arn:a:table/", "arn:a:table//stream/l",
          "arn:a:table/orders/stream/", "arn:a:table/orders/stream", "arn:a:table/orders/",
          "arn:a:table/orders/index/i", "arn:a:table/orders/stream/l/m", "x:table/orders"}) {
        record.arn = "\"" + arn + "\"";
        EXPECT_EQ(faults(record),
                  Lines{"/Records/0/eventSourceARN: found `" + arn +
                        "`, expected a stream such as "
                        "arn:aws:dynamodb:eu-west-1:123456789012:table/NAME/stream/LABEL; a source "
                        "with names of another form needs ?table="});
    }
}

TEST_F(DynamodbJsonTest, TakesAnyNameOfAStreamWhereTheTableIsNamed) {
    options.table = catalog.table("orders");
    RecordText record;
    record.arn = R"("arn:aws:kinesis:eu-west-1:1:stream/orders")";

    const storage::Change change = decode_one(record.text());

    EXPECT_EQ(change.origin, "");
    EXPECT_EQ(change.source, "arn:aws:kinesis:eu-west-1:1:stream/orders");
    EXPECT_EQ(change.label, "");
    record.arn = R"("")";
    EXPECT_EQ(faults(record).size(), 1U);
}

TEST_F(DynamodbJsonTest, ReadsWhenTheSourceSaysThatAChangeWasMade) {
    RecordText record;
    EXPECT_EQ(decode_one(record.text()).time, std::nullopt);
    record.stream_members = R"("ApproximateCreationDateTime":1767225600,)";

    const storage::Change change = decode_one(record.text());

    ASSERT_TRUE(change.time);
    EXPECT_EQ(change.time->time_since_epoch(), std::chrono::seconds(1'767'225'600));
    EXPECT_EQ(change.stream_envelope, R"("ApproximateCreationDateTime":1767225600)");
}

TEST_F(DynamodbJsonTest, RefusesASourceThatNoTableTakesFrom) {
    RecordText record;
    record.arn = R"("arn:aws:dynamodb:eu-west-1:1:table/pizzas/stream/l")";

    EXPECT_EQ(
        faults(record),
        Lines{"/Records/0/eventSourceARN: no table takes from the source table `pizzas`; known "
              "are `meters`, `orders`, `single`, "
              "`user-management-service-dmoscrop-Table-1W29TNEPIN2HX`. If it continues one of "
              "these (it was restored, or copied), adopt its stream: freshet adopt --table TABLE "
              "--stream arn:aws:dynamodb:eu-west-1:1:table/pizzas; a table of its own is declared "
              "with it as `name` or `from`"});
    EXPECT_EQ(decode(record.text()).untaken,
              (RefusedStream{.stream = "arn:aws:dynamodb:eu-west-1:1:table/pizzas/stream/l",
                             .records = 1}));
}

TEST_F(DynamodbJsonTest, RoutesByTheKeyWhereTablesShareASource) {
    RecordText record;
    record.arn = R"("arn:aws:dynamodb:eu-west-1:1:table/single/stream/l")";
    record.images = "";
    const auto with_id = [&](const std::string& id) {
        record.keys = R"({"tenant":{"S":"t"},"id":{"S":")" + id + "\"}}";
        return record.text();
    };

    EXPECT_EQ(decode_one(with_id("TICKET#1")).table, "tickets");
    EXPECT_EQ(decode_one(with_id("AGENT#1")).table, "agents");

    const ChangeBatch ignored = decode(with_id("INVOICE#1"));
    EXPECT_EQ(lines_of(ignored), Lines{});
    ASSERT_EQ(ignored.records.size(), 1u);
    EXPECT_FALSE(ignored.records[0].change.has_value());
    EXPECT_EQ(ignored.records[0].sequence, "100");
}

TEST_F(DynamodbJsonTest, RefusesKeysThatNoTableOfTheirSourceHas) {
    RecordText record;
    record.arn = R"("arn:aws:dynamodb:eu-west-1:1:table/single/stream/l")";
    record.images = "";
    record.keys = R"({"tenant":{"S":"t"}})";
    const Lines missing = faults(record);
    record.keys = R"({"tenant":{"S":"t"},"id":{"N":"1"}})";
    const Lines number = faults(record);
    options.table = catalog.table("tickets");

    ASSERT_EQ(missing.size(), 1U);
    EXPECT_TRUE(missing[0].starts_with("/Records/0/dynamodb/Keys")) << missing[0];
    ASSERT_EQ(number.size(), 1U);
    EXPECT_TRUE(number[0].starts_with("/Records/0/dynamodb/Keys/id: ")) << number[0];
    EXPECT_EQ(faults(record), number);
}

TEST_F(DynamodbJsonTest, LetsTheNamedTableWinOverTheSource) {
    options.table = catalog.table("orders");
    RecordText record;
    record.arn = R"("arn:aws:dynamodb:eu-west-1:1:table/elsewhere/stream/l")";

    const storage::Change change = decode_one(record.text());

    EXPECT_EQ(change.table, "orders");
    EXPECT_EQ(change.source, "elsewhere");
    EXPECT_EQ(change.label, "l");
}

TEST_F(DynamodbJsonTest, IgnoresWhatTheNamedTableDoesNotTake) {
    options.table = catalog.table("tickets");
    RecordText record;
    record.keys = R"({"tenant":{"S":"t"},"id":{"S":"AGENT#1"}})";
    record.images = "";

    const ChangeBatch batch = decode(record.text());

    EXPECT_EQ(lines_of(batch), Lines{});
    EXPECT_FALSE(batch.records.at(0).change.has_value());
}

TEST_F(DynamodbJsonTest, TakesALineOfAnExportAsAnImportOfTheNamedTable) {
    options.table = catalog.table("tickets");

    const ChangeBatch batch =
        decode(R"({"Item":{"tenant":{"S":"t"},"rank":{"N":"1.50"},"id":{"S":"TICKET#1"}}})");

    ASSERT_EQ(lines_of(batch), Lines{});
    EXPECT_EQ(batch.records.at(0).sequence, "0");
    const storage::Change& change = batch.records[0].change.value();
    EXPECT_TRUE(change.imported);
    EXPECT_EQ(change.table, "tickets");
    EXPECT_EQ(change.kind, ChangeKind::insert);
    EXPECT_EQ(change.source, "");
    EXPECT_EQ(change.keys->view().size(), 2u);
    EXPECT_EQ(change.key, *item_key(*options.table, change.keys->view()));
    EXPECT_EQ(change.after->view().find("rank")->text(), "1.50");
    EXPECT_FALSE(change.before.has_value());
}

TEST_F(DynamodbJsonTest, TakesItemsInEveryForm) {
    options.table = catalog.table("orders");
    const std::string item = R"({"Item":{"pk":{"S":"a"}}})";
    RecordText record;

    for (const std::string& body :
         {item, "[" + item + "," + record.text() + "]", event_of({item, record.text()})}) {
        const ChangeBatch batch = decode(body);
        EXPECT_EQ(lines_of(batch), Lines{}) << body;
        EXPECT_TRUE(batch.records.at(0).change->imported) << body;
        EXPECT_FALSE(batch.records.back().change->imported && batch.records.size() > 1) << body;
    }
}

TEST_F(DynamodbJsonTest, GivesAnImportBackAsOneThatIsAnImportAgain) {
    options.table = catalog.table("orders");

    const std::string out = written(decode_one(R"({"Item":{"pk":{"S":"a"},"n":{"N":"1.0"}}})"));

    EXPECT_EQ(out, R"({"position":1,"table":"orders","imported":true,"eventName":"INSERT",)"
                   R"("dynamodb":{"Keys":{"pk":{"S":"a"}},"NewImage":{"n":{"N":"1.0"},"pk":)"
                   R"({"S":"a"}},"SequenceNumber":"0","SizeBytes":9}})");
    const storage::Change again = decode_one(out);
    EXPECT_TRUE(again.imported);
    EXPECT_EQ(written(again), out);
}

TEST_F(DynamodbJsonTest, TakesOnlyAnInsertWithItsImageAsAnImport) {
    RecordText record;
    record.members = R"("imported":true,)";
    const Lines expected{"/Records/0/imported: only an INSERT with its NewImage can be an import"};

    EXPECT_EQ(faults(record), expected);
    record.event_name = R"("INSERT")";
    EXPECT_EQ(faults(record), Lines{});
    record.images = "";
    EXPECT_EQ(faults(record), expected);
}

TEST_F(DynamodbJsonTest, KeepsAMarkThatIsNotOurs) {
    RecordText record;
    record.members = R"("imported":"last year","expired":false,)";

    const storage::Change change = decode_one(record.text());

    EXPECT_FALSE(change.imported);
    EXPECT_TRUE(change.envelope.starts_with(R"("imported":"last year","expired":false,)"))
        << change.envelope;
}

TEST_F(DynamodbJsonTest, SaysTheMarkOfAnExpiryOnce) {
    RecordText record;
    record.event_name = R"("REMOVE")";
    record.images = "";
    record.members = R"("userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},)";
    const std::string out = written(decode_one(record.text()));

    EXPECT_NE(out.find(R"("expired":true)"), std::string::npos) << out;
    EXPECT_EQ(written(decode_one(out)), out);
}

TEST_F(DynamodbJsonTest, RefusesAnItemWithoutATable) {
    EXPECT_EQ(lines_of(decode(R"({"Item":{"pk":{"S":"a"}}})")),
              Lines{": an item of an export does not say its table: name it with ?table="});
}

TEST_F(DynamodbJsonTest, ChecksAnItemAgainstTheTable) {
    options.table = catalog.table("tickets");
    const auto faults_of_item = [this](const std::string& item) {
        return lines_of(decode(R"({"Item":)" + item + "}"));
    };

    EXPECT_EQ(faults_of_item(R"({"tenant":{"S":"t"},"v":{"S":"x"}})"),
              Lines{"/Item: found no attribute id, expected the whole key of table tickets: "
                    "tenant, id"});
    EXPECT_EQ(faults_of_item(R"({"tenant":{"S":"t"},"id":{"N":"1"}})"),
              Lines{"/Item/id: found a number (N), expected a string (S)"});
    EXPECT_EQ(faults_of_item(R"({"tenant":{"S":""},"id":{"S":"TICKET#1"}})"),
              Lines{R"(/Item/tenant: found "", expected a key of at least one byte)"});
    EXPECT_EQ(faults_of_item("[]").size(), 1u);
    EXPECT_EQ(lines_of(decode(R"({"Item":{},"Item":{}})")).at(0), "/Item: is there more than once");
}

TEST_F(DynamodbJsonTest, IgnoresAnItemThatTheNamedTableDoesNotTake) {
    options.table = catalog.table("tickets");

    const ChangeBatch batch = decode(R"({"Item":{"tenant":{"S":"t"},"id":{"S":"AGENT#1"}}})");

    EXPECT_EQ(lines_of(batch), Lines{});
    EXPECT_FALSE(batch.records.at(0).change.has_value());
}

TEST_F(DynamodbJsonTest, RefusesAnIncrementalExport) {
    options.table = catalog.table("orders");

    const Lines lines =
        lines_of(decode(R"({"Metadata":{"WriteTimestampMicros":{"N":"1"}},"Keys":{"pk":{"S":"a"}},)"
                        R"("NewImage":{"pk":{"S":"a"}}})"));

    ASSERT_EQ(lines.size(), 1u);
    EXPECT_NE(lines[0].find("a line of an incremental export"), std::string::npos) << lines[0];
    EXPECT_NE(lines[0].find("FULL_EXPORT"), std::string::npos) << lines[0];
}

TEST_F(DynamodbJsonTest, KeepsWhatStandsBeforeTheFirstWrongRecord) {
    options.partial = true;
    RecordText good;
    RecordText wrong;
    wrong.event_name = "null";
    wrong.sequence = R"("200")";
    RecordText wrong_too;
    wrong_too.keys = "[]";
    wrong_too.sequence = R"("300")";

    const ChangeBatch batch =
        decode(event_of({good.text(), wrong.text(), good.text(), wrong_too.text()}));

    EXPECT_TRUE(batch.partial);
    EXPECT_EQ(batch.records.size(), 1u);
    EXPECT_EQ(batch.refusal->sequence, "200");
    EXPECT_EQ(
        lines_of(batch),
        (Lines{"/Records/1/eventName: found null, expected INSERT, MODIFY or REMOVE",
               "/Records/3/dynamodb/Keys: found an array, expected an object of attributes"}));
}

TEST_F(DynamodbJsonTest, TellsTheSequenceNumberOfTheWrongRecordOnlyIfItIsText) {
    RecordText record;
    record.event_name = "0";

    record.sequence = R"("not a number")";
    EXPECT_EQ(decode(record.text()).refusal->sequence, "not a number");
    record.sequence = "200";
    EXPECT_EQ(decode(record.text()).refusal->sequence, "");
    EXPECT_EQ(decode(R"([{"dynamodb":null}])").refusal->sequence, "");
    EXPECT_EQ(decode("[[]]").refusal->sequence, "");
}

TEST_F(DynamodbJsonTest, NamesABoundedNumberOfFaults) {
    std::vector<std::string> records(2 * faults_max, "[]");

    const ChangeBatch batch = decode(event_of(records));

    EXPECT_EQ(batch.refusal->faults.size(), faults_max);
    EXPECT_EQ(batch.refusal->faults.back().pointer, "/Records/99");

    std::string elements;
    for (std::size_t i = 0; i < 2 * faults_max; ++i) {
        elements += (i == 0 ? "" : ",") + std::string("1");
    }
    EXPECT_EQ(faults_of_value(R"({"L":[)" + elements + "]}").size(), faults_max);
}

TEST_F(DynamodbJsonTest, RefusesTwentyThousandLevels) {
    std::string value;
    for (int level = 0; level < 20'000; ++level) value += R"({"L":[)";
    RecordText record;
    record.images = R"("NewImage":{"v":)" + value;

    const auto batch = try_decode(record.text());

    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().code, Errc::malformed);
    EXPECT_NE(batch.error().message.find("more than 96 levels"), std::string::npos);
}

TEST_F(DynamodbJsonTest, TakesAsManyLevelsAsAnEventCanHave) {
    // An event, a record, its images and an attribute leave this many for lists.
    std::string value = R"({"S":"x"})";
    for (int level = 0; level < 45; ++level) value = R"({"L":[)" + value + "]}";
    RecordText record;
    record.stream_members = R"("SizeBytes":1,)";
    record.images = R"("NewImage":{"v":)" + value + "},";

    const ChangeBatch batch = decode(event_of({record.text()}));

    EXPECT_EQ(lines_of(batch), Lines{});
    expect_given_back(record.text());
}

TEST_F(DynamodbJsonTest, BoundsTheValuesOfAnImage) {
    // Two of the values are `pk` and the list itself.
    const auto with_nulls = [](std::size_t count) {
        std::string nulls = R"({"NULL":true})";
        for (std::size_t i = 1; i < count; ++i) nulls += R"(,{"NULL":true})";
        RecordText record;
        record.images = R"("NewImage":{"pk":{"S":"a"},"v":{"L":[)" + nulls + "]}},";
        return record;
    };

    const RecordText most = with_nulls(storage::image_values_max - 2);
    const RecordText more = with_nulls(storage::image_values_max - 1);

    EXPECT_NE(written(decode_one(most.text())), "") << "the log reads it back";
    EXPECT_EQ(faults(more),
              Lines{"/Records/0/dynamodb/NewImage: more than 500000 values in one image"});
}

TEST_F(DynamodbJsonTest, CountsTheValuesOfEachImageAnew) {
    std::string nulls = R"({"NULL":true})";
    for (std::size_t i = 0; i < storage::image_values_max / 2; ++i) nulls += R"(,{"NULL":true})";
    RecordText record;
    const std::string image = R"({"pk":{"S":"a"},"v":{"M":{"l":{"L":[)" + nulls + "]}}}}";
    record.images = R"("NewImage":)" + image + R"(,"OldImage":)" + image + ",";

    EXPECT_EQ(faults(record), Lines{});
}

}  // namespace
}  // namespace freshet::engine
