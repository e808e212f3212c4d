#include "tests/systems/orders_checklist.h"

#include "tests/systems/orders.h"

namespace freshet::systems {

const char* const shop_config = R"(
[server]
listen = "127.0.0.1:0"

[storage]
path = "data"

[[table]]
name  = "orders"
key   = ["pk"]
owner = "creator"

[[table.view]]
name   = "order"
fields = ["id=pk", "createdAt", "status", "numItems", "items", "lastUpdated"]

[[table.view]]
name = "admin-order"
like = "order"
with = ["creator"]

[[table.list]]
name    = "my-orders"
by      = "creator"
sort    = "createdAt desc"
like    = "order"
without = ["items"]

[[table.list]]
name    = "all-orders"
where   = { status = [{ anything-but = "COMPLETED" }] }
sort    = "createdAt desc"
like    = "order"
without = ["items"]

[[table.event]]
type = "new-order"
on   = "INSERT"
data = ["id=pk"]

[[table.event]]
type    = "order-status-updated"
topic   = "{pk}-status-updated"
on      = "MODIFY"
changed = ["status"]
data    = ["status"]

[[table.event]]
type  = "order-updated"
topic = "{pk}-updated"
on    = "MODIFY"
data  = ["status"]

[[table.event]]
type = "order-canceled"
on   = "REMOVE"
data = ["id=pk"]
)";

std::string Order::attributes() const {
    std::string text = attribute("creator", creator) + "," + attribute("createdAt", created_at) +
                       "," + attribute("status", status) + R"(,"numItems":{"N":")" +
                       std::to_string(pizzas) + R"("},"items":{"L":[)";
    for (int i = 0; i < pizzas; ++i) {
        text += (i == 0 ? "" : ",") + (R"({"M":{)" + attribute("size", "large") + "}}");
    }
    text += "]}";
    if (!last_updated.empty()) text += "," + attribute("lastUpdated", last_updated);
    return text;
}

std::string Order::summary(const std::string& id) const {
    std::string text = R"("id":")" + id + R"(","createdAt":")" + created_at + R"(","status":")" +
                       status + R"(","numItems":)" + std::to_string(pizzas);
    if (!last_updated.empty()) text += R"(,"lastUpdated":")" + last_updated + "\"";
    return text;
}

std::string Order::detail(const std::string& id) const {
    std::string text = summary(id) + R"(,"items":[)";
    for (int i = 0; i < pizzas; ++i) {
        text += (i == 0 ? "" : ",") + std::string(R"({"size":"large"})");
    }
    return text + "]";
}

void OrdersChecklist::insert(const std::string& id, const Order& order) {
    system.append(inserted(id, ++sequence, order.attributes()).text());
}

void OrdersChecklist::modify(const std::string& id, const Order& order) {
    system.append(modified(id, ++sequence, order.attributes()).text());
}

void OrdersChecklist::remove(const std::string& id) {
    system.append(removed(id, ++sequence).text());
}

void OrdersChecklist::tell_story() {
    const std::string later = "2026-11-20T18:00:01.000Z";
    insert("a", {});
    insert("b", {.creator = "bob", .created_at = later});
    modify("a", {.status = "SUBMITTED", .pizzas = 2});
    modify("b", {.creator = "bob", .created_at = later, .status = "COMPLETED"});
    insert("gone", {});
    remove("gone");
}

OrdersChecklist::Texts OrdersChecklist::ids_in(const std::string& list) {
    Texts ids;
    for (const JsonValue& row : system.list(list)) ids.push_back(row["id"].text());
    return ids;
}

std::string OrdersChecklist::everything() {
    std::string all;
    for (const char* target :
         {"/views/order/a", "/views/order/b", "/views/order/gone", "/views/admin-order/a",
          "/views/admin-order/b", "/views/my-orders/ada", "/views/my-orders/bob",
          "/views/all-orders", "/records?limit=1000"}) {
        const HttpAnswer answer = system.get(target);
        all += std::to_string(answer.status) + answer.header("ETag") + answer.body + "\n";
    }
    return all;
}

OrdersChecklist::Texts OrdersChecklist::events_until_now(const std::string& filter) {
    const std::string closing = "closing-" + std::to_string(sequence);
    const std::string closed = "CLOSED-" + std::to_string(sequence);
    insert(closing, {});
    modify(closing, {.status = closed});
    EventReader reader = watch(
        from_earliest(contains(filter, "CLOSING") ? with(filter, "CLOSING", closing) : filter));
    Texts events;
    while (true) {
        const Frame frame = reader.next_event();
        if (contains(frame.data, "\"" + closing + "\"")) return events;
        if (contains(frame.data, "\"" + closed + "\"")) return events;
        const bool of_earlier_call =
            contains(frame.data, "\"closing-") || contains(frame.data, "\"CLOSED-");
        if (!of_earlier_call) events.push_back(frame.event + " " + frame.data);
    }
}

}  // namespace freshet::systems
