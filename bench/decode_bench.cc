// From the bytes of a body to changes. Bound: one pass over the JSON by the parser alone.

#include <benchmark/benchmark.h>

#include "bench/orders.h"
#include "engine/records/dynamodb_json.h"
#include "engine/text/json.h"

namespace freshet::bench {
namespace {

constexpr std::size_t records = 256;

void parse_json(benchmark::State& state) {
    const std::string body = event_json(0, records);
    for (auto _ : state) benchmark::DoNotOptimize(engine::JsonDocument::parse(body));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(records));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(parse_json);

void decode_records(benchmark::State& state) {
    const auto catalog = shop_catalog();
    const std::string body = event_json(5'000, records);
    for (auto _ : state) benchmark::DoNotOptimize(engine::decode_records(body, *catalog, {}));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(records));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(decode_records);

}  // namespace
}  // namespace freshet::bench
