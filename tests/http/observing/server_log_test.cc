// What http/observing/server_log.h and http/observing/line_budget.h promise.

#include "http/observing/server_log.h"

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <sstream>
#include <string>

#include "http/routes/endpoints.h"
#include "tests/readers/exposition.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using support::Exposition;

constexpr sys_seconds noon{seconds{1'800'000'000}};

class ServerLogTest : public ::testing::Test {
protected:
    ServerLogTest() {
        auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text);
        logger = std::make_shared<spdlog::logger>("server", std::move(sink));
        logger->set_pattern("%l %v");
    }
    [[nodiscard]] std::size_t lines() const {
        const std::string all = text.str();
        return static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
    }

    std::ostringstream text;
    std::shared_ptr<spdlog::logger> logger;
};

TEST_F(ServerLogTest, AFaultIsOneLineThatSteersNoTerminal) {
    ServerLog log(logger);

    log.error("a stream ends: ", "key \"a\nb\x1b[2J\xC2\x9B\"");
    log.warn("storage: slow");

    EXPECT_EQ(text.str(),
              "error a stream ends: key \"a\\nb\\u001b[2J\\u009b\"\nwarning storage: slow\n");
}

// A second may end on the way.
TEST_F(ServerLogTest, ManyFaultsWriteABoundedNumberOfLinesAndBytes) {
    ServerLog log(logger);
    const auto begin = std::chrono::system_clock::now();

    for (int i = 0; i < 2'000; ++i) log.error(std::string(100'000, 'x'));
    for (int i = 0; i < 2'000; ++i) log.error("x");

    const auto passed = std::chrono::ceil<seconds>(std::chrono::system_clock::now() - begin);
    const auto seconds_touched = static_cast<std::size_t>(passed.count()) + 1;
    EXPECT_LE(text.str().size(), seconds_touched * (log_bytes_max + 100));
    EXPECT_LE(lines(), seconds_touched * (log_lines_max + 1));
}

TEST_F(ServerLogTest, WithoutALogNothingIsWritten) {
    ServerLog log(nullptr);

    log.error("a fault");
}

TEST_F(ServerLogTest, CountsWhatHasNoRoomAtOnceAndInTheLogLater) {
    RouteShop shop;
    HttpMetrics metrics(shop.engine().metrics(), endpoint_paths(), {});
    LineBudget lines_of(logger, LineKind::faults, "", "faults", &metrics);

    for (std::size_t i = 0; i < log_lines_max + 7; ++i) {
        lines_of.write(LineLevel::error, "x", noon);
    }

    EXPECT_EQ(lines(), log_lines_max);
    EXPECT_EQ(Exposition(shop.engine().metrics_text())
                  .value("freshet_log_lines_left_out_total", {{"kind", "faults"}}),
              7);
    lines_of.write(LineLevel::error, "y", noon + seconds(1));
    EXPECT_TRUE(text.str().ends_with("warning 7 more faults were not listed\nerror y\n"));
}

}  // namespace
}  // namespace freshet::http
