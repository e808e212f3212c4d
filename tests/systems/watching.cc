#include "tests/systems/watching.h"

#include <algorithm>
#include <iterator>

#include "tests/systems/orders.h"

namespace freshet::systems {

namespace {

// What follows the views and lists of the table of orders.
constexpr const char* events_and_users = R"(
[[table.event]]
type = "new-order"
on   = "INSERT"
data = ["id=pk"]

[[table.event]]
type    = "order-status-updated"
topic   = "{pk}-status-updated"
on      = "MODIFY"
changed = ["status"]
data    = ["id=pk", "status"]

[[table.event]]
type  = "order-updated"
topic = "{pk}-updated"
on    = "MODIFY"
data  = ["id=pk", "status"]

[[table.event]]
type = "order-canceled"
on   = "REMOVE"
data = ["id=pk"]

[[table]]
name = "users"
key  = ["id"]

[[table.view]]
name   = "user"
fields = ["id", "name"]

[[table.event]]
type  = "user-changed"
topic = "{id}-changed"
data  = ["id", "name"]
)";

std::string object(const std::string& members) {
    return "{" + members + "}";
}

std::string member(std::string_view name, const JsonValue& text) {
    return json_text(name) + ":" + json_text(text.text());
}

// Of a change of an order whose status was `before`.
Heard order_event(const JsonValue& record, const JsonValue& before) {
    const JsonValue& change = record["dynamodb"];
    const std::string id = member("id", change["Keys"]["pk"]["S"]);
    const std::string kind = record["eventName"].text();
    Heard event{.position = std::stoull(record["position"].text()), .type = {}, .data = {}};
    if (kind != "MODIFY") {
        event.type = kind == "INSERT" ? "new-order" : "order-canceled";
        event.data = json(object(id));
        return event;
    }
    const JsonValue& status = change["NewImage"]["status"]["S"];
    event.type = status == before ? "order-updated" : "order-status-updated";
    event.data = json(object(status.exists() ? id + "," + member("status", status) : id));
    return event;
}

Heard user_event(const JsonValue& record) {
    const JsonValue& image = record["dynamodb"]["NewImage"];
    return {.position = std::stoull(record["position"].text()),
            .type = "user-changed",
            .data = json(
                object(member("id", image["id"]["S"]) + "," + member("name", image["name"]["S"])))};
}

}  // namespace

std::string watched_config() {
    return orders_config + events_and_users;
}

std::string order_record(const std::string& key, std::uint64_t sequence,
                         const std::string& status) {
    const std::string attributes = attribute("status", status);
    return sequence == 1 ? inserted(key, sequence, attributes).text()
                         : modified(key, sequence, attributes).text();
}

std::string user_record(std::string_view id, std::uint64_t sequence, std::string_view name) {
    RecordText record;
    record.event_name = sequence == 1 ? R"("INSERT")" : R"("MODIFY")";
    record.arn = R"("arn:aws:dynamodb:eu-west-1:123456789012:table/users/stream/2026-11-20")";
    record.keys = object(attribute("id", id));
    record.after = object(attribute("id", id) + "," + attribute("name", name));
    record.sequence = json_text(std::to_string(sequence));
    return record.text();
}

std::ostream& operator<<(std::ostream& out, const Heard& heard) {
    return out << heard.position << ' ' << heard.type << ' ' << heard.data;
}

Heard heard(const Frame& frame) {
    return {.position = position_in(frame.id.value_or("")),
            .type = frame.event,
            .data = json(frame.data)};
}

std::vector<Heard> heard(const std::vector<Frame>& frames) {
    std::vector<Heard> events;
    for (const Frame& frame : frames) events.push_back(heard(frame));
    return events;
}

std::string epoch_in(const std::string& id) {
    return id.substr(0, id.rfind('.'));
}

std::uint64_t position_in(const std::string& id) {
    const std::size_t dot = id.rfind('.');
    return dot == std::string::npos ? 0 : std::stoull(id.substr(dot + 1));
}

std::vector<Heard> events_of(const std::vector<JsonValue>& log) {
    std::vector<Heard> events;
    std::map<std::string, JsonValue> statuses;
    for (const JsonValue& record : log) {
        if (record["table"].text() == "users") {
            events.push_back(user_event(record));
            continue;
        }
        const JsonValue& change = record["dynamodb"];
        JsonValue& status = statuses[change["Keys"]["pk"]["S"].text()];
        events.push_back(order_event(record, status));
        status = change["NewImage"]["status"]["S"];
    }
    return events;
}

std::vector<Heard> those_that(const std::vector<Heard>& events,
                              const std::function<bool(const Heard&)>& wanted) {
    std::vector<Heard> some;
    std::copy_if(events.begin(), events.end(), std::back_inserter(some), wanted);
    return some;
}

std::string from_earliest(const std::string& filter) {
    return "/events?last_event_id=earliest" + (filter.empty() ? filter : "&" + filter);
}

EventReader live(System& system, const std::string& target) {
    EventReader reader(system.process().port(), target);
    reader.await_bookmark();
    return reader;
}

}  // namespace freshet::systems
