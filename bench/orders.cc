#include "bench/orders.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "engine/config/config.h"
#include "engine/records/dynamodb_json.h"

namespace freshet::bench {
namespace {

constexpr std::size_t orders_in_flight = 1'000;
constexpr std::size_t changes_of_an_order = 5;
constexpr const char* statuses[changes_of_an_order] = {
    "WAITING ON CUSTOMER", "SUBMITTED", "IN PROGRESS", "OUT FOR DELIVERY", "COMPLETED"};

constexpr const char* config = R"(
[[table]]
name  = "orders"
key   = ["pk"]

[[table.view]]
name   = "order"
fields = ["id=pk", "createdAt", "status", "numItems", "items", "lastUpdated"]

[[table.view]]
name = "admin-order"
like = "order"
with = ["creator"]

[[table.list]]
name    = "my-orders"
by      = "creator"
sort    = "createdAt desc"
like    = "order"
without = ["items"]

[[table.list]]
name  = "open-orders"
where = { status = [{ anything-but = "COMPLETED" }] }
sort  = "createdAt desc"
like  = "my-orders"

[[table.event]]
type = "new-order"
on   = "INSERT"
data = ["id=pk"]

[[table.event]]
type    = "order-status-updated"
topic   = "{pk}-status-updated"
on      = "MODIFY"
changed = ["status"]
data    = ["id=pk", "status", "was=before.status"]
)";

template <class T>
T value_of(Result<T> result) {
    if (result) return std::move(*result);
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::abort();
}

// Changes come in the order: first change of a thousand orders, second change of each, and so on.
struct Place {
    std::size_t order;
    std::size_t step;
};

Place place_of(std::size_t change) {
    const std::size_t round = change / (orders_in_flight * changes_of_an_order);
    const std::size_t within = change % (orders_in_flight * changes_of_an_order);
    return {.order = round * orders_in_flight + within % orders_in_flight,
            .step = within / orders_in_flight};
}

std::string image(std::size_t order, std::size_t step) {
    const std::string number = std::to_string(100'000'000 + order);
    const std::string pizza =
        R"({"M":{"size":{"S":"large"},"crust":{"S":"deep dish"},"sauce":{"S":"pesto"},)"
        R"("toppings":{"L":[{"S":"olives"},{"S":"onions"}]}}})";
    std::string json = R"({"pk":{"S":")" + order_id(order) + R"("},"creator":{"S":"user-)" +
                       std::to_string(order * 7919 % 1'000) + R"("},"status":{"S":")" +
                       statuses[step] + R"("},"createdAt":{"S":"2026-11-20T)" +
                       std::to_string(10 + order % 14) + ":00:" + number + R"(Z"})";
    if (step > 0) {
        json += R"(,"lastUpdated":{"S":"2026-11-20T20:00:00.00)" + std::to_string(step) + R"(Z"})";
    }
    json += R"(,"numItems":{"N":"2"},"items":{"L":[)" + pizza + "," + pizza + "]}}";
    return json;
}

std::string record(std::size_t change) {
    const auto [order, step] = place_of(change);
    std::string json =
        R"({"eventID":"2c3c9f4192fb1f2447b3f47cfe741eb2","eventName":")" +
        std::string(step == 0 ? "INSERT" : "MODIFY") +
        R"(","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{)"
        R"("ApproximateCreationDateTime":1795174740,"Keys":{"pk":{"S":")" +
        order_id(order) + R"("}},"NewImage":)" + image(order, step);
    if (step > 0) json += R"(,"OldImage":)" + image(order, step - 1);
    json +=
        R"(,"SequenceNumber":")" + std::to_string(3'633'500'000'000'000'000 + change) +
        R"(","SizeBytes":300,"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":)"
        R"("arn:aws:dynamodb:us-east-1:306988141716:table/orders/stream/2026-11-20T11:39:28.605"})";
    return json;
}

}  // namespace

std::string order_id(std::size_t order) {
    return "7c9e6679-7425-40de-944b-" + std::to_string(100'000'000 + order);
}

std::shared_ptr<const engine::Catalog> shop_catalog() {
    return value_of(engine::parse_config(config, "bench.toml")).catalog;
}

std::string event_json(std::size_t first, std::size_t count) {
    std::string json = R"({"Records":[)";
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) json += ',';
        json += record(first + i);
    }
    return json + "]}";
}

engine::ChangeBatch event_batch(const engine::Catalog& catalog, std::size_t first,
                                std::size_t count) {
    return value_of(engine::decode_records(event_json(first, count), catalog, {}));
}

Shop::Shop() : catalog_(shop_catalog()) {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "freshet-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    engine::EngineOptions options;
    options.path = folder_ + "/data";
    engine_ = value_of(engine::Engine::open(catalog_, std::move(options)));
    if (!engine_->sequencer().fold_log()) std::abort();
}

Shop::~Shop() {
    engine_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void Shop::append(engine::ChangeBatch batch) {
    engine_->append(std::move(batch),
                    [](Result<engine::Receipt> receipt) { value_of(std::move(receipt)); });
    engine_->sequencer().step();
}

void Shop::insert_thousands(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        append(event_batch(*catalog_, i * orders_in_flight * changes_of_an_order, 1'000));
    }
}

}  // namespace freshet::bench
