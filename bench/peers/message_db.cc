#include "bench/peers/message_db.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "bench/harness/failure.h"
#include "bench/harness/open_load.h"
#include "bench/harness/rounds.h"
#include "bench/harness/workload.h"
#include "bench/harness/writers.h"
#include "bench/peers/peer_load.h"
#include "bench/peers/postgres_protocol.h"
#include "bench/peers/postgres_server.h"

namespace freshet::bench {
namespace {

constexpr unsigned bulk_clients = 4;
constexpr unsigned bulk_messages = 64;
constexpr std::string_view stream_start = "order-";

// What its install.sh runs, in the same order, but for the views and the rights of its own user.
constexpr std::array sources = {
    "schema/message-store.sql",
    "extensions/pgcrypto.sql",
    "tables/messages.sql",
    "types/message.sql",
    "functions/message-store-version.sql",
    "functions/hash-64.sql",
    "functions/acquire-lock.sql",
    "functions/category.sql",
    "functions/is-category.sql",
    "functions/id.sql",
    "functions/cardinal-id.sql",
    "functions/stream-version.sql",
    "functions/write-message.sql",
    "functions/get-stream-messages.sql",
    "functions/get-category-messages.sql",
    "functions/get-last-stream-message.sql",
    "indexes/messages-id.sql",
    "indexes/messages-stream.sql",
    "indexes/messages-category.sql",
};

std::string database_folder(const Plan& plan) {
    return plan.peers_folder + "/node_modules/@eventide/message-db/database/";
}

PeerProcess start_message_db(const Plan& plan) {
    PeerProcess postgres = start_postgres(plan);
    LocalSocket session = postgres_session(postgres.port());
    run_sql(session, "alter role postgres set search_path = message_store, public");
    LocalSocket inside = postgres_session(postgres.port());
    for (const char* const source : sources) {
        const std::string path = database_folder(plan) + source;
        std::ifstream in(path);
        const std::string sql{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
        if (sql.empty()) throw Failure("cannot read " + path + "; npm ci --prefix bench/peers");
        run_sql(inside, sql);
    }
    return postgres;
}

void greet(LocalSocket& socket) {
    begin_postgres_session(socket);
    prepare(socket, "append", "select write_message($1, $2, $3, $4)");
}

// The text after a mark.
std::string_view text_after(std::string_view record, std::string_view mark, std::size_t bytes) {
    return record.substr(record.find(mark) + mark.size(), bytes);
}

// The message's id is the event's, so that one that comes twice is refused.
void append_call(std::string& out, const std::string& record, std::uint64_t order) {
    constexpr std::size_t id_bytes = 32;
    constexpr std::size_t type_bytes = 6;  // of INSERT, MODIFY and REMOVE
    std::string stream(stream_start);
    append_order_key(stream, order);
    append_execution(out, "append",
                     {text_after(record, R"("eventID":")", id_bytes), stream,
                      text_after(record, R"("eventName":")", type_bytes), record});
}

unsigned next_calls(Workload& lane, std::string& out, unsigned calls) {
    std::string record;
    for (unsigned i = 0; i < calls; ++i) {
        record.clear();
        const std::uint64_t order = lane.next(record);
        append_call(out, record, order);
    }
    append_end(out);
    return calls;
}

void check_message_db(std::uint16_t port, std::uint64_t records) {
    LocalSocket session = postgres_session(port);
    check_kept("Message DB", "messages", ask_number(session, "select count(*) from messages"),
               records);
}

Round append_to_message_db(const Plan& plan, unsigned clients, unsigned calls) {
    const PeerProcess postgres = start_message_db(plan);
    return run_peer_load(
        plan,
        {.port = postgres.port(),
         .clients = clients,
         .next = [calls](Workload& lane, std::string& out) { return next_calls(lane, out, calls); },
         .take_answer = [](LocalSocket& socket) { return take_result(socket); },
         .greet = greet,
         .cpu_now = [&] { return postgres.cpu_seconds(); },
         .check = [&](const Written& all) { check_message_db(postgres.port(), all.records); }});
}

// Connections that write, and one that reads the category.
class WatchedMessageDb : public Watched {
public:
    explicit WatchedMessageDb(std::uint16_t port)
        : writers_(
              port, [](LocalSocket& socket) { return take_result(socket); }, greet),
          reader_(postgres_session(port)) {
        prepare(reader_, "read",
                "select stream_name, global_position, data from "
                "get_category_messages('order', $1, 1000)");
        ask();
    }

    [[nodiscard]] bool can_send() const override { return writers_.can_send(); }

    void send(const std::string& record, std::uint64_t order) override {
        std::string request;
        append_call(request, record, order);
        append_end(request);
        writers_.send(request);
    }

    void receive(const std::function<void(std::uint64_t order)>& heard) override {
        writers_.receive();
        if (!reader_.receive()) throw Failure("PostgreSQL closed a connection");
        const bool is_answered = take_result(reader_, [&](const Columns& columns) {
            heard(order_of_key(columns.at(0).substr(stream_start.size())));
            next_position_ = std::to_string(std::stoull(std::string(columns.at(1))) + 1);
        });
        if (is_answered) ask();
    }

private:
    void ask() {
        std::string request;
        append_execution(request, "read", {next_position_});
        append_end(request);
        reader_.send(request);
    }

    Writers writers_;
    LocalSocket reader_;
    std::string next_position_ = "1";
};

}  // namespace

bool message_db_is_installed(const Plan& plan) {
    return is_postgres_here() && std::filesystem::exists(database_folder(plan));
}

std::string message_db_version(const Plan& plan) {
    return package_version(plan, "@eventide/message-db") + " on " + postgres_version(plan);
}

Round append_bulk_to_message_db(const Plan& plan) {
    return append_to_message_db(plan, bulk_clients, bulk_messages);
}

Round append_singles_to_message_db(const Plan& plan, unsigned clients) {
    return append_to_message_db(plan, clients, 1);
}

Round measure_latency_of_message_db(const Plan& plan) {
    const PeerProcess postgres = start_message_db(plan);
    Workload workload(latency_load(plan));
    WatchedMessageDb watched(postgres.port());
    Round round = watched_round(plan, workload, watched, [&] { return postgres.cpu_seconds(); });
    check_message_db(postgres.port(), workload.records());
    return round;
}

}  // namespace freshet::bench
