// Hostile packed bodies: however they are cut into pieces and steps, the same is made of them, or
// they are refused, and no step makes more than it may.

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/messages/body_decoder.h"
#include "tests/fuzz/hunt.h"
#include "tests/support/packing.h"

namespace freshet::fuzz {
namespace {

using http::BodyDecoder;
using http::ContentCoding;

constexpr std::size_t text_bytes_max = 1U << 20U;

// What is made of it; nothing if it is refused. What would become longer than that is not followed.
std::optional<std::string> decode(ContentCoding coding, const std::string& bytes,
                                  std::size_t piece_max, std::size_t step_max, Dice& dice) {
    const auto decoder = BodyDecoder::of(coding);
    std::string text;
    std::string_view rest = bytes;
    while (!rest.empty() || decoder->holds_back()) {
        // In memory of its own: a sanitizer sees who reads beyond what has come.
        const std::size_t length = std::min(rest.size(), 1 + dice.below(piece_max));
        const std::string piece(rest.substr(0, length));
        const std::size_t step = 1 + dice.below(step_max);
        const std::size_t before = text.size();
        const bool held_back = decoder->holds_back();
        const auto taken = decoder->decode(piece, step, text);
        if (!taken) return std::nullopt;
        EXPECT_LE(*taken, piece.size());
        EXPECT_LE(text.size(), before + step);
        // It moves, or says that it has nothing more to say.
        EXPECT_TRUE(*taken > 0 || text.size() > before || held_back);
        if (::testing::Test::HasFailure() || text.size() > text_bytes_max) return std::nullopt;
        rest.remove_prefix(*taken);
    }
    if (!decoder->end()) return std::nullopt;
    return text;
}

void hunt_in(ContentCoding coding, const std::vector<std::string>& corpus) {
    const Game game{.corpus = corpus, .tokens = {"\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "\x78\x9c"}};
    hunt(game, [coding](const std::string& input, Dice& dice) {
        const auto whole = decode(coding, input, text_bytes_max, text_bytes_max, dice);
        const auto pieces = decode(coding, input, 10, 300, dice);
        EXPECT_EQ(whole, pieces);
        return whole.has_value();
    });
}

std::string some_text() {
    std::string text;
    for (int i = 0; i < 60; ++i) text += "{\"n\":" + std::to_string(i * i * i) + "}\n";
    return text;
}

TEST(CodingFuzz, GzipIsTheSameHoweverItComes) {
    hunt_in(ContentCoding::gzip,
            {support::packed_as_gzip(some_text()), support::packed_as_gzip(""),
             support::packed_as_gzip("a", 0) + support::packed_as_gzip(some_text(), 9)});
}

TEST(CodingFuzz, DeflateIsTheSameHoweverItComes) {
    hunt_in(ContentCoding::deflate,
            {support::packed_as_zlib(some_text()), support::packed_as_raw_deflate(some_text()),
             support::packed_as_raw_deflate("a")});
}

TEST(CodingFuzz, ZstdIsTheSameHoweverItComes) {
    hunt_in(ContentCoding::zstd,
            {support::packed_as_zstd(some_text()), support::packed_as_zstd("", 10),
             support::packed_as_zstd(some_text(), 12) + support::packed_as_zstd("a"),
             std::string("\x5a\x2a\x4d\x18\x02\0\0\0ab", 10) + support::packed_as_zstd("b")});
}

}  // namespace
}  // namespace freshet::fuzz
