// A way to an attribute inside an item: `address.city`.
//
// A dot separates the names of nested maps; a dot that belongs to a name is written `\.`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/image.h"
#include "storage/result.h"

namespace freshet::engine {

class AttributePath {
public:
    // Fails with refused  if a name is empty or a backslash is followed by anything but `.` or
    // `\`.
    static Result<AttributePath> parse(std::string_view text);

    // The value at the end of the path; nothing where a name is missing or not in a map.
    [[nodiscard]] std::optional<storage::ValueView> find(storage::ValueView image) const;

    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    [[nodiscard]] const std::string& text() const { return text_; }  // as it was written

    bool operator==(const AttributePath& other) const { return names_ == other.names_; }

private:
    std::string text_;
    std::vector<std::string> names_;
};

}  // namespace freshet::engine
