// Writes a JSON object, one member after the other: braces, commas and names are its own, the
// values are the caller's.
//
//     JsonObject object(out);
//     append_json_string(object.member("status"), "ok");
//     object.close();
//
// Threads: one at a time.
#pragma once

#include <string>
#include <string_view>

namespace freshet::engine {

class JsonObject {
public:
    // Borrows `out`, to which everything is appended.
    explicit JsonObject(std::string& out);

    // Begins a member. Returns the text to which its value is to be appended.
    std::string& member(std::string_view name);

    void close();

private:
    std::string& out_;
    bool is_empty_ = true;
};

}  // namespace freshet::engine
