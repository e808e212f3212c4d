#include "tests/fuzz/corpus.h"

#include "engine/config/config.h"
#include "tests/support/must.h"

namespace freshet::fuzz {
namespace {

constexpr const char* config = R"(
[[table]]
name = "orders"
key  = ["pk"]

[[table]]
name = "meters"
key  = ["n number"]

[[table]]
name = "blobs"
key  = ["b binary", "sk"]
)";

constexpr const char* pizza_modified =
    R"({"Records":[{"eventID":"5a0f","eventName":"MODIFY","eventVersion":"1.1","eventSource":)"
    R"("aws:dynamodb","awsRegion":"ddblocal","dynamodb":{"ApproximateCreationDateTime":1795174740,)"
    R"("Keys":{"pk":{"S":"3f1c-0001"}},"NewImage":{"createdAt":{"S":"2026-11-20T09:00:10.299Z"},)"
    R"("creator":{"S":"203.0.113.7"},"pk":{"S":"3f1c-0001"},"items":{"L":[{"M":{"size":{"S":)"
    R"("large"},"toppings":{"L":[{"S":"ham"},{"S":"olives"}]},"sauce":{"S":"red"}}}]},"numItems":)"
    R"({"N":"1"},"status":{"S":"SUBMITTED"}},"OldImage":{"createdAt":{"S":)"
    R"("2026-11-20T09:00:10.299Z"},"creator":{"S":"203.0.113.7"},"pk":{"S":"3f1c-0001"},"status":)"
    R"({"S":"WAITING ON CUSTOMER"},"numItems":{"N":"1"}},"SequenceNumber":)"
    R"("000000000000000000057","SizeBytes":365,"StreamViewType":"NEW_AND_OLD_IMAGES"},)"
    R"("eventSourceARN":)"
    R"("arn:aws:dynamodb:ddblocal:000000000000:table/orders/stream/2026-11-20T11:39:30.203"},)"
    R"({"eventName":"REMOVE","dynamodb":{"Keys":{"pk":{"S":"3f1c-0002"}},"OldImage":{"pk":{"S":)"
    R"("3f1c-0002"},"note":{"S":"\u00fc\ud83c\udf55 \"\\/\b"}},"SequenceNumber":"58"},)"
    R"("eventSourceARN":"arn:aws:dynamodb:eu-west-1:1:table/orders"}]})";

// One record, of every type in each other.
constexpr const char* all_types =
    R"({"eventName":"INSERT","dynamodb":{"Keys":{"n":{"N":"-7.50"}},"NewImage":{"n":{"N":"-7.5"},)"
    R"("s":{"S":""},"b":{"B":"AAEC/w=="},"t":{"BOOL":true},"f":{"BOOL":false},"z":{"NULL":true},)"
    R"("ss":{"SS":["b","a"]},"ns":{"NS":["1","2.0","3E+10"]},"bs":{"BS":["AA==","AQ=="]},)"
    R"("l":{"L":[{"M":{"l":{"L":[{"L":[]},{"M":{}},{"N":"0.1"},{"NULL":true},{"SS":["x"]}]},)"
    R"("m":{"M":{"deep":{"M":{"er":{"B":""}}}}}}},{"BOOL":false},{"NS":["9"]},{"BS":["/w=="]}]}},)"
    R"("SequenceNumber":"3633500000000062125042319"},"kept":[1,{"a":null},1.50,"x"],)"
    R"("eventSourceARN":"arn:aws:dynamodb:eu-west-1:1:table/meters/stream/label"})";

constexpr const char* array_of_blobs =
    R"([{"eventName":"MODIFY","dynamodb":{"Keys":{"b":{"B":"3q2+7w=="},"sk":{"S":"a\u0000b"}},)"
    R"("NewImage":{"b":{"B":"3q2+7w=="},"sk":{"S":"a\u0000b"},"rank":{"N":"1e10"}},"OldImage":{)"
    R"("sk":{"S":"a\u0000b"},"rank":{"N":"123456789012345678901234567890.12345678"},"b":{"B":)"
    R"("3q2+7w=="}},"SequenceNumber":"1","own":{"of":"the stream"}},"eventSourceARN":)"
    R"("arn:aws:dynamodb:eu-west-1:1:table/blobs/stream/label"}])";

}  // namespace

std::shared_ptr<const engine::Catalog> catalog() {
    return support::must(engine::parse_config(config, "fuzz.toml")).catalog;
}

std::vector<std::string> record_bodies() {
    return {pizza_modified, all_types, array_of_blobs};
}

}  // namespace freshet::fuzz
