// A folder that looks like a built checkout to anyone who follows a document in it, with one server
// on a port of its own.
//
// Threads: one thread at a time.
#pragma once

#include <string>

#include "tests/disks/temp_folder.h"
#include "tests/support/server_process.h"

namespace freshet::systems {

// A file of the source tree.
std::string source_file(const std::string& path);

class Checkout {
public:
    // With the configuration of an example; `example` is the name of a folder in examples/.
    explicit Checkout(const std::string& example);
    // With this configuration, at this path in the folder.
    Checkout(const std::string& config_path, const std::string& config);
    ~Checkout();
    Checkout(const Checkout&) = delete;
    Checkout& operator=(const Checkout&) = delete;

    // Starts the server, the first time on an empty data folder, and returns once it takes writes;
    // false, and a failure of the test, if it does not.
    bool start();
    // Ends the server in order, and expects the exit code 0.
    void stop();

    // The command as a script: it runs in the folder, finds the program in build/release, and the
    // server at the port that the documents name.
    [[nodiscard]] std::string script(const std::string& command) const;
    // What a script printed, with the port that the documents name.
    [[nodiscard]] std::string as_in_document(const std::string& output) const;

    // How many follow the server's streams.
    double subscribers();

private:
    bool await_ready();
    void put_program();

    support::TempFolder folder_;
    std::string config_;
    support::ServerProcess server_;
};

}  // namespace freshet::systems
