// What http/routes/metrics_route.h and http/observing/http_metrics.h promise, and that
// docs/metrics.md tells of every metric that is served.

#include "http/routes/metrics_route.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http/messages/target.h"
#include "http/routes/endpoints.h"
#include "tests/readers/exposition.h"
#include "tests/support/must.h"
#include "tests/support/places.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using support::Exposition;
using support::must;

using Labels = Exposition::Labels;

// The row of the endpoint with that path.
std::size_t row(std::string_view path) {
    const auto paths = endpoint_paths();
    const auto found = std::find(paths.begin(), paths.end(), path);
    EXPECT_NE(found, paths.end()) << path;
    return static_cast<std::size_t>(found - paths.begin());
}

class MetricsRoute : public ::testing::Test {
protected:
    Answer get(const std::string& target = "/metrics") {
        Request request;
        request.method = "GET";
        request.target = must(parse_target(target));
        return metrics_answer(shop.engine(), metrics, request);
    }
    Exposition served() { return Exposition(get().body); }

    // How many requests of each kind were counted.
    std::map<std::string, double> requests() {
        std::map<std::string, double> counted;
        const Exposition exposition = served();
        const auto family = exposition.families().find("freshet_http_requests_total");
        if (family == exposition.families().end()) return counted;
        for (const auto& sample : family->second.samples) {
            const auto& labels = sample.labels;
            counted[labels.at("method") + ' ' + labels.at("route") + ' ' + labels.at("code")] =
                sample.value;
        }
        return counted;
    }

    RouteShop shop{shop_config(
        "[[function]]\nname = \"notify\"\ntable = \"orders\"\nurl = \"http://127.0.0.1:9/\"\n")};
    std::size_t connections = 0;
    std::size_t body_bytes = 0;
    Subscribers::Summary subscribers;
    HttpMetrics metrics{shop.engine().metrics(),
                        endpoint_paths(),
                        {.connections = [this] { return connections; },
                         .body_bytes = [this] { return body_bytes; },
                         .subscribers = [this] { return subscribers; },
                         .revocations =
                             [] {
                                 return HttpMetrics::Revoked{1, 0, 3};
                             }}};
};

using Counted = std::map<std::string, double>;

TEST_F(MetricsRoute, AnswersInPrometheusTextFormat) {
    shop.ordered("a", 1);
    metrics.count_request(row("/views/{view}/{key}"), "GET", 200, 0.001);

    const Answer answer = get();

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    const Exposition exposition(answer.body);
    EXPECT_EQ(exposition.faults(), "");
    EXPECT_EQ(exposition.value("freshet_records_total",
                               Labels{{"table", "orders"}, {"outcome", "appended"}}),
              1);
}

TEST_F(MetricsRoute, RefusesParameters) {
    EXPECT_EQ(get("/metrics?name=x").status, 400);
}

TEST_F(MetricsRoute, AgreesWithItsDocument) {
    metrics.count_request(row("/views/{view}/{key}"), "GET", 200,
                          0.001);  // others are there from the beginning
    std::ifstream file(support::source_folder() + "/docs/metrics.md");
    const std::string document{std::istreambuf_iterator<char>(file), {}};

    const auto documented = support::documented_metrics(document);

    EXPECT_GT(documented.size(), 30U);
    EXPECT_EQ(support::difference(documented, support::served_metrics(served())), "");
}

TEST_F(MetricsRoute, CountsRequestsByRouteMethodAndCode) {
    metrics.count_request(row("/views/{view}/{key}"), "GET", 200, 0.001);
    metrics.count_request(row("/views/{view}/{key}"), "GET", 200, 0.001);
    metrics.count_request(row("/views/{view}/{key}"), "HEAD", 304, 0.001);
    metrics.count_request(row("/records"), "POST", 422, 0.001);

    EXPECT_EQ(requests(), (Counted{{"GET /views/{view}/{key} 200", 2},
                                   {"HEAD /views/{view}/{key} 304", 1},
                                   {"POST /records 422", 1}}));
}

TEST_F(MetricsRoute, MakesNoLabelOfWhatAClientSends) {
    metrics.count_request(row("other"), "EVIL\"}\n", 405, 0.001);
    metrics.count_request(row("other"), "", 299, 0.001);
    metrics.count_request(row("other"), "get", -1, 0.001);

    EXPECT_EQ(requests(), (Counted{{"other other 405", 1}, {"other other other", 2}}));
    EXPECT_EQ(served().faults(), "");
}

