#include "bench/peers/redis.h"

#include <string>
#include <string_view>

#include "bench/harness/failure.h"
#include "bench/harness/local_socket.h"
#include "bench/harness/open_load.h"
#include "bench/harness/rounds.h"
#include "bench/harness/workload.h"
#include "bench/peers/peer_load.h"
#include "bench/peers/peer_process.h"
#include "bench/peers/redis_server.h"
#include "bench/peers/resp.h"

namespace freshet::bench {
namespace {

constexpr unsigned bulk_clients = 16;
constexpr unsigned bulk_depth = 64;
constexpr std::string_view stream = "orders";

void append_record_command(std::string& out, std::string_view key, std::string_view record) {
    append_command(out,
                   {"XADD", stream, "MAXLEN", "~", "1000000", "*", "key", key, "record", record});
}

// What it ever added, be it that it has dropped the oldest.
void check_redis(std::uint16_t port, std::uint64_t records) {
    check_kept("Redis", "records", ask_redis(port, {"XINFO", "STREAM", stream}, "entries-added"),
               records);
}

Round append_to_redis(const Plan& plan, unsigned clients, unsigned depth) {
    const PeerProcess redis = start_redis(plan);
    const auto next = [depth](Workload& lane, std::string& out) {
        std::string record;
        std::string key;
        for (unsigned i = 0; i < depth; ++i) {
            record.clear();
            key.clear();
            append_order_key(key, lane.next(record));
            append_record_command(out, key, record);
        }
        return depth;
    };
    return run_peer_load(
        plan, {.port = redis.port(),
               .clients = clients,
               .next = next,
               .take_answer = replies_of_redis(depth),
               .cpu_now = [&] { return redis.cpu_seconds(); },
               .check = [&](const Written& all) { check_redis(redis.port(), all.records); }});
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
    AnswerTaker take_one_ = replies_of_redis(1);
    std::string last_id_ = "0-0";
};

}  // namespace

bool redis_is_installed(const Plan& /*plan*/) {
    return is_redis_here();
}

Round append_bulk_to_redis(const Plan& plan) {
    return append_to_redis(plan, bulk_clients, bulk_depth);
}

Round append_singles_to_redis(const Plan& plan, unsigned clients) {
    return append_to_redis(plan, clients, 1);
}

Round measure_latency_of_redis(const Plan& plan) {
    const PeerProcess redis = start_redis(plan);
    Workload workload(latency_load(plan));
    WatchedRedis watched(redis.port());
    Round round = watched_round(plan, workload, watched, [&] { return redis.cpu_seconds(); });
    check_redis(redis.port(), workload.records());
    return round;
}

}  // namespace freshet::bench
