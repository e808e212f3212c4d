#include "bench/peers/postgres.h"

#include <csignal>
#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "bench/harness/failure.h"
#include "bench/harness/load.h"
#include "bench/harness/machine.h"
#include "bench/harness/rounds.h"
#include "bench/harness/workload.h"
#include "bench/peers/peer_process.h"
#include "bench/peers/postgres_protocol.h"

namespace freshet::bench {
namespace {

namespace fs = std::filesystem;

constexpr unsigned bulk_clients = 4;
constexpr unsigned bulk_rows = 256;
constexpr const char* user = "postgres";
constexpr double start_seconds_max = 60;

// The staff's view has all that the customer's has, so one table serves both. A list is a table
// with an index in its order; the board's holds only what is not completed.
constexpr std::string_view schema = R"(
create table change_log (position bigserial primary key, record jsonb not null);

create table order_view (id text primary key, body jsonb not null);
create table my_orders (
    id text primary key, creator text not null, created_at text not null, body jsonb not null);
create index on my_orders (creator, created_at desc, id);
create table all_orders (id text primary key, created_at text not null, body jsonb not null);
create index on all_orders (created_at desc, id);

create function keep_views() returns trigger language plpgsql as $$
declare
    key    text  := new.record #>> '{dynamodb,Keys,pk,S}';
    image  jsonb := new.record #> '{dynamodb,NewImage}';
    status text  := image #>> '{status,S}';
    placed text  := image #>> '{createdAt,S}';
    short  jsonb;
begin
    if image is null then
        delete from order_view where id = key;
        delete from my_orders where id = key;
        delete from all_orders where id = key;
        return null;
    end if;
    short := jsonb_strip_nulls(jsonb_build_object(
        'id', key, 'createdAt', placed, 'status', status,
        'numItems', (image #>> '{numItems,N}')::int, 'lastUpdated', image #>> '{lastUpdated,S}'));
    insert into order_view values (key, short || jsonb_build_object(
            'items', image #> '{items,L}', 'creator', image #>> '{creator,S}'))
        on conflict (id) do update set body = excluded.body;
    insert into my_orders values (key, image #>> '{creator,S}', placed, short)
        on conflict (id) do update set body = excluded.body;
    if status = 'COMPLETED' then
        delete from all_orders where id = key;
    else
        insert into all_orders values (key, placed, short)
            on conflict (id) do update set body = excluded.body;
    end if;
    return null;
end $$;

create trigger keep_views after insert on change_log
    for each row execute function keep_views();
)";

// Where Debian has the newest one's programs; empty if there is none.
std::string program_folder() {
    std::string newest;
    std::error_code code;
    for (auto at = fs::directory_iterator("/usr/lib/postgresql", code);
         !code && at != fs::directory_iterator(); at.increment(code)) {
        const std::string folder = at->path().string() + "/bin";
        std::error_code missing;
        if (fs::exists(folder + "/postgres", missing)) newest = std::max(newest, folder);
    }
    return newest;
}

// It listens before it takes sessions, and says so with an error.
void await_session(std::uint16_t port) {
    const std::uint64_t begin = now_ns();
    while (true) {
        try {
            LocalSocket socket(port);
            begin_session(socket, user);
            std::string query;
            append_query(query, schema);
            socket.send(query);
            await_result(socket);
            return;
        } catch (const Failure&) {
            if (seconds_since(begin) > start_seconds_max) throw;
        }
        pause_ms(100);
    }
}

PeerProcess start_postgres(const Plan& plan) {
    PeerFolder folder = make_peer_folder(plan, "postgres", user);
    const std::string programs = program_folder();
    run_to_end(options_in(folder, {programs + "/initdb", "-D", "data", "-U", user, "-A", "trust",
                                   "-E", "UTF8", "--no-locale"}));
    const std::string port = std::to_string(folder.port);
    PeerProcess postgres(std::move(folder),
                         {programs + "/postgres",
                          "-D",
                          "data",
                          "-p",
                          port,
                          "-c",
                          "listen_addresses=127.0.0.1",
                          "-c",
                          "unix_socket_directories=",
                          "-c",
                          "synchronous_commit=on",
                          "-c",
                          "shared_buffers=1GB",
                          "-c",
                          "max_wal_size=8GB",
                          "-c",
                          "checkpoint_timeout=30min",
                          "-c",
                          "max_connections=200",
                          "-c",
                          "jit=off"},
                         SIGQUIT);
    await_session(postgres.port());
    return postgres;
}

Round append_to_postgres(const Plan& plan, unsigned clients,
                         const std::function<unsigned(Workload& lane, std::string& out)>& next) {
    const PeerProcess postgres = start_postgres(plan);
    std::deque<Workload> lanes = lanes_of(plan, clients);
    std::vector<RequestSource> sources;
    sources.reserve(lanes.size());
    for (Workload& lane : lanes) {
        sources.emplace_back([&lane, &next](std::string& out) { return next(lane, out); });
    }
    const auto greet = [](LocalSocket& socket) {
        begin_session(socket, user);
        prepare(socket, "append", "insert into change_log (record) values ($1)");
    };
    return round_of(run_closed({.port = postgres.port(),
                                .warm_up_seconds = warm_up_seconds(plan),
                                .seconds = plan.seconds,
                                .greet = greet,
                                .take_answer = take_result},
                               sources, [&] { return postgres.cpu_seconds(); }));
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

unsigned next_insert(Workload& lane, std::string& out) {
    std::string record;
    lane.next(record);
    append_execution(out, "append", record);
    return 1;
}

}  // namespace

bool postgres_is_installed() {
    return !program_folder().empty();
}

Round append_bulk_to_postgres(const Plan& plan) {
    return append_to_postgres(plan, bulk_clients, next_copy);
}

Round append_singles_to_postgres(const Plan& plan, unsigned clients) {
    return append_to_postgres(plan, clients, next_insert);
}

}  // namespace freshet::bench
