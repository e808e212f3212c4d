// Item views and list pages at a read point. Bound: RocksDB's point read of the same item, which
// stands beside it as raw_get of the state's own entry.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

#include "bench/orders.h"
#include "engine/catalog/item_key.h"

namespace freshet::bench {
namespace {

constexpr std::size_t orders = 20'000;

Shop& filled_shop() {
    static Shop shop;
    static const bool filled = (shop.insert_thousands(orders / 1'000), true);
    benchmark::DoNotOptimize(filled);
    return shop;
}

void raw_get(benchmark::State& state) {
    Shop& shop = filled_shop();
    const auto read_point = *shop.engine().read_point();
    const engine::Table& table = *shop.catalog().table("orders");
    std::size_t next = 0;
    for (auto _ : state) {
        const auto key = engine::item_key_from_text(table, {order_id(next)});
        benchmark::DoNotOptimize(read_point->state().item("orders", *key));
        next = (next + 7'919) % orders;
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(raw_get);

void item_view(benchmark::State& state) {
    Shop& shop = filled_shop();
    const auto read_point = *shop.engine().read_point();
    const auto* view = std::get<const engine::ItemView*>(shop.catalog().view("order"));
    std::size_t next = 0;
    for (auto _ : state) {
        const auto item = read_point->item(*view, {order_id(next)}, *engine::everybody());
        if (!item || !*item) std::abort();
        next = (next + 7'919) % orders;
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(item_view);

void list_page(benchmark::State& state) {
    Shop& shop = filled_shop();
    const auto read_point = *shop.engine().read_point();
    const auto* list = std::get<const engine::ListView*>(shop.catalog().view("my-orders"));
    std::size_t rows = 0;
    std::size_t next = 0;
    for (auto _ : state) {
        const auto page =
            read_point->page(*list, {.partition = {customer_id(next)}}, *engine::everybody());
        if (!page || page->items.empty()) std::abort();
        rows += page->items.size();
        next = (next + 7) % 1'000;
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(rows));
}
BENCHMARK(list_page);

}  // namespace
}  // namespace freshet::bench