TEST_F(MetricsRoute, MeasuresRequestsByRoute) {
    metrics.count_request(row("/tables/{table}/items/{key}"), "GET", 200, 0.0003);
    metrics.count_request(row("/tables/{table}/items/{key}"), "GET", 404, 0.3);

    const Exposition exposition = served();

    const auto up_to = [&exposition](const char* bound) {
        return exposition.value("freshet_http_request_duration_seconds_bucket",
                                Labels{{"route", "/tables/{table}/items/{key}"}, {"le", bound}});
    };
    EXPECT_EQ(up_to("0.0001"), 0);
    EXPECT_EQ(up_to("0.0005"), 1);
    EXPECT_EQ(up_to("1"), 2);
    EXPECT_EQ(up_to("+Inf"), 2);
    EXPECT_EQ(
        exposition.value("freshet_http_request_duration_seconds_count", Labels{{"route", "/"}}), 0);
}

TEST_F(MetricsRoute, CountsWhatIsSentToStreamsAndWhyTheyEnd) {
    metrics.count_events_sent(3);
    metrics.count_stream_bytes_sent(1'000);
    metrics.count_cut(CutReason::slow);
    metrics.count_cut(CutReason::failed);
    metrics.count_cut(CutReason::failed);
    metrics.count_reset(ResetReason::unknown);

    const Exposition exposition = served();

    EXPECT_EQ(exposition.value("freshet_events_sent_total"), 3);
    EXPECT_EQ(exposition.value("freshet_stream_bytes_sent_total"), 1'000);
    const auto cut = [&exposition](const char* reason) {
        return exposition.value("freshet_subscribers_cut_total", Labels{{"reason", reason}});
    };
    EXPECT_EQ(cut("slow"), 1);
    EXPECT_EQ(cut("stopping"), 0);
    EXPECT_EQ(cut("failed"), 2);
    EXPECT_EQ(exposition.value("freshet_resets_total", Labels{{"reason", "epoch"}}), 0);
    EXPECT_EQ(exposition.value("freshet_resets_total", Labels{{"reason", "unknown"}}), 1);
}

// The names of enumerators are labels: one that is renamed would end a series that is watched.
TEST_F(MetricsRoute, HasEveryReasonAsALabelFromTheBeginning) {
    using Words = std::set<std::string>;
    const Exposition exposition = served();
    const auto words = [&exposition](const char* family, const char* label) {
        Words found;
        for (const auto& sample : exposition.families().at(family).samples) {
            found.insert(sample.labels.at(label));
        }
        return found;
    };

    EXPECT_EQ(words("freshet_records_total", "outcome"),
              (Words{"appended", "duplicate", "ignored", "overtaken", "parked", "refused"}));
    EXPECT_EQ(words("freshet_batches_total", "outcome"),
              (Words{"admitted", "refused", "busy", "disk_full", "unavailable", "failed"}));
    EXPECT_EQ(words("freshet_faults_total", "kind"),
              (Words{"io", "disk_full", "corrupt", "damaged_state", "log_shortened", "refused",
                     "unavailable", "other"}));
    EXPECT_EQ(words("freshet_subscribers_cut_total", "reason"),
              (Words{"slow", "stopping", "expired", "failed", "crowded", "admin"}));
    EXPECT_EQ(words("freshet_http_connections_evicted_total", "reason"),
              (Words{"silent", "network"}));
    EXPECT_EQ(words("freshet_resets_total", "reason"), (Words{"epoch", "unknown"}));
    EXPECT_EQ(words("freshet_log_lines_left_out_total", "kind"),
              (Words{"refusals", "actions", "admin_actions", "faults"}));
    EXPECT_EQ(words("freshet_http_limited_total", "limit"),
              (Words{"address", "subject", "streams", "connections", "bodies", "answers"}));
    EXPECT_EQ(words("freshet_http_refused_total", "reason"),
              (Words{"none", "malformed", "unknown_key", "wrong_algorithm", "bad_signature",
                     "expired", "not_yet_valid", "wrong_issuer", "wrong_audience", "lives_too_long",
                     "revoked", "origin", "not_allowed"}));
    EXPECT_EQ(words("freshet_revocations", "by"), (Words{"subject", "token_id", "session"}));
}

TEST_F(MetricsRoute, LooksAtWhatIsRevokedWhenItIsAsked) {
    EXPECT_EQ(served().value("freshet_revocations", Labels{{"by", "subject"}}), 1);
    EXPECT_EQ(served().value("freshet_revocations", Labels{{"by", "token_id"}}), 0);
    EXPECT_EQ(served().value("freshet_revocations", Labels{{"by", "session"}}), 3);
}

TEST_F(MetricsRoute, LooksAtConnectionsAndSubscribersWhenItIsAsked) {
    EXPECT_EQ(served().value("freshet_subscriber_lag_positions"), 0);
    shop.ordered("a", 1);
    shop.ordered("b", 2);
    connections = 7;
    body_bytes = 12'345;
    subscribers = {.count = 2, .slowest = storage::Position{1}};

    const Exposition exposition = served();

    EXPECT_EQ(exposition.value("freshet_http_connections"), 7);
    EXPECT_EQ(exposition.value("freshet_http_body_bytes"), 12'345);
    EXPECT_EQ(exposition.value("freshet_subscribers"), 2);
    EXPECT_EQ(exposition.value("freshet_subscriber_lag_positions"), 1);
    subscribers.slowest = storage::Position{~std::uint64_t{0}};
    EXPECT_EQ(served().value("freshet_subscriber_lag_positions"), 0) << "nowhere behind yet";
}

TEST_F(MetricsRoute, GoesOnCountingWhereAnEarlierServerEnded) {
    {
        HttpMetrics earlier(shop.engine().metrics(), endpoint_paths(),
                            {.connections = [] { return std::size_t{1}; },
                             .body_bytes = [] { return std::size_t{0}; },
                             .subscribers = [] { return Subscribers::Summary{}; },
                             .revocations = [] { return HttpMetrics::Revoked{}; }});
        earlier.count_request(row("/"), "GET", 200, 0.001);
    }

    metrics.count_request(row("/"), "GET", 200, 0.001);

    EXPECT_EQ(requests(), (Counted{{"GET / 200", 2}}));
}

TEST_F(MetricsRoute, LosesNoRequestOfSeveralThreads) {
    constexpr int each = 2'000;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([this] {
            for (int n = 0; n < each; ++n) {
                metrics.count_request(row("/views/{view}/{key}"), "GET", 200, 0.001);
            }
        });
    }
    for (int i = 0; i < 20; ++i) EXPECT_EQ(served().faults(), "");
    for (std::thread& thread : threads) thread.join();

    EXPECT_EQ(requests(), (Counted{{"GET /views/{view}/{key} 200", 4 * each}}));
    EXPECT_EQ(served().value("freshet_http_request_duration_seconds_count",
                             Labels{{"route", "/views/{view}/{key}"}}),
              4 * each);
}

