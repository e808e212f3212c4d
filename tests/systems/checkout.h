// A folder that looks like a built checkout to whoever follows a document in it, with the server of
// one of the examples running on a port of its own.
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
    // `example` is the name of a folder in examples/.
    explicit Checkout(const std::string& example);
    ~Checkout();
    Checkout(const Checkout&) = delete;
    Checkout& operator=(const Checkout&) = delete;

    // Starts the server on an empty data folder, and returns once it takes writes; false, and a
    // failure of the test, if it does not.
    bool start();

    // The command as a script: it runs in the folder, finds the program in build/release, and the
    // server at the port that the documents name.
    [[nodiscard]] std::string script(const std::string& command) const;
    // What a script printed, with the port that the documents name.
    [[nodiscard]] std::string as_in_document(const std::string& output) const;

    // How many follow the server's streams.
    double subscribers();

private:
    bool await_ready();
    void put_programs();

    support::TempFolder folder_;
    std::string config_;
    support::ServerProcess server_;
};

}  // namespace freshet::systems
