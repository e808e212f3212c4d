// The refusals of requests for what is admin's alone (engine/access/grants.h). Pure.
#pragma once

#include <optional>
#include <string_view>

#include <tl/expected.hpp>
#include "engine/catalog/catalog.h"
#include "http/messages/answer.h"
#include "http/messages/request.h"

namespace freshet::http {

// 403, unless the caller may see all of what has that name: a table, `/status`, `/metrics`,
// `/tokens`, `/subscribers`, `/functions` or `/records`.
std::optional<Answer> refuse_unless_admin(const Request& request, std::string_view name);

// The table that the path /tables/TABLE/… names, if the caller may see all of it; or 403, or 404.
tl::expected<const engine::Table*, Answer> administered_table(const Request& request,
                                                              const engine::Catalog& catalog);

// Likewise of the log: of one table's records, or, if it is null, of all.
std::optional<Answer> refuse_log(const Request& request, const engine::Table* table);

}  // namespace freshet::http
