// GET /tables/TABLE: how a table is declared, for those who administer it or write its items.
//
//     {"name":"orders","key":[{"name":"id","type":"string"}],"source":"direct","schema":{…}}
//
// `schema` is the table's own, as JSON Schema (2020-12) of an item as plain JSON; `transitions`,
// `editable` and `removable` are what a status decides. Each is there only if the table has it.
//
// Threads: any.
#pragma once

#include "http/routes/routes.h"

namespace freshet::http {

NextStep get_table(const Call& call);

}  // namespace freshet::http
