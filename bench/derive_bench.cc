// What a derived attribute costs for each byte of its string, by function and kind of text. Bound:
// one copy of the text. Of ASCII it should be at most 2 ns a byte, which is 500 MB a second, so
// that the longest string that a body may bring by default, 8 MiB, costs at most 16 ms.

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/text/letter_case.h"
#include "engine/text/text_count.h"

namespace freshet::bench {
namespace {

constexpr std::size_t text_bytes = 390'000;  // an item of DynamoDB that is nearly full

std::string repeated(std::string_view text) {
    std::string all;
    while (all.size() < text_bytes) all += text;
    return all;
}

struct Text {
    std::string kind;
    std::string text;
};

// The kinds that the benchmarks are run with, by their number.
const Text& text_of(std::size_t kind) {
    static const std::array texts = {
        Text{"ascii", repeated("The oven is cold; nobody answers. ")},
        Text{"spaces", repeated(" ")},
        Text{"german", repeated("Der Ofen bleibt kühl, und trotz größter Mühe wird er nie heiß. ")},
        Text{"japanese", repeated("オーブンが冷たいです。誰も答えません。　")}};
    return texts.at(kind);
}
constexpr int kind_max = 3;

std::string copied(std::string_view text) {
    return std::string(text);
}

std::size_t pieces(std::string_view text) {
    return engine::count_pieces(text, " ");
}

std::size_t lines(std::string_view text) {
    return engine::count_pieces(text, "\r\n");
}

template <class Function>
void derive(benchmark::State& state, Function function) {
    const Text& text = text_of(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) benchmark::DoNotOptimize(function(text.text));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.text.size()));
    state.SetLabel(text.kind);
}
BENCHMARK_CAPTURE(derive, copied, copied)->DenseRange(0, kind_max);
BENCHMARK_CAPTURE(derive, words, engine::count_words)->DenseRange(0, kind_max);
BENCHMARK_CAPTURE(derive, length, engine::count_characters)->DenseRange(0, kind_max);
BENCHMARK_CAPTURE(derive, pieces, pieces)->DenseRange(0, kind_max);
BENCHMARK_CAPTURE(derive, lines, lines)->DenseRange(0, kind_max);
BENCHMARK_CAPTURE(derive, upper, engine::in_upper_case)->DenseRange(0, kind_max);
BENCHMARK_CAPTURE(derive, lower, engine::in_lower_case)->DenseRange(0, kind_max);

}  // namespace
}  // namespace freshet::bench
