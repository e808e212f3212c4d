// Writes the claims of a token: a JSON object, member by member. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/time.h"

namespace freshet::http {

class ClaimsWriter {
public:
    void add(std::string_view name, std::string_view json);
    void add_text(std::string_view name, std::string_view text);
    void add_time(std::string_view name, storage::AppendTime time);
    // One as itself, several as an array.
    void add_texts(std::string_view name, const std::vector<std::string>& texts);
    // As an array, however many there are.
    void add_array(std::string_view name, const std::vector<std::string>& texts);

    [[nodiscard]] std::string text() const { return text_.empty() ? "{}" : text_ + '}'; }

private:
    std::string text_;  // still open
};

// The seconds since 1970, with the fraction that it has: a NumericDate of RFC 7519.
std::string numeric_date(storage::AppendTime time);

}  // namespace freshet::http
