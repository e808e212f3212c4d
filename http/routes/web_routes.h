// The pages of an app: the files of a folder (http/routes/web_folder.h), and the client for
// browsers, `/freshet.js`. Both are for everybody.
#pragma once

#include "http/routes/endpoints.h"
#include "http/routes/routes.h"

namespace freshet::http {

// Where the request leads, if files are served beside the data: they have the paths that nothing
// else has, and `/` for a browser that wants a page.
const Endpoint& endpoint_of(const RouteContext& context, const Request& request);

NextStep get_web_file(const Call& call);
NextStep get_client(const Call& call);

}  // namespace freshet::http
