// What a client of a live view holds: it is made of the frames that it was sent and of nothing
// else.
//
// Threads: one at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace freshet::support {

class LiveClient {
public:
    // The data of a `snapshot` and of a `change`, as picture_json.h describes them.
    void take_snapshot(std::string_view data);
    void take_change(std::string_view data);

    // As a GET shows it.
    [[nodiscard]] std::string document() const;
    [[nodiscard]] const std::vector<std::string>& keys() const { return keys_; }

private:
    void take_out(const std::string& key);

    bool is_page_ = false;
    std::vector<std::string> keys_;
    std::vector<std::string> items_;  // each as JSON
    std::string next_;                // as JSON; empty: none
};

}  // namespace freshet::support
