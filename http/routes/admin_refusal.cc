#include "http/routes/admin_refusal.h"

#include <string>
#include <utility>

#include "engine/access/grants.h"

namespace freshet::http {

std::optional<Answer> refuse_unless_admin(const Request& request, std::string_view name) {
    if (engine::may_administer(request.caller(), name)) return std::nullopt;
    const std::string right = "the right admin:" + std::string(name);
    const engine::Caller& caller = request.caller();
    std::string needed = "the role admin";
    if (engine::is_admin(caller)) {
        needed = right;  // grants narrow the role: those of a machine are its rights
    } else if (caller.grants) {
        needed += ", and as grants narrow it, " + right;
    }
    return problem(403, "these credentials do not admit to this: it needs " + needed);
}

tl::expected<const engine::Table*, Answer> administered_table(const Request& request,
                                                              const engine::Catalog& catalog) {
    const std::string& name = request.target.segments[1];
    if (auto refusal = refuse_unless_admin(request, name)) {
        return tl::unexpected(*std::move(refusal));
    }
    const engine::Table* table = catalog.table(name);
    if (table != nullptr) return table;
    return tl::unexpected(problem(404, "there is no table '" + name + "'"));
}

std::optional<Answer> refuse_log(const Request& request, const engine::Table* table) {
    if (table != nullptr) return refuse_unless_admin(request, table->name);
    if (engine::may_administer_all(request.caller())) return std::nullopt;
    return problem(
        403, "these credentials do not admit to the records of all tables: ?table= names one");
}

}  // namespace freshet::http
