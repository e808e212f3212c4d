#include "bench/peers/nats.h"

#include <csignal>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "bench/harness/failure.h"
#include "bench/harness/http_exchange.h"
#include "bench/harness/open_load.h"
#include "bench/harness/rounds.h"
#include "bench/harness/version.h"
#include "bench/harness/workload.h"
#include "bench/peers/nats_protocol.h"
#include "bench/peers/peer_load.h"
#include "bench/peers/peer_process.h"

namespace freshet::bench {
namespace {

constexpr unsigned bulk_clients = 16;
constexpr unsigned bulk_depth = 64;
constexpr std::string_view subject_start = "orders.";

PeerProcess start_nats(const Plan& plan) {
    PeerFolder folder = make_peer_folder(plan, "nats", std::nullopt);
    const std::string port = std::to_string(folder.port);
    std::ofstream config(folder.path + "/nats.conf");
    config << "host: \"127.0.0.1\"\nport: " << port << "\njetstream { store_dir: \"data\""
           << (nats_is_durable(plan) ? ", sync_interval: always" : "") << " }\n";
    if (!config.flush()) throw Failure("cannot write to " + folder.path);
    PeerProcess nats(std::move(folder), {"nats-server", "-c", "nats.conf"}, SIGTERM);
    ask_jetstream(nats.port(), "$JS.API.STREAM.CREATE.orders",
                  R"({"name":"orders","subjects":["orders.*"],"storage":"file"})");
    return nats;
}

void check_nats(std::uint16_t port, std::uint64_t records) {
    const std::string info = ask_jetstream(port, "$JS.API.STREAM.INFO.orders", "");
    check_kept("JetStream", "messages", number_in(info, "messages"), records);
}

void append_message(std::string& out, Workload& lane, std::string_view answer_to) {
    std::string record;
    std::string subject(subject_start);
    append_order_key(subject, lane.next(record));
    append_publication(out, subject, answer_to, record);
}

// Takes so many acknowledgements at once, or none.
AnswerTaker acknowledgements(unsigned count) {
    return [count](LocalSocket& socket) {
        std::string_view text = socket.received();
        const std::size_t bytes = text.size();
        for (unsigned i = 0; i < count; ++i) {
            const auto message = take_nats_message(text);
            if (!message) return false;
            check_jetstream(message->payload);
        }
        socket.drop(bytes - text.size());
        return true;
    };
}

Round append_to_nats(const Plan& plan, unsigned clients, unsigned depth) {
    const PeerProcess nats = start_nats(plan);
    // Each connection hears answers to its own publications.
    unsigned greeted = 0;
    const auto greet = [&](LocalSocket& socket) {
        begin_nats(socket);
        std::string words;
        append_subscription(words, "answers-" + std::to_string(greeted++));
        socket.send(words);
    };
    std::map<const Workload*, std::string> answers_to;
    const auto next = [&](Workload& lane, std::string& out) {
        const auto [at, is_new] = answers_to.try_emplace(&lane);
        if (is_new) at->second = "answers-" + std::to_string(greeted - 1);
        for (unsigned i = 0; i < depth; ++i) append_message(out, lane, at->second);
        return depth;
    };
    return run_peer_load(
        plan, {.port = nats.port(),
               .clients = clients,
               .next = next,
               .take_answer = acknowledgements(depth),
               .greet = greet,
               .cpu_now = [&] { return nats.cpu_seconds(); },
               .check = [&](const Written& all) { check_nats(nats.port(), all.records); }});
}

// A connection that publishes, without waiting for answers, and one to which the stream is pushed.
class WatchedNats : public Watched {
public:
    explicit WatchedNats(std::uint16_t port) : writer_(port), listener_(port) {
        for (LocalSocket* const socket : {&writer_, &listener_}) begin_nats(*socket);
        std::string words;
        append_subscription(words, "answers");
        writer_.send(words);
        words.clear();
        append_subscription(words, "pushed");
        words += "PING\r\n";
        listener_.send(words);
        while (listener_.received().find("PONG") == std::string_view::npos) listener_.await_more();
        ask_jetstream(port, "$JS.API.CONSUMER.CREATE.orders",
                      R"({"stream_name":"orders","config":{"deliver_subject":"pushed",)"
                      R"("deliver_policy":"all","ack_policy":"none"}})");
    }

    [[nodiscard]] bool can_send() const override { return true; }

    void send(const std::string& record, std::uint64_t order) override {
        std::string subject(subject_start);
        append_order_key(subject, order);
        std::string words;
        append_publication(words, subject, "answers", record);
        writer_.send(words);
    }

    void receive(const std::function<void(std::uint64_t order)>& heard) override {
        if (!writer_.receive() || !listener_.receive()) throw Failure("NATS closed a connection");
        while (take_acknowledgement_(writer_)) continue;
        std::string_view text = listener_.received();
        const std::size_t bytes = text.size();
        while (const auto message = take_nats_message(text)) {
            heard(order_of_key(message->subject.substr(subject_start.size())));
        }
        listener_.drop(bytes - text.size());
    }

private:
    LocalSocket writer_;
    LocalSocket listener_;
    AnswerTaker take_acknowledgement_ = acknowledgements(1);
};

}  // namespace

bool nats_is_installed(const Plan& /*plan*/) {
    return is_in_path("nats-server");
}

std::string nats_version(const Plan& plan) {
    return version_of(plan, "nats-server");
}

bool nats_is_durable(const Plan& plan) {
    return is_durable_nats(nats_version(plan));
}

bool is_durable_nats(const std::string& version) {
    constexpr std::pair first_durable(2, 10);
    std::pair release(0, 0);
    const std::size_t at = version.find(" v");
    if (at == std::string::npos) return false;
    std::istringstream text(version.substr(at + 2));
    char dot = 0;
    text >> release.first >> dot >> release.second;
    return release >= first_durable;
}

Round append_bulk_to_nats(const Plan& plan) {
    return append_to_nats(plan, bulk_clients, bulk_depth);
}

Round append_singles_to_nats(const Plan& plan, unsigned clients) {
    return append_to_nats(plan, clients, 1);
}

Round measure_latency_of_nats(const Plan& plan) {
    const PeerProcess nats = start_nats(plan);
    Workload workload(latency_load(plan));
    WatchedNats watched(nats.port());
    Round round = watched_round(plan, workload, watched, [&] { return nats.cpu_seconds(); });
    check_nats(nats.port(), workload.records());
    return round;
}

}  // namespace freshet::bench
