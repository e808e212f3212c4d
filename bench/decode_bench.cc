// From the bytes of a body to changes, on the short way in and on the careful one. Bounds: one copy
// of the text; finding its tokens, which is all that the parser does of the short way; and a tree
// of it, with which the careful way begins.

#include <benchmark/benchmark.h>

#include <cstring>
#include <string>
#include <string_view>

#include "bench/orders.h"
#include "engine/records/dynamodb_json.h"
#include "engine/records/line_chunk.h"
#include "engine/text/json.h"
#include "engine/text/json_tokens.h"

namespace freshet::bench {
namespace {

constexpr std::size_t records = 256;
constexpr std::size_t line_bytes_max = 8U << 20U;

// The second changes of orders: with both images.
std::string orders() {
    return event_json(1'000, records);
}

// The first changes of orders: with one image.
std::string inserts() {
    return event_json(5'000, records);
}

// The same record again and again, with this image after and before.
std::string event_of(const std::string& image) {
    const std::string record =
        R"({"eventID":"2c3c9f4192fb1f2447b3f47cfe741eb2","eventName":"MODIFY","eventVersion":"1.1",)"
        R"("eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{)"
        R"("ApproximateCreationDateTime":1795174740,"Keys":{"pk":{"S":"7c9e6679"}},"NewImage":)" +
        image + R"(,"OldImage":)" + image +
        R"(,"SequenceNumber":"3633500000000000000000","SizeBytes":300,)"
        R"("StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":)"
        R"("arn:aws:dynamodb:us-east-1:306988141716:table/orders/stream/2026-11-20T11:39:28.605"})";
    std::string event = R"({"Records":[)" + record;
    for (std::size_t i = 1; i < records; ++i) event += "," + record;
    return event + "]}";
}

std::string texts() {
    return event_of(
        R"({"pk":{"S":"7c9e6679"},"name":{"S":"Ada Lovelace"},"street":{"S":"12 St James's Square"},)"
        R"("city":{"S":"London"},"note":{"S":"Ring twice, the bell is quiet."},"zip":{"S":"SW1Y"}})");
}
std::string escapes() {
    return event_of(
        R"({"pk":{"S":"7c9e6679"},"name":{"S":"Ad\u00e4"},"street":{"S":"\"12\" St James's"},)"
        R"("city":{"S":"Lon\/don"},"note":{"S":"Ring\ntwice, the bell\nis quiet."}})");
}
std::string numbers() {
    return event_of(
        R"({"pk":{"S":"7c9e6679"},"a":{"N":"1"},"b":{"N":"2.50"},"c":{"N":"-3"},"d":{"N":"1e10"},)"
        R"("e":{"N":"12345678901234567890.12345678"},"f":{"BOOL":true},"g":{"NULL":true}})");
}
std::string sets() {
    return event_of(
        R"({"pk":{"S":"7c9e6679"},"a":{"SS":["ham","olives","onions"]},"b":{"NS":["1","2","30"]},)"
        R"("c":{"BS":["3q2+7w==","AAEC/w=="]},"d":{"B":"AAECAwQFBgcICQoLDA0ODw=="}})");
}
// As some programs write JSON: a blank behind each comma and colon.
std::string blanks() {
    std::string spaced;
    bool inside = false;
    for (const char c : orders()) {
        if (c == '"') inside = !inside;
        spaced += c;
        if (!inside && (c == ',' || c == ':')) spaced += ' ';
    }
    return spaced;
}

void count(benchmark::State& state, const std::string& body) {
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(records));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

void copy_text(benchmark::State& state) {
    const std::string body = orders();
    std::string copy(body.size(), '\0');
    for (auto _ : state) {
        std::memcpy(copy.data(), body.data(), body.size());
        benchmark::ClobberMemory();
    }
    count(state, body);
}
BENCHMARK(copy_text);

void find_tokens(benchmark::State& state) {
    const std::string body = orders();
    engine::JsonTokens tokens;
    for (auto _ : state) benchmark::DoNotOptimize(tokens.read(body));
    count(state, body);
}
BENCHMARK(find_tokens);

void parse_json(benchmark::State& state) {
    const std::string body = orders();
    for (auto _ : state) benchmark::DoNotOptimize(engine::JsonDocument::parse(body));
    count(state, body);
}
BENCHMARK(parse_json);

void decode(benchmark::State& state, std::string (*shape)()) {
    const auto catalog = shop_catalog();
    const std::string body = shape();
    for (auto _ : state) benchmark::DoNotOptimize(engine::decode_records(body, *catalog, {}));
    count(state, body);
}
BENCHMARK_CAPTURE(decode, orders, orders);
BENCHMARK_CAPTURE(decode, inserts, inserts);
BENCHMARK_CAPTURE(decode, texts, texts);
BENCHMARK_CAPTURE(decode, escapes, escapes);
BENCHMARK_CAPTURE(decode, numbers, numbers);
BENCHMARK_CAPTURE(decode, sets, sets);
BENCHMARK_CAPTURE(decode, blanks, blanks);

void decode_with_care(benchmark::State& state, std::string (*shape)()) {
    const auto catalog = shop_catalog();
    const std::string body = shape();
    for (auto _ : state) {
        engine::ChangeBatch batch;
        benchmark::DoNotOptimize(engine::decode_with_care(body, 0, *catalog, {}, batch));
    }
    count(state, body);
}
BENCHMARK_CAPTURE(decode_with_care, orders, orders);
BENCHMARK_CAPTURE(decode_with_care, inserts, inserts);
BENCHMARK_CAPTURE(decode_with_care, texts, texts);
BENCHMARK_CAPTURE(decode_with_care, escapes, escapes);
BENCHMARK_CAPTURE(decode_with_care, numbers, numbers);
BENCHMARK_CAPTURE(decode_with_care, sets, sets);
BENCHMARK_CAPTURE(decode_with_care, blanks, blanks);

// Lines as a connection brings them in: so many bytes at a time.
void decode_lines(benchmark::State& state) {
    const auto catalog = shop_catalog();
    std::string body;
    for (std::size_t i = 0; i < records; ++i) body += event_json(1'000 + i, 1) + "\n";
    const auto piece = static_cast<std::size_t>(state.range(0));
    for (auto _ : state) {
        engine::LineChunk chunk(*catalog, {}, line_bytes_max);
        for (std::string_view rest = body; !rest.empty();) {
            rest.remove_prefix(chunk.take(rest.substr(0, piece)));
        }
        benchmark::DoNotOptimize(chunk.take_batch());
    }
    count(state, body);
}
BENCHMARK(decode_lines)->Arg(2'000)->Arg(8'192)->Arg(65'536);

}  // namespace
}  // namespace freshet::bench
