// /records/parked: the records that were sent with ?bad=park and could not be understood. For
// admins; a machine needs the right `admin:/records`.
//
//     GET     /records/parked      {"parked":[{"position":42,"since":"…","by":"…","sequence":"7",
//                                              "error":"…","pointer":"…","bytes":210}],"next":42}
//     POST    /records/parked      {"do":"drop","records":[42]}, or "all":true
//     GET     /records/parked/42   the same of one, with its `text`
//     DELETE  /records/parked/42   drops it
//
// Each is named by the position of the notice by which it is kept. What is dropped is a notice,
// too. One that was mended is sent like any other record.
//
// Threads: any.
#pragma once

#include <optional>

#include "http/routes/routes.h"

namespace freshet::http {

// `after` and `limit`, 1,000 at most.
NextStep get_unread(const Call& call);
// {"do":"drop","records":[42,57]} or "all":true, of which one request takes 1,000 at most, those
// behind `after`; "dry_run":true says what would be done, and does nothing.
NextStep post_unread(const Call& call);

// A text that is not UTF-8 is told as `base64` in place of `text`.
NextStep get_unread_record(const Call& call);
NextStep delete_unread_record(const Call& call);

// Refuses those who may not, whatever the body says.
std::optional<Answer> check_unread(const Call& call);

}  // namespace freshet::http
