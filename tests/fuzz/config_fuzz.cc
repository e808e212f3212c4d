// Spoilt configurations: either one is taken, or each of its mistakes is named with its line.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "engine/config.h"
#include "tests/fuzz/hunt.h"

namespace freshet::fuzz {
namespace {

std::string example() {
    std::ifstream file(FRESHET_SOURCE_DIR "/examples/pizza/freshet.toml", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// `freshet.toml:LINE: …`
bool names_its_line(const std::string& mistake) {
    const std::string file = "freshet.toml:";
    if (mistake.rfind(file, 0) != 0) return false;
    const std::size_t end = mistake.find_first_not_of("0123456789", file.size());
    return end != std::string::npos && end > file.size() && mistake[end] == ':';
}

const std::vector<std::string> words{
    "[[table]]\n",
    "[[table.view]]\n",
    "[[table.list]]\n",
    "[[table.event]]\n",
    "[server]\n",
    "[auth]\n",
    "[limits]\n",
    "key = []\n",
    "by = 7\n",
    "''",
    "\"\"\"",
    "'''",
    "name = \"order\"\n",
    "like = \"like\"\n",
    "=",
    "a.b.c",
    "1979-05-27",
    "inf",
    "0x_f",
    "[{ prefix = 1 }]",
    "{pk}",
    "{",
    "# ",
};

TEST(ConfigFuzz, EveryMistakeIsNamedWithItsLine) {
    hunt({.corpus = {example()}, .tokens = words, .rounds = 20'000},
         [](const std::string& text, Dice&) {
             const auto config = engine::parse_config(text, "freshet.toml");
             if (config) return true;
             EXPECT_EQ(config.error().code, Errc::refused);
             EXPECT_FALSE(config.error().message.empty());
             std::istringstream mistakes(config.error().message);
             for (std::string mistake; std::getline(mistakes, mistake);) {
                 EXPECT_TRUE(names_its_line(mistake)) << mistake;
             }
             return false;
         });
}

}  // namespace
}  // namespace freshet::fuzz
