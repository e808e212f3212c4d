// MD5, as S3 and the manifests of exports use it: to notice bytes that came over wrong. It protects
// against nobody who changes them on purpose.
#pragma once

#include <istream>
#include <string>

#include "storage/result.h"

namespace freshet::tools {

// The 16 bytes of the sum over all that can be read from `in`.
// Fails with io  if reading does, or this machine's OpenSSL is set up to know no MD5.
Result<std::string> md5_of(std::istream& in);

}  // namespace freshet::tools
