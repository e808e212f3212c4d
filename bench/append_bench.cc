// From changes to acknowledged records with all views, in groups of several sizes.
//
// Bound: RocksDB's own synced append of as many values of the same size, which stands beside it as
// raw_append. The machines are noisy, so only the ratio of the two in one run counts.

#include <benchmark/benchmark.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "bench/orders.h"

namespace freshet::bench {
namespace {

constexpr std::size_t record_bytes = 1'400;  // what a record of the benchmark takes in the log

void append_with_views(benchmark::State& state) {
    Shop shop;
    const auto group = static_cast<std::size_t>(state.range(0));
    std::size_t next = 0;
    for (auto _ : state) {
        state.PauseTiming();
        auto batch = event_batch(shop.catalog(), next, group);
        next += group;
        state.ResumeTiming();
        shop.append(std::move(batch));
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(append_with_views)->Arg(1)->Arg(16)->Arg(256)->Arg(1'024)->UseRealTime();

void raw_append(benchmark::State& state) {
    std::string folder = (std::filesystem::temp_directory_path() / "freshet-bench-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) std::abort();
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* opened = nullptr;
    if (!rocksdb::DB::Open(options, folder, &opened).ok()) std::abort();
    std::unique_ptr<rocksdb::DB> db(opened);

    const std::string value(record_bytes, 'x');
    rocksdb::WriteOptions synced;
    synced.sync = true;
    std::uint64_t next = 0;
    for (auto _ : state) {
        rocksdb::WriteBatch batch;
        for (std::int64_t i = 0; i < state.range(0); ++i) {
            char key[32];
            std::snprintf(key, sizeof key, "%020llu", static_cast<unsigned long long>(next++));
            batch.Put(key, value);
        }
        if (!db->Write(synced, &batch).ok()) std::abort();
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
    db.reset();
    std::filesystem::remove_all(folder);
}
BENCHMARK(raw_append)->Arg(1)->Arg(16)->Arg(256)->Arg(1'024)->UseRealTime();

}  // namespace
}  // namespace freshet::bench
