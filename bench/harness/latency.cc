#include <string>
#include <string_view>

#include "bench/harness/failure.h"
#include "bench/harness/http_exchange.h"
#include "bench/harness/measured_server.h"
#include "bench/harness/open_load.h"
#include "bench/harness/rounds.h"
#include "bench/harness/scenarios.h"
#include "bench/harness/writers.h"
#include "bench/harness/written.h"
#include "bench/peers/peers.h"

namespace freshet::bench {
namespace {

// Writers of single records, and a subscriber of all events.
class WatchedServer : public Watched {
public:
    explicit WatchedServer(std::uint16_t port) : writers_(port), events_(port) {
        events_.send(get_request("/events"));
        while (events_.received().find("event: hello") == std::string_view::npos) {
            events_.await_more();
        }
    }

    [[nodiscard]] bool can_send() const override { return writers_.can_send(); }

    void send(const std::string& record, std::uint64_t /*order*/) override {
        writers_.send(post_request(record));
    }

    void receive(const std::function<void(std::uint64_t order)>& heard) override {
        writers_.receive();
        if (!events_.receive()) throw Failure("the server ended the stream of events");
        take_events(heard);
    }

private:
    // An event names its order first: data: {"id":"7c9e6679-…"
    void take_events(const std::function<void(std::uint64_t order)>& heard) {
        constexpr std::string_view mark = R"(data: {"id":")";
        while (true) {
            const std::string_view received = events_.received();
            const std::size_t end = received.find("\n\n");
            if (end == received.npos) return;
            const std::size_t at = received.substr(0, end).find(mark);
            if (at != received.npos) {
                heard(order_of_key(received.substr(at + mark.size(), order_key_bytes)));
            }
            events_.drop(end + 2);
        }
    }

    Writers writers_;
    LocalSocket events_;
};

Round measure_once(const Plan& plan, const Subject& subject) {
    MeasuredServer measured(plan, subject);
    const Server& server = measured.server();
    Workload workload(latency_load(plan));
    WatchedServer watched(server.port());
    Round round = watched_round(plan, workload, watched, [&] { return server.cpu_seconds(); });
    check_server(subject.name, server, written_of(workload));
    return round;
}

}  // namespace

void measure_latency(const Plan& plan, Report& report) {
    const std::string work =
        "append to subscriber, " + std::to_string(static_cast<std::uint64_t>(plan.rate)) + "/s";
    const auto add = [&](unsigned round, const std::string& subject, const auto& measure) {
        say_round("latency", round, work, subject);
        report.add({.scenario = "latency",
                    .work = work,
                    .unit = "records",
                    .subject = subject,
                    .is_at_a_rate = true},
                   measure());
    };
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        for (const Subject& subject : plan.subjects) {
            add(round, subject.name, [&] { return measure_once(plan, subject); });
        }
        for (const Peer& peer : peers_for(plan)) {
            if (peer.latency == nullptr) continue;
            add(round, std::string(peer.name), [&] { return peer.latency(plan); });
        }
    }
}

}  // namespace freshet::bench
