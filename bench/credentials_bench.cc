// What a credential costs a reader: a GET over a socket that shows a token, beside the same GET
// where none is asked for. Bound: the GET without one. Only what the server's threads take is
// counted.

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <utility>

#include "bench/orders.h"
#include "http/credentials/credentials.h"
#include "http/credentials/token.h"
#include "http/serving/server.h"
#include "tools/client/client.h"

namespace freshet::bench {
namespace {

constexpr std::size_t orders = 10'000;
constexpr const char* secret_name = "FRESHET_BENCH_TOKEN_SECRET";
constexpr const char* secret = "a secret that both sides have had for long";
constexpr const char* claims =
    R"({"sub":"user-1","role":"admin","iss":"https://login.example","aud":"shop","exp":9999999999})";

Shop& filled_shop() {
    static Shop shop;
    static const bool filled = (shop.insert_thousands(orders / 1'000), true);
    benchmark::DoNotOptimize(filled);
    return shop;
}

http::TokenKey hmac_key() {
    auto key = http::TokenKey::hmac("k1", secret);
    if (!key) std::abort();
    return *std::move(key);
}

// From RFC 8410, section 10.3: an Ed25519 key that everybody knows.
http::TokenKey ed25519_key() {
    auto key =
        http::TokenKey::ed25519("k2",
                                "-----BEGIN PRIVATE KEY-----\n"
                                "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                                "-----END PRIVATE KEY-----\n");
    if (!key) std::abort();
    return *std::move(key);
}

std::string token_of(const http::TokenKey& key) {
    auto token = http::make_token(key, claims);
    if (!token) std::abort();
    return *std::move(token);
}

std::unique_ptr<http::Credentials> credentials() {
    setenv(secret_name, secret, 1);
    engine::AuthSettings settings;
    settings.keys = {{.id = "k1",
                      .algorithm = engine::TokenAlgorithm::hs256,
                      .file = {},
                      .variable = secret_name}};
    auto loaded = http::Credentials::load(settings);
    if (!loaded) std::abort();
    return *std::move(loaded);
}

std::chrono::nanoseconds cpu_time(clockid_t clock) {
    std::timespec time{};
    clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// What all threads but the calling one have taken.
std::chrono::nanoseconds cpu_time_of_others() {
    return cpu_time(CLOCK_PROCESS_CPUTIME_ID) - cpu_time(CLOCK_THREAD_CPUTIME_ID);
}

// `token` is empty where none is asked for.
void get_items(benchmark::State& state, const std::string& token) {
    constexpr std::size_t round = 1'000;
    http::Server server(filled_shop().engine(), {.port = 0, .threads = 1}, {}, nullptr,
                        token.empty() ? nullptr : credentials());
    if (!server.start()) std::abort();
    http::Client client({.host = "127.0.0.1", .port = std::to_string(server.port())}, token);
    std::size_t next = 0;
    for (auto _ : state) {
        const auto begin = cpu_time_of_others();
        for (std::size_t i = 0; i < round; ++i) {
            const auto answer = client.exchange({.target = "/views/admin-order/" + order_id(next)});
            if (!answer || answer->status != 200) std::abort();
            next = (next + 7'919) % orders;
        }
        const std::chrono::duration<double> took = cpu_time_of_others() - begin;
        state.SetIterationTime(took.count());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(round));
}

void get(benchmark::State& state) {
    get_items(state, "");
}
BENCHMARK(get)->UseManualTime()->Unit(benchmark::kMillisecond);

void get_with_token(benchmark::State& state) {
    get_items(state, token_of(hmac_key()));
}
BENCHMARK(get_with_token)->UseManualTime()->Unit(benchmark::kMillisecond);

// What a token costs that is known: a reader's every request but the first.
void identify_known(benchmark::State& state) {
    const auto known = credentials();
    const std::string shown = "Bearer " + token_of(hmac_key());
    http::Request request;
    request.method = "GET";
    request.headers = {{"Host", "localhost"}, {"Authorization", shown}};
    for (auto _ : state) {
        if (!known->identify(request, std::chrono::sys_seconds{})) std::abort();
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(identify_known);

// What a token costs that comes for the first time.
void verify(benchmark::State& state, const http::TokenKey& key) {
    const http::TokenVerifier verifier({key},
                                       {.issuer = "https://login.example", .audience = "shop"});
    const std::string token = token_of(key);
    for (auto _ : state) {
        const auto believed = verifier.verify(token, std::chrono::sys_seconds{});
        if (!believed) std::abort();
    }
    state.SetItemsProcessed(state.iterations());
}

void verify_hs256(benchmark::State& state) {
    verify(state, hmac_key());
}
BENCHMARK(verify_hs256);

void verify_ed25519(benchmark::State& state) {
    verify(state, ed25519_key());
}
BENCHMARK(verify_ed25519);

}  // namespace
}  // namespace freshet::bench
