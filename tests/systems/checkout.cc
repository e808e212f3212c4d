#include "tests/systems/checkout.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "tests/readers/exposition.h"
#include "tests/readers/http_client.h"
#include "tests/support/places.h"
#include "tests/systems/system.h"

namespace freshet::systems {

namespace {

namespace fs = std::filesystem;

// Reached only by what hangs.
constexpr std::chrono::seconds patience{20};

}  // namespace

std::string source_file(const std::string& path) {
    std::ifstream file(support::source_folder() + "/" + path, std::ios::binary);
    EXPECT_TRUE(file.is_open()) << path;
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Checkout::Checkout(const std::string& example)
    : Checkout("examples/" + example + "/freshet.toml",
               source_file("examples/" + example + "/freshet.toml")) {}

Checkout::Checkout(const std::string& config_path, const std::string& config)
    : config_(folder_.file(config_path)), server_(support::freshet_program(), config_) {
    fs::create_directories(folder_.file("build/release"));
    fs::copy(support::source_folder() + "/examples", folder_.file("examples"),
             fs::copy_options::recursive);
    // Left by a server that somebody started in the source tree.
    fs::remove_all(fs::path(config_).parent_path() / "data");
    std::ofstream(config_, std::ios::binary) << with(config, "127.0.0.1:8080", "127.0.0.1:0");
    fs::create_symlink(support::pizza_shop_program(), folder_.file("build/release/pizza-shop"));
    put_program();
}

Checkout::~Checkout() {
    if (server_.running()) server_.kill();
}

bool Checkout::start() {
    if (!server_.start()) {
        ADD_FAILURE() << server_.wait().errors;
        return false;
    }
    put_program();
    return await_ready();
}

void Checkout::stop() {
    server_.begin_to_stop();
    const support::ProcessEnd end = server_.wait();
    EXPECT_EQ(end.exit_code, 0) << end.errors;
}

std::string Checkout::script(const std::string& command) const {
    const std::string text = with_all(command, ":8080", ":" + std::to_string(server_.port()));
    return "cd '" + folder_.path() + "' && PATH=\"$PWD/build/release:$PATH\"\n" + text;
}

std::string Checkout::as_in_document(const std::string& output) const {
    if (server_.port() == 0) return output;  // not started yet
    return with_all(output, ":" + std::to_string(server_.port()), ":8080");
}

double Checkout::subscribers() {
    const std::string metrics = support::HttpClient(server_.port()).get("/metrics").body;
    return support::Exposition(metrics).value("freshet_subscribers", {}).value_or(0);
}

bool Checkout::await_ready() {
    support::HttpClient client(server_.port());
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (client.get("/readyz").status != 200) {
        if (std::chrono::steady_clock::now() > deadline) {
            ADD_FAILURE() << "the server does not become ready";
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

// The commands of the program ask the port of the documents unless they are told another.
void Checkout::put_program() {
    const std::string path = folder_.file("build/release/freshet");
    std::ofstream(path)
        << "#!/bin/bash\n"
        << "case \"$1 $*\" in\n"
        << "*--server*) ;;\n"
        << "append\\ *|import\\ *|tail\\ *|get\\ *|status\\ *|revoke\\ *|put\\ *|patch\\ *|"
           "update\\ *|"
        << "delete\\ *|parked\\ *)\n"
        << "    set -- \"$@\" --server http://127.0.0.1:" << server_.port() << " ;;\n"
        << "esac\n"
        << "exec '" << support::freshet_program() << "' \"$@\"\n";
    fs::permissions(path, fs::perms::owner_all);
}

}  // namespace freshet::systems
