#include "bench/harness/server_config.h"

#include <string_view>

namespace freshet::bench {
namespace {

constexpr std::string_view head =
    "[server]\nlisten = \"127.0.0.1:0\"\nthreads = 1\n\n[storage]\npath = \"data\"\n";

constexpr std::string_view tables = R"(
[[table]]
name  = "orders"
key   = ["pk"]
owner = "creator"

[[table.view]]
name   = "order"
fields = ["id=pk", "createdAt", "status", "numItems", "items", "lastUpdated"]
access = ["owner"]

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
access  = ["owner"]

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
data    = ["id=pk", "status", "was=before.status"]
access  = ["owner"]

[[table.event]]
type  = "order-updated"
topic = "{pk}-updated"
on    = "MODIFY"
data  = ["id=pk", "status"]

[[table.event]]
type = "order-canceled"
on   = "REMOVE"
data = ["id=pk"]
)";

}  // namespace

std::string server_config(const std::vector<std::string>& storage) {
    std::string text(head);
    for (const std::string& line : storage) text += line + '\n';
    return text.append(tables);
}

}  // namespace freshet::bench
