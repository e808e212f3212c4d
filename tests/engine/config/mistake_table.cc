#include "tests/engine/config/mistake_table.h"

#include <gtest/gtest.h>

#include "engine/config/config.h"

namespace freshet::engine {

std::string mistakes_in(const std::string& file) {
    const auto config = parse_config(file, "freshet.toml");
    if (config) return "none";
    EXPECT_EQ(config.error().code, Errc::refused);
    return config.error().message;
}

void expect_each(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        EXPECT_EQ(mistakes_in(row.file),
                  "freshet.toml:" + std::to_string(row.line) + ": " + row.said)
            << row.mistake << ":\n"
            << row.file;
        EXPECT_TRUE(row.said.starts_with("found ")) << row.mistake;
        EXPECT_NE(row.said.find(", expected "), std::string::npos) << row.mistake;
    }
}

void expect_fine(const std::vector<std::string>& files) {
    for (const std::string& file : files) EXPECT_EQ(mistakes_in(file), "none") << file;
}

}  // namespace freshet::engine
