#include "tests/systems/running_example.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/readers/http_client.h"
#include "tests/support/places.h"
#include "tests/systems/checkout.h"
#include "tests/systems/shell_command.h"
#include "tests/systems/system.h"

namespace freshet::systems {

namespace {

namespace fs = std::filesystem;

// Reached only by what hangs.
constexpr std::chrono::seconds patience{20};
constexpr std::chrono::milliseconds moment{20};
constexpr const char* start_heading = "\n## Start\n";

}  // namespace

RunningExample::RunningExample(const std::string& name, std::uint16_t freshet_port,
                               Replacements replacements, const std::vector<std::string>& files)
    : freshet_port_(freshet_port),
      replacements_(std::move(replacements)),
      readme_(replaced(source_file("examples/" + name + "/README.md"))),
      freshet_(support::freshet_program(), folder_.file("examples/" + name + "/freshet.toml")) {
    const std::size_t start = readme_.find(start_heading);
    set_up_ = session_in(readme_.substr(0, start));
    look_around_ = session_in(readme_.substr(start));

    for (const std::string& file : files) {
        fs::create_directories(fs::path(path(file)).parent_path());
        std::ofstream(path(file), std::ios::binary) << replaced(source_file(file));
    }
    // The commands of the program ask the port of the documents unless they are told another.
    fs::create_directories(path("build/release"));
    const std::string program = path("build/release/freshet");
    std::ofstream(program) << "#!/bin/bash\n[ \"$1\" != append ] || set -- \"$@\" --server "
                           << "http://127.0.0.1:" << freshet_port_ << "\nexec '"
                           << support::freshet_program() << "' \"$@\"\n";
    fs::permissions(program, fs::perms::owner_all);
}

std::string RunningExample::replaced(std::string text) const {
    for (const auto& [old_part, part] : replacements_) {
        text = with_all(std::move(text), old_part, part);
    }
    return text;
}

void RunningExample::run(const std::vector<SessionCommand>& commands) const {
    for (const SessionCommand& command : commands) {
        ShellCommand running("cd '" + folder_.path() + "'\n" + command.text);
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (!running.ended() && std::chrono::steady_clock::now() < deadline) {
            running.read(moment);
        }
        EXPECT_TRUE(running.ended()) << "does not end: " << command.text;
        EXPECT_TRUE(is_as_shown(running.output(), command.answer, Extent::whole))
            << command.text << "\nprints\n"
            << running.output() << running.errors() << "and is to print\n"
            << command.answer;
    }
}

void RunningExample::start_freshet() {
    ASSERT_TRUE(freshet_.start()) << freshet_.wait().errors;
    support::HttpClient client(freshet_port_);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (client.get("/readyz").status != 200) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the server does not get ready";
        std::this_thread::yield();
    }
}

void RunningExample::stop_freshet() {
    freshet_.begin_to_stop();
    const support::ProcessEnd end = freshet_.wait();
    EXPECT_EQ(end.exit_code, 0) << end.errors;
}

void RunningExample::kill_freshet() {
    EXPECT_EQ(freshet_.kill().signal, 9);
}

std::vector<std::string> RunningExample::command_with(const std::string& part,
                                                      const std::string& settings,
                                                      const std::string& more) const {
    const std::size_t at = readme_.find(part);
    EXPECT_NE(at, std::string::npos) << part << " is not in the README";
    const std::size_t begin = readme_.rfind('\n', at) + 1;
    const std::string line = readme_.substr(begin, readme_.find('\n', at) - begin);
    return {"/bin/bash", "-c", "cd '" + folder_.path() + "' && exec env " + settings + line + more};
}

}  // namespace freshet::systems
