// One Freshet as it runs at somebody's: its folder, its configuration, its process, and whoever
// talks to it over HTTP.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/disks/temp_folder.h"
#include "tests/readers/http_client.h"
#include "tests/readers/json_value.h"
#include "tests/support/server_process.h"

namespace freshet::systems {

using support::HttpAnswer;
using support::HttpHeaders;
using support::JsonValue;
using support::ProcessEnd;

// A file of tests/data.
std::string data_file(const std::string& name);

// The value of `text`; a failure of the test, and an absent value, if it is not JSON.
JsonValue json(std::string_view text);

// Percent-encoded, as one segment of a path or one value of a query.
std::string encoded(std::string_view text);

// Runs the program to its end.
ProcessEnd run(std::vector<std::string> arguments);

bool contains(const std::string& text, std::string_view part);

// The text with the first `old_part` replaced, which it must hold.
std::string with(std::string text, std::string_view old_part, std::string_view part);
// The text with `part` in the place of each `old_part`.
std::string with_all(std::string text, std::string_view old_part, std::string_view part);

class System {
public:
    // Writes the configuration down, and starts nothing. Its data folder is to be called `data`
    // and its port to be 0.
    explicit System(const std::string& config);

    // Starts the server and returns once it takes writes; false, and a failure of the test, if it
    // ends instead.
    bool start(const std::vector<std::string>& more_arguments = {});
    // Ends the server in order, and expects the exit code 0.
    void stop();
    // The same in two steps.
    void begin_to_stop();
    void await_stop();
    void kill();
    void delete_state();

    // Whether lists or totals are being built for a configuration that has changed.
    bool is_building();
    // Returns once none are; a failure of the test if that takes too long.
    void await_built();

    void configure(const std::string& config);

    HttpAnswer get(std::string_view target, const HttpHeaders& headers = {});
    HttpAnswer post(std::string_view body, std::string_view target = "/records",
                    HttpHeaders headers = {});
    // The answer's JSON; expects that it is a 200.
    JsonValue read(std::string_view target);
    // The receipt of records that are expected to be taken.
    JsonValue append(std::string_view body, std::string_view target = "/records");

    // Every record of the log after that position, page by page.
    std::vector<JsonValue> log(std::uint64_t after_position = 0);
    // Every item of a list, page by page.
    std::vector<JsonValue> list(const std::string& path);
    // Where the newest state stands.
    std::uint64_t position();

    [[nodiscard]] std::string folder() const { return folder_.file("data"); }
    [[nodiscard]] std::string config_path() const { return folder_.file("freshet.toml"); }
    [[nodiscard]] support::ServerProcess& process() { return process_; }

private:
    HttpAnswer request(std::string_view method, std::string_view target, const HttpHeaders& headers,
                       std::string_view body);
    bool await_ready();

    support::TempFolder folder_;
    support::ServerProcess process_;
    std::optional<support::HttpClient> client_;  // kept until an answer closes the connection
};

}  // namespace freshet::systems
