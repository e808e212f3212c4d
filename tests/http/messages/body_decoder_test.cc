#include "http/messages/body_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/text/enum_words.h"
#include "tests/support/packing.h"

namespace freshet::http {
namespace {

using support::packed_as_gzip;
using support::packed_as_raw_deflate;
using support::packed_as_zlib;
using support::packed_as_zstd;

struct Packed {
    ContentCoding coding;
    std::string bytes;
};

// The text in every form that is understood.
std::vector<Packed> packed(const std::string& text) {
    return {{ContentCoding::gzip, packed_as_gzip(text)},
            {ContentCoding::deflate, packed_as_zlib(text)},
            {ContentCoding::deflate, packed_as_raw_deflate(text)},
            {ContentCoding::zstd, packed_as_zstd(text)},
            {ContentCoding::zstd, packed_as_zstd(text, 20)}};
}

// What is made of it, in steps of so many packed bytes and bytes.
Result<std::string> decoded(ContentCoding coding, std::string_view bytes, std::size_t piece = 1'000,
                            std::size_t step = 1'000) {
    const auto decoder = BodyDecoder::of(coding);
    std::string text;
    while (!bytes.empty() || decoder->holds_back()) {
        const std::size_t before = text.size();
        const auto taken = decoder->decode(bytes.substr(0, piece), step, text);
        if (!taken) return fail(taken.error());
        EXPECT_LE(text.size(), before + step);
        bytes.remove_prefix(*taken);
    }
    if (auto end = decoder->end(); !end) return fail(end.error());
    return text;
}

std::string long_text() {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i * i) + "\n";
    return text;
}

TEST(BodyDecoder, MakesWhatWasPackedHoweverItComes) {
    const std::string text = long_text();
    for (const Packed& body : packed(text)) {
        EXPECT_EQ(*decoded(body.coding, body.bytes), text);
        EXPECT_EQ(*decoded(body.coding, body.bytes, 1, 100'000), text);
        EXPECT_EQ(*decoded(body.coding, body.bytes, 100'000, 7), text);
    }
}

TEST(BodyDecoder, MakesNothingOfNothingThatIsPacked) {
    for (const Packed& body : packed("")) EXPECT_EQ(*decoded(body.coding, body.bytes), "");
}

TEST(BodyDecoder, ReadsMembersAndFramesOneAfterTheOther) {
    std::string members;
    std::string frames;
    std::string text;
    for (int i = 0; i < 500; ++i) {
        const std::string part = i % 3 == 0 ? "" : "part " + std::to_string(i);
        text += part;
        members += packed_as_gzip(part);
        frames += packed_as_zstd(part);
        frames += std::string("\x5f\x2a\x4d\x18\x03\0\0\0abc", 11);  // skipped: not of the text
    }

    for (const std::size_t piece : {std::size_t{1}, std::size_t{100'000}}) {
        EXPECT_EQ(*decoded(ContentCoding::gzip, members, piece), text);
        EXPECT_EQ(*decoded(ContentCoding::zstd, frames, piece), text);
    }
}

TEST(BodyDecoder, ABodyThatWasCutIsAFaultWhereverThatWas) {
    for (const Packed& body : packed("some text, and some text")) {
        for (std::size_t length = 0; length < body.bytes.size(); ++length) {
            const auto cut = decoded(body.coding, body.bytes.substr(0, length));
            ASSERT_FALSE(cut.has_value()) << length;
            EXPECT_EQ(cut.error().code, Errc::malformed);
        }
    }
}

TEST(BodyDecoder, WhatComesBehindTheEndIsAFault) {
    for (const Packed& body : packed("text")) {
        for (const std::string& more :
             {std::string("x"), std::string(1, '\0'), std::string("more than a header of anything"),
              body.bytes.substr(0, body.bytes.size() - 1)}) {
            for (const std::size_t piece : {std::size_t{1}, std::size_t{1'000}}) {
                const auto refused = decoded(body.coding, body.bytes + more, piece);
                ASSERT_FALSE(refused.has_value())
                    << engine::word_of(body.coding) << " and " << more;
                EXPECT_EQ(refused.error().code, Errc::malformed);
            }
        }
    }
    const auto twice = decoded(ContentCoding::deflate, packed_as_zlib("a") + packed_as_zlib("b"));
    EXPECT_FALSE(twice.has_value());
}

TEST(BodyDecoder, OtherBytesAreAFault) {
    for (const Packed& body : packed("text")) {
        for (const std::string& other : {std::string("{\"Records\":[]}"), std::string(100, '\xff'),
                                         std::string("\x1f\x8b\xff")}) {
            const auto refused = decoded(body.coding, other);
            ASSERT_FALSE(refused.has_value());
            EXPECT_EQ(refused.error().code, Errc::malformed);
        }
    }
}

TEST(BodyDecoder, AWrongChecksumIsAFault) {
    std::string gzip = packed_as_gzip("text");
    gzip[gzip.size() - 6] ^= 1;
    EXPECT_FALSE(decoded(ContentCoding::gzip, gzip).has_value());

    std::string zlib = packed_as_zlib("text");
    zlib.back() ^= 1;
    EXPECT_FALSE(decoded(ContentCoding::deflate, zlib).has_value());
}

TEST(BodyDecoder, AFormThatIsOlderThanZstdIsAFault) {
    const std::string of_v05("\x25\xb5\x2f\xfd\0\0\0\0\0\0\0\0", 12);

    EXPECT_FALSE(decoded(ContentCoding::zstd, of_v05).has_value());
}

TEST(BodyDecoder, AWindowIsAsLargeAsRfc9659SaysAndNoLarger) {
    const std::string text(20U << 20U, 'a');

    const auto largest = decoded(ContentCoding::zstd, packed_as_zstd(text, 23), 65'536, 65'536);
    EXPECT_TRUE(largest.has_value() && *largest == text);

    const auto larger = decoded(ContentCoding::zstd, packed_as_zstd(text, 24));
    ASSERT_FALSE(larger.has_value());
    EXPECT_EQ(larger.error().code, Errc::too_large);
    EXPECT_NE(larger.error().message.find("8 MiB"), std::string::npos);
}

TEST(BodyDecoder, ItsMemoryIsBoundedWhateverItDecodes) {
    const std::string text(20U << 20U, 'a');
    for (const Packed& body : {Packed{ContentCoding::gzip, packed_as_gzip(text)},
                               Packed{ContentCoding::zstd, packed_as_zstd(text, 23)}}) {
        const auto decoder = BodyDecoder::of(body.coding);
        std::string_view rest = body.bytes;
        std::string made;
        std::size_t most = 0;
        while (!rest.empty() || decoder->holds_back()) {
            made.clear();
            rest.remove_prefix(*decoder->decode(rest, 65'536, made));
            most = std::max(most, decoder->memory());
        }
        EXPECT_GT(most, 10'000U);
        EXPECT_LT(most, zstd_window_max + (1U << 20U));
        if (body.coding == ContentCoding::gzip) {
            EXPECT_LT(most, 64U << 10U);
        }
    }
}

TEST(BodyDecoder, AStepMakesNoMoreThanItMay) {
    const std::string bomb = packed_as_zstd(std::string(64U << 20U, '\n'));
    const auto decoder = BodyDecoder::of(ContentCoding::zstd);
    std::string text;

    const auto taken = decoder->decode(bomb, 100, text);

    ASSERT_TRUE(taken.has_value());
    EXPECT_EQ(text.size(), 100U);
    EXPECT_TRUE(decoder->holds_back());
}

}  // namespace
}  // namespace freshet::http
