#include "bench/peers/postgres_views.h"

namespace freshet::bench {

const std::string_view view_tables = R"(
create table order_view (id text primary key, body jsonb not null);
create table my_orders (
    id text primary key, creator text not null, created_at text not null, body jsonb not null);
create index on my_orders (creator, created_at desc, id);
create table all_orders (id text primary key, created_at text not null, body jsonb not null);
create index on all_orders (created_at desc, id);
)";

namespace {

constexpr std::string_view rest_of_function = R"(
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
)";

}  // namespace

std::string view_trigger(std::string_view table, std::string_view when, std::string_view key,
                         std::string_view image) {
    std::string sql =
        "create function keep_views() returns trigger language plpgsql as $$\ndeclare";
    sql.append("\n    key    text  := ").append(key).append(";");
    sql.append("\n    image  jsonb := ").append(image).append(";");
    sql.append(rest_of_function);
    sql.append("\ncreate trigger keep_views after ").append(when).append(" on ").append(table);
    return sql.append("\n    for each row execute function keep_views();\n");
}

}  // namespace freshet::bench
