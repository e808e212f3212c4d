// The `jti` of a token that is made here: a name that no other token has. Pure but for OpenSSL; any
// thread.
#pragma once

#include <string>

#include "storage/result.h"

namespace freshet::http {

// Fails with io  if OpenSSL has no random numbers.
Result<std::string> random_token_id();

}  // namespace freshet::http
