#include "bench/peers/node_and_redis.h"

#include <csignal>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "bench/harness/failure.h"
#include "bench/harness/http_exchange.h"
#include "bench/harness/open_load.h"
#include "bench/harness/rounds.h"
#include "bench/harness/version.h"
#include "bench/harness/workload.h"
#include "bench/harness/writers.h"
#include "bench/peers/peer_load.h"
#include "bench/peers/peer_process.h"
#include "bench/peers/redis_server.h"
#include "bench/peers/resp.h"

namespace freshet::bench {
namespace {

constexpr unsigned bulk_clients = 16;
constexpr unsigned bulk_records = 64;

PeerProcess start_handler(const Plan& plan, std::uint16_t redis_port) {
    PeerFolder folder = make_peer_folder(plan, "node", std::nullopt);
    const std::string port = std::to_string(folder.port);
    return PeerProcess(
        std::move(folder),
        {"node", plan.peers_folder + "/orders_handler.mjs", port, std::to_string(redis_port)},
        SIGTERM);
}

// Both of them.
class NodeAndRedis {
public:
    explicit NodeAndRedis(const Plan& plan)
        : redis_(start_redis(plan)), handler_(start_handler(plan, redis_.port())) {}

    [[nodiscard]] std::uint16_t port() const { return handler_.port(); }
    [[nodiscard]] std::uint16_t redis_port() const { return redis_.port(); }
    [[nodiscard]] double cpu_seconds() const {
        return redis_.cpu_seconds() + handler_.cpu_seconds();
    }
    void check(const Written& written) const {
        check_kept("Redis", "records that the handler has written",
                   ask_redis(redis_.port(), {"GET", "records"}), written.records);
        check_kept("Redis", "orders", ask_redis(redis_.port(), {"HLEN", "summaries"}),
                   written.live);
    }

private:
    PeerProcess redis_;
    PeerProcess handler_;
};

unsigned next_event(Workload& lane, std::string& out, unsigned records) {
    std::string event = R"({"Records":[)";
    for (unsigned i = 0; i < records; ++i) {
        if (i > 0) event += ',';
        lane.next(event);
    }
    out += post_request(event + "]}");
    return records;
}

Round append_to_node_and_redis(const Plan& plan, unsigned clients, unsigned records) {
    const NodeAndRedis glue(plan);
    return run_peer_load(
        plan, {.port = glue.port(),
               .clients = clients,
               .next = [records](Workload& lane,
                                 std::string& out) { return next_event(lane, out, records); },
               .take_answer = take_success,
               .cpu_now = [&] { return glue.cpu_seconds(); },
               .check = [&](const Written& all) { glue.check(all); }});
}

// Connections to the handler, and a subscriber of the channel.
class WatchedNodeAndRedis : public Watched {
public:
    explicit WatchedNodeAndRedis(const NodeAndRedis& glue)
        : writers_(glue.port()), subscriber_(glue.redis_port()) {
        std::string command;
        append_command(command, {"SUBSCRIBE", "events"});
        subscriber_.send(command);
        const AnswerTaker take_one = replies_of_redis(1);
        while (!take_one(subscriber_)) subscriber_.await_more();
    }

    [[nodiscard]] bool can_send() const override { return writers_.can_send(); }

    void send(const std::string& record, std::uint64_t /*order*/) override {
        writers_.send(post_request(R"({"Records":[)" + record + "]}"));
    }

    void receive(const std::function<void(std::uint64_t order)>& heard) override {
        writers_.receive();
        if (!subscriber_.receive()) throw Failure("Redis closed a connection");
        std::string_view text = subscriber_.received();
        const std::size_t bytes = text.size();
        while (const auto reply = take_reply(text)) {
            // "message", the channel, and what was published: {"id":"7c9e6679-…
            constexpr std::string_view mark = R"("id":")";
            const std::string_view event = reply->elements.at(2).text;
            heard(order_of_key(event.substr(event.find(mark) + mark.size(), order_key_bytes)));
        }
        subscriber_.drop(bytes - text.size());
    }

private:
    Writers writers_;
    LocalSocket subscriber_;
};

}  // namespace

bool node_and_redis_are_installed(const Plan& plan) {
    return is_redis_here() && is_in_path("node") &&
           std::filesystem::exists(plan.peers_folder + "/node_modules/redis");
}

std::string node_and_redis_version(const Plan& plan) {
    return "node " + version_of(plan, "node") + ", its package redis " +
           package_version(plan, "redis") + ", " + redis_version(plan);
}

Round append_bulk_to_node_and_redis(const Plan& plan) {
    return append_to_node_and_redis(plan, bulk_clients, bulk_records);
}

Round append_singles_to_node_and_redis(const Plan& plan, unsigned clients) {
    return append_to_node_and_redis(plan, clients, 1);
}

Round measure_latency_of_node_and_redis(const Plan& plan) {
    const NodeAndRedis glue(plan);
    Workload workload(latency_load(plan));
    WatchedNodeAndRedis watched(glue);
    Round round = watched_round(plan, workload, watched, [&] { return glue.cpu_seconds(); });
    glue.check({.records = workload.records(), .live = workload.live()});
    return round;
}

}  // namespace freshet::bench
