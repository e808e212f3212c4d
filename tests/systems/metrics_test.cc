// What Prometheus, and whoever asks for the status, read of a server that runs.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tests/readers/exposition.h"
#include "tests/support/places.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

using support::Exposition;

using Labels = Exposition::Labels;

double requests(const Exposition& metrics, const char* route, const char* method,
                const char* code) {
    return metrics
        .value("freshet_http_requests_total",
               Labels{{"route", route}, {"method", method}, {"code", code}})
        .value_or(0);
}

TEST(MetricsTest, AreThoseThatAreDocumented) {
    // Nobody listens there.
    System system(orders_config +
                  "[[function]]\nname = \"notify\"\ntable = \"orders\"\n"
                  "url = \"http://127.0.0.1:9/\"\n");
    ASSERT_TRUE(system.start());
    std::ifstream file(support::source_folder() + "/docs/metrics.md");
    const std::string document{std::istreambuf_iterator<char>(file), {}};

    const HttpAnswer answer = system.get("/metrics");

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    const Exposition metrics(answer.body);
    EXPECT_EQ(metrics.faults(), "");
    EXPECT_EQ(support::difference(support::documented_metrics(document),
                                  support::served_metrics(metrics)),
              "");
}

TEST(MetricsTest, TellWhatAServerHasDone) {
    System system(orders_config);
    ASSERT_TRUE(system.start());
    const Exposition before(system.get("/metrics").body);

    system.append(inserted("a", 1).text());
    system.append(inserted("a", 1).text());
    system.post("{\"Records\":[{}]}");
    system.get("/views/order/a");
    system.get("/views/order/nobody");
    system.get("/secret-path");

    const std::string text = system.get("/metrics").body;
    const Exposition metrics(text);
    EXPECT_EQ(metrics.faults(), "");
    const auto records = [&metrics](const char* table, const char* outcome) {
        return metrics.value("freshet_records_total",
                             Labels{{"table", table}, {"outcome", outcome}});
    };
    EXPECT_EQ(records("orders", "appended"), 1);
    EXPECT_EQ(records("orders", "duplicate"), 1);
    EXPECT_EQ(records("", "refused"), 1);
    EXPECT_EQ(requests(metrics, "/records", "POST", "200"), 2);
    EXPECT_EQ(requests(metrics, "/records", "POST", "422"), 1);
    EXPECT_EQ(requests(metrics, "/views/{view}/{key}", "GET", "200"), 1);
    EXPECT_EQ(requests(metrics, "/views/{view}/{key}", "GET", "404"), 1);
    EXPECT_EQ(requests(metrics, "other", "GET", "404"), 1);
    EXPECT_EQ(requests(metrics, "/metrics", "GET", "200"),
              requests(before, "/metrics", "GET", "200") + 1);
    EXPECT_EQ(metrics.value("freshet_log_head_position"), 1);
    EXPECT_EQ(metrics.value("freshet_serving"), 1);
    EXPECT_GE(metrics.value("freshet_http_connections"), 1);
    EXPECT_EQ(text.find("secret"), std::string::npos);
}

TEST(ServerStatusTest, TellsOfTheSameServer) {
    System system(orders_config);
    ASSERT_TRUE(system.start());
    system.append(inserted("a", 1).text());

    const JsonValue status = system.read("/status");

    EXPECT_EQ(status["mode"].text(), "ready");
    EXPECT_EQ(status["head"].text(), "1");
    EXPECT_EQ(status["folded"].text(), "1");
    EXPECT_EQ(status["subscribers"]["count"].text(), "0");
    EXPECT_NE(status["disk"]["log_bytes"].text(), "0");
}

}  // namespace
}  // namespace freshet::systems