// The parser that these tests rely on.

TEST(ExpositionText, IsReadAsItWasMeant) {
    const Exposition text(
        "# HELP a_total Some\n# TYPE a_total counter\n"
        "a_total{x=\"1\",y=\"a \\\"b\\\" }\"} 3\na_total{x=\"2\",y=\"\"} 4.5\n"
        "# HELP h Some\n# TYPE h histogram\n"
        "h_count 2\nh_sum 1.5\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\n");

    EXPECT_EQ(text.faults(), "");
    EXPECT_EQ(text.value("a_total", Labels{{"x", "2"}, {"y", ""}}), 4.5);
    EXPECT_EQ(text.families().at("a_total").label_names(), (std::set<std::string>{"x", "y"}));
    EXPECT_TRUE(text.families().at("h").label_names().empty());
}

TEST(ExpositionText, IsFaultedForWhatPrometheusWouldNotTake) {
    const std::string head = "# HELP a Some\n# TYPE a gauge\n";
    const std::string histogram = "# HELP h Some\n# TYPE h histogram\n";
    const std::vector<std::string> wrong{
        "a 1\n",
        "# TYPE a gauge\na 1\n",
        "# HELP a Some\na 1\n",
        head,
        head + "a 1",
        head + "a one\n",
        head + "a 1\na 1\n",
        head + "a{x=1} 1\n",
        head + "a{x=\"\"\"} 1\n",
        head + "a{x=\"1\"\n",
        head + "b 1\n",
        head + "a 1\n" + head,
        histogram + "h 1\n",
        histogram + "h_count 1\nh_sum 1\n",
        histogram + "h_count 1\nh_sum 1\nh_bucket{le=\"1\"} 1\n",
        histogram + "h_count 2\nh_sum 1\nh_bucket{le=\"+Inf\"} 1\n",
        histogram + "h_count 1\nh_bucket{le=\"+Inf\"} 1\n",
        histogram + "h_count 1\nh_sum 1\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\n",
    };
    for (const std::string& text : wrong) EXPECT_NE(Exposition(text).faults(), "") << text;
}

TEST(DocumentedMetrics, AreComparedBothWays) {
    const auto documented = support::documented_metrics(
        "| `freshet_a` | gauge | `x`, `y` | bytes | It tells. | |\n"
        "| `freshet_b_total` | counter | | | | |\n");
    auto served = documented;
    EXPECT_EQ(documented.size(), 2U);
    EXPECT_EQ(support::difference(documented, served), "");

    served.at("freshet_a").labels = {"x"};
    EXPECT_NE(support::difference(documented, served), "");
    served.erase("freshet_a");
    EXPECT_NE(support::difference(documented, served), "");
    EXPECT_NE(support::difference(served, documented), "");
}

}  // namespace
}  // namespace freshet::http
