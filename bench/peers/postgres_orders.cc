#include "bench/peers/postgres_orders.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/harness/failure.h"
#include "bench/harness/workload.h"
#include "bench/harness/write_request.h"
#include "bench/peers/peer_load.h"
#include "bench/peers/postgres_protocol.h"
#include "bench/peers/postgres_server.h"
#include "bench/peers/postgres_views.h"

namespace freshet::bench {
namespace {

// The version is what a client would name to write over this state only, as an ETag is.
constexpr std::string_view orders_table =
    "create table orders (id text primary key, item jsonb not null, version bigint not null);";

PeerProcess start_with_orders(const Plan& plan) {
    PeerProcess postgres = start_postgres(plan);
    LocalSocket session = postgres_session(postgres.port());
    std::string sql(orders_table);
    sql.append(view_tables);
    sql += view_trigger("orders", "insert or update or delete", "coalesce(new.id, old.id)",
                        "new.item");
    run_sql(session, sql);
    return postgres;
}

void greet(LocalSocket& socket) {
    begin_postgres_session(socket);
    prepare(socket, "insert",
            "insert into orders (id, item, version) values ($1, $2, 1) returning version");
    prepare(socket, "update",
            "update orders set item = $2, version = version + 1 where id = $1 returning version");
    prepare(socket, "delete", "delete from orders where id = $1 returning version");
}

void append_write(std::string& out, const OrderWrite& write) {
    if (write.image.empty()) {
        append_execution(out, "delete", {write.key});
    } else {
        append_execution(out, write.is_new ? "insert" : "update", {write.key, write.image});
    }
}

unsigned next_transaction(Workload& lane, std::string& out, unsigned writes) {
    std::string record;
    for (unsigned i = 0; i < writes; ++i) {
        record.clear();
        lane.next(record);
        append_write(out, write_of(record));
    }
    append_end(out);
    return 1;
}

// Each write returns the row that it wrote.
bool take_writes(LocalSocket& socket, unsigned writes) {
    unsigned rows = 0;
    if (!take_result(socket, [&](const Columns& /*columns*/) { ++rows; })) return false;
    check_kept("PostgreSQL", "rows in an answer", rows, writes);
    return true;
}

void check_orders(std::uint16_t port, const Written& written) {
    LocalSocket session = postgres_session(port);
    for (const char* const table : {"orders", "order_view", "my_orders"}) {
        check_kept("PostgreSQL", "rows in " + std::string(table),
                   ask_number(session, "select count(*) from " + std::string(table)), written.live);
    }
}

}  // namespace

Round write_orders_to_postgres(const Plan& plan, unsigned clients, unsigned writes) {
    const PeerProcess postgres = start_with_orders(plan);
    return run_peer_load(
        plan, {.port = postgres.port(),
               .clients = clients,
               .next = [writes](Workload& lane,
                                std::string& out) { return next_transaction(lane, out, writes); },
               .take_answer = [writes](LocalSocket& socket) { return take_writes(socket, writes); },
               .greet = greet,
               .cpu_now = [&] { return postgres.cpu_seconds(); },
               .check = [&](const Written& all) { check_orders(postgres.port(), all); }});
}

}  // namespace freshet::bench
