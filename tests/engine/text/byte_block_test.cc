// Both kinds of engine/text/byte_block.h, of each byte at each place.

#include "engine/text/byte_block.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace freshet::engine {
namespace {

// The masks and the changed bytes for a block that has `byte` at `place` and NUL elsewhere.
template <class Block>
struct Answers {
    explicit Answers(const std::string& bytes) {
        const Block block = Block::at(bytes.data());
        beyond_ascii = block.beyond_ascii();
        continuing = block.continuing();
        equal = block.equal_to('\xE2');
        between = block.between('\t', '\r');
        block.with_other_case('A', 'Z').store(lower.data());
        block.with_other_case('a', 'z').store(upper.data());
    }

    std::uint32_t beyond_ascii = 0;
    std::uint32_t continuing = 0;
    std::uint32_t equal = 0;
    std::uint32_t between = 0;
    std::string lower = std::string(block_bytes, '?');
    std::string upper = std::string(block_bytes, '?');
};

template <class Block>
class ByteBlockTest : public ::testing::Test {};

using Kinds = ::testing::Types<PlainByteBlock, ByteBlock>;
TYPED_TEST_SUITE(ByteBlockTest, Kinds);

TYPED_TEST(ByteBlockTest, AnswersForEachByteAtEachPlace) {
    for (std::size_t place = 0; place < block_bytes; ++place) {
        for (unsigned byte = 0; byte < 256; ++byte) {
            std::string bytes(block_bytes, '\0');
            bytes[place] = static_cast<char>(byte);
            const auto mask = [place](bool is) { return static_cast<std::uint32_t>(is) << place; };
            const auto other = [&](bool changes) {
                std::string changed = bytes;
                if (changes) changed[place] = static_cast<char>(byte ^ 0x20U);
                return changed;
            };

            const Answers<TypeParam> answers(bytes);

            ASSERT_EQ(answers.beyond_ascii, mask(byte >= 0x80)) << byte;
            ASSERT_EQ(answers.continuing, mask(byte >= 0x80 && byte < 0xC0)) << byte;
            ASSERT_EQ(answers.equal, mask(byte == 0xE2)) << byte;
            ASSERT_EQ(answers.between, mask(byte >= 9 && byte <= 13)) << byte;
            ASSERT_EQ(answers.lower, other(byte >= 'A' && byte <= 'Z')) << byte;
            ASSERT_EQ(answers.upper, other(byte >= 'a' && byte <= 'z')) << byte;
        }
    }
}

}  // namespace
}  // namespace freshet::engine
