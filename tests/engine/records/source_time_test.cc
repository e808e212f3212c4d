// What engine/records/source_time.h promises: the units and texts in which sources write times.

#include "engine/records/source_time.h"
#include "engine/values/time_text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

#include "tests/support/must.h"

namespace freshet::engine {
namespace {

// In microseconds since 1970.
std::optional<std::int64_t> time_in(const std::string& json) {
    const JsonDocument document = support::must(JsonDocument::parse(json));
    const auto time = source_time(document.root());
    if (!time) return std::nullopt;
    return time->time_since_epoch().count();
}

constexpr std::int64_t expected = 1'767'225'600'000'000;

TEST(SourceTime, IsReadInEachUnitThatSourcesUse) {
    EXPECT_EQ(time_in("1767225600"), expected);
    EXPECT_EQ(time_in("1767225600.0"), expected);
    EXPECT_EQ(time_in("1.7672256e9"), expected);
    EXPECT_EQ(time_in("1767225600.25"), expected + 250'000);
    EXPECT_EQ(time_in("1767225600000"), expected);
    EXPECT_EQ(time_in("1767225600000123"), expected + 123);
    EXPECT_EQ(time_in(R"("1767225600")"), expected);
    EXPECT_EQ(time_in(R"("2026-01-01T00:00:00Z")"), expected);
    EXPECT_EQ(time_in(R"("2026-01-01T00:00:00.5Z")"), expected + 500'000);
    EXPECT_EQ(time_in(R"("2026-01-01T00:00:00.123456789Z")"), expected + 123'456);
    EXPECT_EQ(time_in(R"("2026-01-01T00:00:00+00:00")"), expected);
    EXPECT_EQ(time_in(R"("2026-01-01T00:00:00")"), expected);
}

TEST(SourceTime, SaysNothingWhereItIsNone) {
    for (const std::string json : {"0", "-1", "1e300", "null", "true", "[]", "{}", R"("")",
                                   R"("soon")", R"("2026-01-01")", R"("2026-13-01T00:00:00Z")",
                                   R"("2026-01-01T24:00:00Z")", R"("2026-01-01T00:00:00+01:00")",
                                   R"("2026-01-01T00:00:00.5Zulu")", R"("2026-01-01T00:00:-1Z")"}) {
        EXPECT_EQ(time_in(json), std::nullopt) << json;
    }
}

TEST(SourceTime, IsShownToTheSecond) {
    EXPECT_EQ(text_of(storage::SourceTime(std::chrono::microseconds(expected + 999'999))),
              "2026-01-01T00:00:00Z");
}

}  // namespace
}  // namespace freshet::engine
