#include "bench/peers/postgres.h"

#include <optional>
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
#include "bench/peers/postgres_views.h"

namespace freshet::bench {
namespace {

constexpr unsigned bulk_clients = 4;
constexpr unsigned bulk_rows = 256;

constexpr std::string_view log_table =
    "create table change_log (position bigserial primary key, record jsonb not null);";

// For the subscriber: PostgreSQL hands on what is said here once the transaction is committed.
constexpr std::string_view telling = R"(
create function tell() returns trigger language plpgsql as $$
begin
    perform pg_notify('orders', (new.record #>> '{dynamodb,Keys,pk,S}') || ' ' ||
        (new.record ->> 'eventName') || ' ' ||
        coalesce(new.record #>> '{dynamodb,NewImage,status,S}', ''));
    return null;
end $$;

create trigger tell after insert on change_log for each row execute function tell();
)";

PeerProcess start_with_views(const Plan& plan) {
    PeerProcess postgres = start_postgres(plan);
    LocalSocket session = postgres_session(postgres.port());
    std::string sql(log_table);
    sql.append(view_tables);
    sql += view_trigger("change_log", "insert", "new.record #>> '{dynamodb,Keys,pk,S}'",
                        "new.record #> '{dynamodb,NewImage}'");
    run_sql(session, sql);
    return postgres;
}

void greet(LocalSocket& socket) {
    begin_postgres_session(socket);
    prepare(socket, "append", "insert into change_log (record) values ($1)");
}

void check_postgres(std::uint16_t port, const Written& written) {
    LocalSocket session = postgres_session(port);
    check_kept("PostgreSQL", "records", ask_number(session, "select count(*) from change_log"),
               written.records);
    check_kept("PostgreSQL", "orders in its view",
               ask_number(session, "select count(*) from order_view"), written.live);
}

unsigned next_copy(Workload& lane, std::string& out) {
    std::string rows;
    for (unsigned i = 0; i < bulk_rows; ++i) {
        lane.next(rows);  // which holds nothing that COPY would have escaped
        rows += '\n';
    }
    append_copy(out, "copy change_log (record) from stdin", rows);
    return bulk_rows;
}

void append_insert(std::string& out, const std::string& record) {
    append_execution(out, "append", {record});
    append_end(out);
}

unsigned next_insert(Workload& lane, std::string& out) {
    std::string record;
    lane.next(record);
    append_insert(out, record);
    return 1;
}

Round append_to_postgres(const Plan& plan, unsigned clients,
                         unsigned (*next)(Workload& lane, std::string& out)) {
    const PeerProcess postgres = start_with_views(plan);
    return run_peer_load(
        plan, {.port = postgres.port(),
               .clients = clients,
               .next = next,
               .take_answer = [](LocalSocket& socket) { return take_result(socket); },
               .greet = greet,
               .cpu_now = [&] { return postgres.cpu_seconds(); },
               .check = [&](const Written& all) { check_postgres(postgres.port(), all); }});
}

// Connections that insert, and one that listens.
class WatchedPostgres : public Watched {
public:
    explicit WatchedPostgres(std::uint16_t port)
        : writers_(
              port, [](LocalSocket& socket) { return take_result(socket); }, greet),
          listener_(postgres_session(port)) {
        run_sql(listener_, "listen orders");
    }

    [[nodiscard]] bool can_send() const override { return writers_.can_send(); }

    void send(const std::string& record, std::uint64_t /*order*/) override {
        std::string request;
        append_insert(request, record);
        writers_.send(request);
    }

    void receive(const std::function<void(std::uint64_t order)>& heard) override {
        writers_.receive();
        if (!listener_.receive()) throw Failure("PostgreSQL closed a connection");
        while (const std::optional<std::string> said = take_notification(listener_)) {
            heard(order_of_key(std::string_view(*said).substr(0, order_key_bytes)));
        }
    }

private:
    Writers writers_;
    LocalSocket listener_;
};

}  // namespace

bool postgres_is_installed(const Plan& /*plan*/) {
    return is_postgres_here();
}

Round append_bulk_to_postgres(const Plan& plan) {
    return append_to_postgres(plan, bulk_clients, next_copy);
}

Round append_singles_to_postgres(const Plan& plan, unsigned clients) {
    return append_to_postgres(plan, clients, next_insert);
}

Round measure_latency_of_postgres(const Plan& plan) {
    const PeerProcess postgres = start_with_views(plan);
    LocalSocket session = postgres_session(postgres.port());
    run_sql(session, telling);
    Workload workload(latency_load(plan));
    WatchedPostgres watched(postgres.port());
    Round round = watched_round(plan, workload, watched, [&] { return postgres.cpu_seconds(); });
    check_postgres(postgres.port(), {.records = workload.records(), .live = workload.live()});
    return round;
}

}  // namespace freshet::bench
