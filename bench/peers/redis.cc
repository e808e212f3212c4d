#include "bench/peers/redis.h"

#include <csignal>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "bench/harness/failure.h"
#include "bench/harness/load.h"
#include "bench/harness/local_socket.h"
#include "bench/harness/open_load.h"
#include "bench/harness/rounds.h"
#include "bench/harness/workload.h"
#include "bench/peers/peer_process.h"
#include "bench/peers/resp.h"

namespace freshet::bench {
namespace {

constexpr unsigned bulk_clients = 16;
constexpr unsigned bulk_depth = 64;
constexpr std::string_view stream = "orders";

PeerProcess start_redis(const Plan& plan) {
    PeerFolder folder = make_peer_folder(plan, "redis", std::nullopt);
    const std::string port = std::to_string(folder.port);
    return PeerProcess(std::move(folder),
                       {"redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", ".",
                        "--save", "", "--appendonly", "yes", "--appendfsync", "always",
                        "--auto-aof-rewrite-percentage", "0", "--daemonize", "no"},
                       SIGTERM);
}

void append_record_command(std::string& out, std::string_view key, std::string_view record) {
    append_command(out,
                   {"XADD", stream, "MAXLEN", "~", "1000000", "*", "key", key, "record", record});
}

// Takes so many replies at once, or none.
AnswerTaker taker_of(unsigned replies) {
    return [replies](LocalSocket& socket) {
        std::string_view text = socket.received();
        const std::size_t bytes = text.size();
        for (unsigned i = 0; i < replies; ++i) {
            const auto reply = take_reply(text);
            if (!reply) return false;
            if (reply->is_error) throw Failure("Redis says " + std::string(reply->text));
        }
        socket.drop(bytes - text.size());
        return true;
    };
}

Round append_to_redis(const Plan& plan, unsigned clients, unsigned depth) {
    PeerProcess redis = start_redis(plan);
    std::deque<Workload> lanes = lanes_of(plan, clients);
    std::vector<RequestSource> sources;
    sources.reserve(lanes.size());
    for (Workload& lane : lanes) {
        sources.emplace_back([&lane, depth](std::string& out) {
            std::string record;
            std::string key;
            for (unsigned i = 0; i < depth; ++i) {
                record.clear();
                key.clear();
                append_order_key(key, lane.next(record));
                append_record_command(out, key, record);
            }
            return depth;
        });
    }
    return round_of(run_closed({.port = redis.port(),
                                .warm_up_seconds = warm_up_seconds(plan),
                                .seconds = plan.seconds,
                                .take_answer = taker_of(depth)},
                               sources, [&] { return redis.cpu_seconds(); }));
}

// One connection that appends, without waiting for answers, and one that reads what is new.
class WatchedRedis : public Watched {
public:
    explicit WatchedRedis(std::uint16_t port) : writer_(port), reader_(port) { ask(); }

    [[nodiscard]] bool can_send() const override { return true; }

    void send(const std::string& record, std::uint64_t order) override {
        std::string key;
        append_order_key(key, order);
        std::string command;
        append_record_command(command, key, record);
        writer_.send(command);
    }

    void receive(const std::function<void(std::uint64_t order)>& heard) override {
        if (!writer_.receive() || !reader_.receive()) throw Failure("Redis closed a connection");
        while (take_one_(writer_)) continue;
        std::string_view text = reader_.received();
        const std::size_t bytes = text.size();
        const auto reply = take_reply(text);
        if (!reply) return;
        // Of the one stream, its entries: each an id, and its fields with their values.
        for (const RespReply& entry : reply->elements.at(0).elements.at(1).elements) {
            last_id_ = entry.elements.at(0).text;
            heard(order_of_key(entry.elements.at(1).elements.at(1).text));
        }
        reader_.drop(bytes - text.size());
        ask();
    }

private:
    void ask() {
        std::string command;
        append_command(command,
                       {"XREAD", "COUNT", "100", "BLOCK", "0", "STREAMS", stream, last_id_});
        reader_.send(command);
    }

    LocalSocket writer_;
    LocalSocket reader_;
    AnswerTaker take_one_ = taker_of(1);
    std::string last_id_ = "0-0";
};

}  // namespace

bool redis_is_installed() {
    return is_in_path("redis-server");
}

Round append_bulk_to_redis(const Plan& plan) {
    return append_to_redis(plan, bulk_clients, bulk_depth);
}

Round append_singles_to_redis(const Plan& plan, unsigned clients) {
    return append_to_redis(plan, clients, 1);
}

Round measure_latency_of_redis(const Plan& plan) {
    PeerProcess redis = start_redis(plan);
    Workload workload(latency_load(plan));
    WatchedRedis watched(redis.port());
    return round_of(run_open(
        {.rate = plan.rate, .warm_up_seconds = warm_up_seconds(plan), .seconds = plan.seconds},
        workload, watched, [&] { return redis.cpu_seconds(); }));
}

}  // namespace freshet::bench
