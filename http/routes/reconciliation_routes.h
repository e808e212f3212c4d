// /tables/TABLE/reconciliations: a table made even with a later export of it
// (engine/reconciling/reconciliation.h), for admins. `freshet import --reconcile` is the client.
//
//     POST    /tables/T/reconciliations  {"as_of":"2026-11-20T11:39:28Z","events":false}
//             -> 201 {"id":"5f3c…",…}    begins one, of an export of that moment
//     POST    /records?table=T&reconciliation=ID    lines {"Item":{…}}: all items of the export
//     POST    /tables/T/reconciliations/ID  {"dry_run":true} or {"removals":N} or {}
//             counts what would be done and then, unless it is a dry run, writes it
//     GET     /tables/T/reconciliations/ID  how far it is, what was found, some keys of each kind
//     DELETE  /tables/T/reconciliations/ID  ends it
//
// Threads: any.
#pragma once

#include "http/routes/routes.h"

namespace freshet::http {

NextStep post_reconciliations(const Call& call);
NextStep get_reconciliation(const Call& call);
NextStep post_reconciliation(const Call& call);
NextStep delete_reconciliation(const Call& call);

}  // namespace freshet::http
