#include "storage/hashed_key.h"

#include <xxhash.h>

namespace freshet::storage {

HashedKey::HashedKey(std::string_view bytes)
    : bytes_(bytes), hash_(XXH3_64bits(bytes.data(), bytes.size())) {}

}  // namespace freshet::storage
