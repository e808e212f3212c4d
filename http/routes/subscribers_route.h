// Who follows the log, for admins: GET /admin/subscribers lists them, DELETE ends their streams.
#pragma once

#include "http/routes/routes.h"

namespace freshet::http {

NextStep get_subscribers(const Call& call);
// All of one subject, `?subject=…`.
NextStep delete_subscribers(const Call& call);
// The one that the path names.
NextStep delete_subscriber(const Call& call);

}  // namespace freshet::http
