#include "engine/records/record_size.h"

#include "engine/values/image_size.h"

namespace freshet::engine {

std::size_t record_size(const storage::Record& record) {
    std::size_t bytes = image_size(record.keys());
    if (const auto after = record.after(); after) bytes += image_size(*after);
    if (!record.before_was_sent()) return bytes;
    const auto before = record.before();
    return before ? bytes + image_size(before->view()) : bytes;
}

}  // namespace freshet::engine
