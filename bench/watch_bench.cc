// What those who follow the log cost. Bounds: for catching up, reading the same records; for what
// is new, copying the frame once for each subscriber.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/orders.h"
#include "http/streams/event_stream.h"

namespace freshet::bench {
namespace {

constexpr std::size_t records = 100'000;
constexpr std::size_t subscribers = 1'000;

// A log of which the shared tail holds the smaller part.
Shop& followed_shop() {
    static Shop shop;
    static const bool filled = [] {
        for (std::size_t i = 0; i < records; i += 1'000) {
            shop.append(event_batch(shop.catalog(), i, 1'000));
        }
        return true;
    }();
    benchmark::DoNotOptimize(filled);
    return shop;
}

http::EventStream stream_of(Shop& shop, const char* last_id) {
    http::StreamRequest asked;
    asked.caller = engine::everybody();
    asked.last_id = last_id;
    return {shop.engine(), std::move(asked), **shop.engine().read_point()};
}

void read_log(benchmark::State& state) {
    Shop& shop = followed_shop();
    const auto read_point = *shop.engine().read_point();
    std::size_t read = 0;
    for (auto _ : state) {
        storage::Position after;
        while (after < read_point->position()) {
            const auto page = shop.engine().records_after(*read_point, after, {});
            if (!page || page->empty()) std::abort();
            after = page->back().position();
            read += page->size();
        }
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(read));
}
BENCHMARK(read_log)->Unit(benchmark::kMillisecond);

void catch_up(benchmark::State& state) {
    Shop& shop = followed_shop();
    std::size_t sent = 0;
    for (auto _ : state) {
        http::EventStream stream = stream_of(shop, "earliest");
        std::string out;
        bool caught_up = false;
        while (!caught_up) {
            out.clear();
            const auto filled = stream.fill(out, 64U << 10U);
            if (!filled) std::abort();
            caught_up = *filled;
        }
        sent += stream.sent();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(sent));
}
BENCHMARK(catch_up)->Unit(benchmark::kMillisecond);

void copy_frame(benchmark::State& state) {
    const std::string frame(180, 'x');
    std::string out;
    for (auto _ : state) {
        out.clear();
        out += frame;
        benchmark::DoNotOptimize(out.data());
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(copy_frame);

void tell_subscribers(benchmark::State& state) {
    Shop shop;
    std::vector<std::unique_ptr<http::EventStream>> streams;
    for (std::size_t i = 0; i < subscribers; ++i) {
        streams.push_back(std::make_unique<http::EventStream>(stream_of(shop, "latest")));
    }
    std::string out;
    std::size_t change = 0;
    for (auto _ : state) {
        state.PauseTiming();
        shop.append(event_batch(shop.catalog(), change++, 1));
        state.ResumeTiming();
        for (const auto& stream : streams) {
            out.clear();
            if (!stream->fill(out, 64U << 10U) || out.empty()) std::abort();
        }
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(subscribers));
}
BENCHMARK(tell_subscribers)->Iterations(200);

}  // namespace
}  // namespace freshet::bench
