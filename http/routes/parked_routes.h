// /functions/NAME/parked: the records that a function has not taken. For admins, as in
// http/routes/function_routes.h.
//
//     GET     /functions/NAME/parked {"parked":[{"record":42,"key":{…},"status":"failed",
//                                                "attempts":3,"error":"…",…}],"next":42}
//     POST    /functions/NAME/parked             {"do":"again","records":[42]}, or "all":true
//     GET     /functions/NAME/parked/42          the same, with the record
//     PUT     /functions/NAME/parked/42          what it is to be handed over as, edited
//     POST    /functions/NAME/parked/42          hands it over again
//     DELETE  /functions/NAME/parked/42          drops it
//
// An item's later change may have been taken meanwhile: then a record is `superseded_by` that one,
// and is handed over again only if "superseded":true says so.
//
// Threads: any.
#pragma once

#include <optional>

#include "http/routes/routes.h"

namespace freshet::http {

// `after` and `limit`, 1,000 at most.
NextStep get_parked(const Call& call);
// {"do":"again"|"drop","records":[42,43]} or "all":true, of which one request takes 1,000 at most;
// "dry_run":true says what would be done, and does nothing.
NextStep post_parked(const Call& call);

NextStep get_parked_record(const Call& call);
NextStep put_parked_record(const Call& call);
NextStep post_parked_record(const Call& call);
NextStep delete_parked_record(const Call& call);

}  // namespace freshet::http
