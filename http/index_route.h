// GET /: the tables and views that there are, each with its path.
#pragma once

#include "engine/catalog.h"
#include "http/answer.h"
#include "http/request.h"

namespace freshet::http {

Answer index_answer(const engine::Catalog& catalog, const Request& request);

}  // namespace freshet::http
