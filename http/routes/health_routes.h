// GET /livez and GET /readyz: whether the process lives, and whether it serves, for programs that
// look after it. They show no credential, and some ask by OPTIONS. OPTIONS * says which methods the
// server knows.
#pragma once

#include "http/routes/routes.h"

namespace freshet::http {

NextStep get_livez(const Call& call);

// 503 unless everything can be read and written. With `verbose` it says what is being built. The
// disk's fault is told only to callers who are known.
NextStep get_readyz(const Call& call);

NextStep answer_options(const Call& call);

}  // namespace freshet::http
