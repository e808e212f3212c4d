#include "bench/orders.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "bench/harness/order_text.h"
#include "bench/harness/server_config.h"
#include "engine/config/config.h"
#include "engine/records/dynamodb_json.h"

namespace freshet::bench {
namespace {

constexpr std::size_t orders_in_flight = 1'000;
constexpr std::size_t changes_of_an_order = versions_of_a_life;

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

void append_change(std::string& json, std::size_t change) {
    const auto [order, step] = place_of(change);
    append_record(json, step == 0 ? ChangeKind::insert : ChangeKind::modify,
                  {.order = order, .version = static_cast<std::uint32_t>(step)}, change + 1);
}

}  // namespace

std::string order_id(std::size_t order) {
    std::string id;
    append_order_key(id, order);
    return id;
}

std::string customer_id(std::size_t customer) {
    std::string id;
    append_customer(id, customer);
    return id;
}

std::shared_ptr<const engine::Catalog> shop_catalog() {
    return value_of(engine::parse_config(server_config({}), "bench.toml")).catalog;
}

std::string event_json(std::size_t first, std::size_t count) {
    std::string json = R"({"Records":[)";
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) json += ',';
        append_change(json, first + i);
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
