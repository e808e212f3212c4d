#include "http/observing/http_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/text/enum_words.h"
#include "storage/invariant.h"

namespace freshet::http {

namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;

using CounterFamily = prometheus::Family<Counter>;

// Methods and codes that are not named here count as `other`.
constexpr auto methods = std::to_array<std::string_view>(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"});
constexpr std::array codes{200, 201, 202, 204, 304, 400, 401, 403, 404, 405,
                           406, 408, 409, 410, 412, 413, 414, 415, 417, 421,
                           422, 426, 429, 431, 500, 501, 503, 504, 505, 507};
static_assert(std::is_sorted(codes.begin(), codes.end()));
constexpr std::size_t code_slots = codes.size() + 1;

std::size_t method_slot(std::string_view method) {
    const auto* found = std::find(methods.begin(), methods.end() - 1, method);
    return static_cast<std::size_t>(found - methods.begin());
}

std::size_t code_slot(int code) {
    const auto* found = std::lower_bound(codes.begin(), codes.end(), code);
    if (found == codes.end() || *found != code) return codes.size();
    return static_cast<std::size_t>(found - codes.begin());
}

std::string code_word(std::size_t slot) {
    return slot < codes.size() ? std::to_string(codes[slot]) : "other";
}

CounterFamily& counters(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Gauge& gauge(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

double asked(const std::function<std::size_t()>& bytes) {
    return bytes ? static_cast<double>(bytes()) : 0;
}

// A counter for each enumerator, with its name as the label.
template <class Enum>
using CountersOf = std::array<Counter*, engine::enum_count<Enum>>;

template <class Enum>
CountersOf<Enum> counters_of(CounterFamily& family, const char* label) {
    CountersOf<Enum> made{};
    for (std::size_t i = 0; i < made.size(); ++i) {
        made[i] = &family.Add({{label, std::string(engine::enum_words<Enum>[i])}});
    }
    return made;
}

// Requests and how long they took, in plain integers: many threads count here, a few times as fast
// as in the registry's own metrics. hand_over() takes what came since the last time into those.
class RequestCounts {
public:
    RequestCounts(Registry& registry, const std::vector<std::string_view>& routes);

    void add(std::size_t route, std::string_view method, int code, double seconds) {
        invariant(route < durations_.size(), "a route is a row of the table of endpoints");
        const std::size_t slot =
            (route * methods.size() + method_slot(method)) * code_slots + code_slot(code);
        requests_[slot].fetch_add(1, std::memory_order_relaxed);
        const auto* bucket = std::lower_bound(bounds.begin(), bounds.end(), seconds);
        Durations& durations = durations_[route];
        durations.buckets[static_cast<std::size_t>(bucket - bounds.begin())].fetch_add(
            1, std::memory_order_relaxed);
        const auto nanoseconds = static_cast<std::uint64_t>(std::max(seconds, 0.0) * 1e9);
        durations.nanoseconds.fetch_add(nanoseconds, std::memory_order_relaxed);
    }

    void hand_over();

private:
    // In seconds.
    static constexpr std::array bounds{0.0001, 0.0005, 0.0025, 0.01, 0.05, 0.25, 1.0, 5.0, 30.0};

    using Count = std::atomic<std::uint64_t>;
    struct Durations {
        std::array<Count, bounds.size() + 1> buckets{};
        Count nanoseconds = 0;
    };

    const std::vector<std::string> routes_;
    std::vector<Count> requests_;       // by route, method and code
    std::vector<Durations> durations_;  // by route

    CounterFamily& counters_;
    std::vector<Histogram*> histograms_;  // by route
};

RequestCounts::RequestCounts(Registry& registry, const std::vector<std::string_view>& routes)
    : routes_(routes.begin(), routes.end()),
      requests_(routes.size() * methods.size() * code_slots),
      durations_(routes.size()),
      counters_(counters(registry, "freshet_http_requests_total",
                         "Requests that were answered, by path, method and status")) {
    auto& family = prometheus::BuildHistogram()
                       .Name("freshet_http_request_duration_seconds")
                       .Help("From a request's last byte to its answer")
                       .Register(registry);
    const Histogram::BucketBoundaries boundaries(bounds.begin(), bounds.end());
    for (const std::string& route : routes_) {
        histograms_.push_back(&family.Add({{"route", route}}, boundaries));
    }
}

void RequestCounts::hand_over() {
    for (std::size_t slot = 0; slot < requests_.size(); ++slot) {
        const std::uint64_t count = requests_[slot].exchange(0, std::memory_order_relaxed);
        if (count == 0) continue;
        const std::size_t asked = slot / code_slots;
        counters_
            .Add({{"route", routes_[asked / methods.size()]},
                  {"method", std::string(methods[asked % methods.size()])},
                  {"code", code_word(slot % code_slots)}})
            .Increment(static_cast<double>(count));
    }
    for (std::size_t i = 0; i < durations_.size(); ++i) {
        std::vector<double> increments;
        for (Count& bucket : durations_[i].buckets) {
            increments.push_back(
                static_cast<double>(bucket.exchange(0, std::memory_order_relaxed)));
        }
        const std::uint64_t nanoseconds =
            durations_[i].nanoseconds.exchange(0, std::memory_order_relaxed);
        histograms_[i]->ObserveMultiple(increments, static_cast<double>(nanoseconds) / 1e9);
    }
}

}  // namespace

std::string_view method_label(std::string_view method) {
    return methods[method_slot(method)];
}

struct HttpMetrics::Parts {
    Parts(Registry& registry, const std::vector<std::string_view>& routes, Gauges looked_at)
        : requests(registry, routes),
          events_sent(counters(registry, "freshet_events_sent_total",
                               "Events and records that were sent to those who follow the log")
                          .Add({})),
          stream_bytes(counters(registry, "freshet_stream_bytes_sent_total",
                                "Bytes that were sent to those who follow the log")
                           .Add({})),
          cuts(counters_of<CutReason>(counters(registry, "freshet_subscribers_cut_total",
                                               "Streams that the server ended, by reason"),
                                      "reason")),
          resets(counters_of<ResetReason>(
              counters(registry, "freshet_resets_total",
                       "Streams that could not go on where they were asked to"),
              "reason")),
          limited(counters_of<Limit>(counters(registry, "freshet_http_limited_total",
                                              "What was refused since a client had too much of it"),
                                     "limit")),
          no_room(counters(registry, "freshet_http_connections_refused_total",
                           "Connections and streams that the server had no room for")
                      .Add({})),
          evictions(counters_of<Eviction>(
              counters(registry, "freshet_http_connections_evicted_total",
                       "Connections that were closed to make room, by reason"),
              "reason")),
          refused(counters_of<RefusalReason>(
              counters(registry, "freshet_http_refused_total",
                       "Requests that were refused with 401 or 403, by reason"),
              "reason")),
          decoded(counters_of<ContentCoding>(
              counters(registry, "freshet_http_decoded_bytes_total",
                       "Bytes of bodies that came in a content coding, once decoded"),
              "coding")),
          left_out(counters_of<LineKind>(
              counters(registry, "freshet_log_lines_left_out_total",
                       "Lines that the server's log had no room for in their second"),
              "kind")),
          connections(gauge(registry, "freshet_http_connections", "Open connections")),
          body_bytes(gauge(registry, "freshet_http_body_bytes",
                           "Bytes of the bodies that are being received")),
          long_work(gauge(registry, "freshet_http_long_work_waiting",
                          "Requests that wait for the thread for what takes long")),
          answer_bytes(gauge(registry, "freshet_http_answer_bytes",
                             "Bytes of answers that their clients have not taken yet")),
          held_bytes(gauge(registry, "freshet_stream_held_bytes",
                           "Bytes of streams that their clients have not taken yet")),
          memory_limit(gauge(registry, "freshet_memory_limit_bytes",
                             "Memory that the process may have; 0 if that is not known")),
          memory_planned(gauge(registry, "freshet_memory_planned_bytes",
                               "Memory that all may come to take, as the limits are")),
          connections_max(
              gauge(registry, "freshet_http_connections_max", "How many connections there may be")),
          subscribers(gauge(registry, "freshet_subscribers", "Streams that follow the log")),
          lag(gauge(registry, "freshet_subscriber_lag_positions",
                    "How far the stream that is furthest behind has to go; 0 without streams")),
          live_views(gauge(registry, "freshet_live_views",
                           "Different live views that are watched, or were a moment ago")),
          live_views_max(gauge(registry, "freshet_live_views_max", "How many these may be")),
          live_watches(gauge(registry, "freshet_live_watches", "Parts that streams have in them")),
          live_bytes(gauge(registry, "freshet_live_bytes",
                           "Bytes of what live views show, and of what led there")),
          live_bytes_max(gauge(registry, "freshet_live_bytes_max", "How many these may be")),
          live_reads(counters(registry, "freshet_live_reads_total",
                              "How often a live view was read, once for all who watch it")
                         .Add({})),
          live_refused(counters(registry, "freshet_live_refused_total",
                                "Live views that there was no room for")
                           .Add({})),
          gauges(std::move(looked_at)) {
        auto& family = prometheus::BuildGauge()
                           .Name("freshet_revocations")
                           .Help("Revocations of tokens that are in force")
                           .Register(registry);
        for (std::size_t i = 0; i < revocations.size(); ++i) {
            const std::string_view word = engine::enum_words<storage::RevokedBy>[i];
            revocations[i] = &family.Add({{"by", std::string(word)}});
        }
    }

    // Several may ask at once, and what the counters have must never be ahead.
    void take_in_live() {
        const std::lock_guard lock(mutex);
        const engine::LiveBoard::Load live = gauges.live();
        live_views.Set(static_cast<double>(live.views));
        live_views_max.Set(static_cast<double>(live.views_max));
        live_watches.Set(static_cast<double>(live.watches));
        live_bytes.Set(static_cast<double>(live.bytes));
        live_bytes_max.Set(static_cast<double>(live.bytes_max));
        live_reads.Increment(static_cast<double>(live.reads - seen.reads));
        live_refused.Increment(static_cast<double>(live.refused - seen.refused));
        seen = live;
    }

    std::mutex mutex;
    engine::LiveBoard::Load seen;  // guarded by mutex: what the counters have
    RequestCounts requests;
    Counter& events_sent;
    Counter& stream_bytes;
    CountersOf<CutReason> cuts;
    CountersOf<ResetReason> resets;
    CountersOf<Limit> limited;
    Counter& no_room;
    CountersOf<Eviction> evictions;
    CountersOf<RefusalReason> refused;
    CountersOf<ContentCoding> decoded;
    CountersOf<LineKind> left_out;
    Gauge& connections;
    Gauge& body_bytes;
    Gauge& long_work;
    Gauge& answer_bytes;
    Gauge& held_bytes;
    Gauge& memory_limit;
    Gauge& memory_planned;
    Gauge& connections_max;
    Gauge& subscribers;
    Gauge& lag;
    Gauge& live_views;
    Gauge& live_views_max;
    Gauge& live_watches;
    Gauge& live_bytes;
    Gauge& live_bytes_max;
    Counter& live_reads;
    Counter& live_refused;
    std::array<Gauge*, engine::enum_count<storage::RevokedBy>> revocations{};
    const Gauges gauges;
};

HttpMetrics::HttpMetrics(engine::Metrics& metrics, const std::vector<std::string_view>& routes,
                         Gauges gauges)
    : parts_(std::make_unique<Parts>(metrics.registry(), routes, std::move(gauges))) {}

HttpMetrics::~HttpMetrics() {
    parts_->requests.hand_over();
}

void HttpMetrics::count_request(std::size_t route, std::string_view method, int status,
                                double seconds) {
    parts_->requests.add(route, method, status, seconds);
}

void HttpMetrics::count_events_sent(std::size_t events) {
    parts_->events_sent.Increment(static_cast<double>(events));
}

void HttpMetrics::count_stream_bytes_sent(std::size_t bytes) {
    parts_->stream_bytes.Increment(static_cast<double>(bytes));
}

void HttpMetrics::count_cut(CutReason reason) {
    parts_->cuts[static_cast<std::size_t>(reason)]->Increment();
}

void HttpMetrics::count_limited(Limit limit) {
    parts_->limited[static_cast<std::size_t>(limit)]->Increment();
}

void HttpMetrics::count_eviction(Eviction why) {
    parts_->evictions[static_cast<std::size_t>(why)]->Increment();
}

void HttpMetrics::count_no_room() {
    parts_->no_room.Increment();
}

void HttpMetrics::count_refused(RefusalReason reason) {
    parts_->refused[static_cast<std::size_t>(reason)]->Increment();
}

void HttpMetrics::count_decoded(ContentCoding coding, std::uint64_t bytes) {
    parts_->decoded[static_cast<std::size_t>(coding)]->Increment(static_cast<double>(bytes));
}

void HttpMetrics::count_reset(ResetReason reason) {
    parts_->resets[static_cast<std::size_t>(reason)]->Increment();
}

void HttpMetrics::count_left_out(LineKind kind) {
    parts_->left_out[static_cast<std::size_t>(kind)]->Increment();
}

void HttpMetrics::refresh(storage::Position head) const {
    parts_->requests.hand_over();
    const Subscribers::Summary subscribers = parts_->gauges.subscribers();
    const storage::Position slowest = std::min(subscribers.slowest.value_or(head), head);
    parts_->connections.Set(static_cast<double>(parts_->gauges.connections()));
    parts_->body_bytes.Set(static_cast<double>(parts_->gauges.body_bytes()));
    parts_->long_work.Set(asked(parts_->gauges.long_work));
    parts_->answer_bytes.Set(asked(parts_->gauges.answer_bytes));
    parts_->held_bytes.Set(asked(parts_->gauges.stream_bytes));
    parts_->memory_limit.Set(static_cast<double>(parts_->gauges.memory_bytes));
    parts_->memory_planned.Set(static_cast<double>(parts_->gauges.planned_bytes));
    parts_->connections_max.Set(static_cast<double>(parts_->gauges.connections_max));
    parts_->subscribers.Set(static_cast<double>(subscribers.count));
    parts_->lag.Set(static_cast<double>(head.value - slowest.value));
    if (parts_->gauges.live) parts_->take_in_live();
    const Revoked revoked = parts_->gauges.revocations();
    for (std::size_t i = 0; i < revoked.size(); ++i) {
        parts_->revocations[i]->Set(static_cast<double>(revoked[i]));
    }
}

}  // namespace freshet::http
