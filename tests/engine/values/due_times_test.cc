#include "engine/values/due_times.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "tests/world/images.h"

namespace freshet::engine {
namespace {

constexpr std::int64_t now_s = 1'800'000'000;
constexpr std::int64_t five_years_s = std::int64_t{5} * 365 * 24 * 3'600;

const DueTimes times{std::chrono::sys_seconds(std::chrono::seconds(now_s))};

bool is_due(storage::ValueType type, const std::string& text) {
    storage::ImageBuilder builder;
    const auto value = builder.scalar(type, "until", text);
    const auto image = builder.finish({&value, 1});
    return times.hold(image.view().find("until"));
}

bool is_due(const std::string& number) {
    return is_due(storage::ValueType::number, number);
}

TEST(DueTimes, AreThoseOfTheLastFiveYears) {
    EXPECT_TRUE(is_due(std::to_string(now_s)));
    EXPECT_TRUE(is_due(std::to_string(now_s) + ".999"));
    EXPECT_FALSE(is_due(std::to_string(now_s + 1)));
    EXPECT_TRUE(is_due(std::to_string(now_s - five_years_s)));
    EXPECT_FALSE(is_due(std::to_string(now_s - five_years_s - 1) + ".9"));
    EXPECT_TRUE(is_due("18e8"));
    EXPECT_FALSE(is_due("0"));
    EXPECT_FALSE(is_due("-1"));
    EXPECT_FALSE(is_due("1e125"));
    EXPECT_FALSE(is_due(std::to_string(now_s) + "000")) << "milliseconds";
}

TEST(DueTimes, AreNumbers) {
    EXPECT_FALSE(is_due(storage::ValueType::string, std::to_string(now_s)));
    EXPECT_FALSE(is_due(storage::ValueType::binary, std::to_string(now_s)));
    EXPECT_FALSE(times.hold(std::nullopt));
}

// A list of what is due is read between them.
TEST(DueTimes, HaveBounds) {
    EXPECT_EQ(times.since(), std::to_string(now_s - five_years_s));
    EXPECT_EQ(times.until(), std::to_string(now_s + 1));
}

}  // namespace
}  // namespace freshet::engine
