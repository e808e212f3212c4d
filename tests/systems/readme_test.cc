// The session in the README is run command by command, on a new server and an empty data folder,
// and each answer is the one that the README shows.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/exposition.h"
#include "tests/support/http_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"
#include "tests/systems/session.h"
#include "tests/systems/shell_command.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

namespace fs = std::filesystem;

// ---- how a document is read ----

TEST(SessionTest, IsTheCommandsOfItsBlocksWithTheirAnswers) {
    const auto commands = session_in(
        "# Title\n"
        "```\n$ echo a\na\n$ echo b; \\\n  echo c\nb\nc\n\n```\n"
        "$ echo outside of a block\n"
        "```\necho without a prompt\n```\n"
        "```sh\n$ cat file |\n    head\n$ echo 'two\nlines'\ntwo\nlines\n"
        "$ while read -r line; do\n    echo $line\n  done < file\n```\n");

    ASSERT_EQ(commands.size(), 5U);
    EXPECT_EQ(commands[0].text, "echo a");
    EXPECT_EQ(commands[0].answer, "a");
    EXPECT_EQ(commands[1].text, "echo b; \\\n  echo c");
    EXPECT_EQ(commands[1].answer, "b\nc");
    EXPECT_EQ(commands[2].text, "cat file |\n    head");
    EXPECT_EQ(commands[2].answer, "");
    EXPECT_EQ(commands[3].text, "echo 'two\nlines'");
    EXPECT_EQ(commands[3].answer, "two\nlines");
    EXPECT_EQ(commands[4].text, "while read -r line; do\n    echo $line\n  done < file");
}

TEST(SessionTest, ShowsAnythingWhereThreeDotsStand) {
    EXPECT_TRUE(is_as_shown("a b c\n", "a b c", Extent::whole));
    EXPECT_TRUE(is_as_shown("a b c\nd", "a … c\n…", Extent::whole));
    EXPECT_TRUE(is_as_shown("a\n", "a\n…", Extent::whole));
    EXPECT_TRUE(is_as_shown("", "", Extent::whole));
    EXPECT_TRUE(is_as_shown("[1,2]", "[…]", Extent::whole));
    EXPECT_TRUE(is_as_shown("a a b", "…a b", Extent::whole));

    EXPECT_FALSE(is_as_shown("a b c d", "a b c", Extent::whole));
    EXPECT_FALSE(is_as_shown("a b", "a b c", Extent::whole));
    EXPECT_FALSE(is_as_shown("a", "", Extent::whole));
    EXPECT_FALSE(is_as_shown("b a", "a…", Extent::whole));
    EXPECT_FALSE(is_as_shown("a b c", "…b", Extent::whole));
}

TEST(SessionTest, ShowsOfAStreamHowItBegins) {
    EXPECT_TRUE(is_as_shown("a\nb\nc", "a\nb", Extent::beginning));
    EXPECT_TRUE(is_as_shown("a 1\nb\nc", "a …\nb", Extent::beginning));
    EXPECT_FALSE(is_as_shown("a\nbb", "a\nb", Extent::beginning));
    EXPECT_FALSE(is_as_shown("a\n", "a\nb", Extent::beginning));
}

// ---- the README ----

// Reached only by what hangs, or differs for good.
constexpr std::chrono::seconds patience{20};
constexpr std::chrono::milliseconds moment{20};

std::string file_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file.is_open()) << path;
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string with_all(std::string text, const std::string& part, const std::string& other) {
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += other.size()) {
        text.replace(at, part.size(), other);
    }
    return text;
}

// A folder that looks like a built checkout to whoever follows the README, with the pizza shop's
// server on a port of its own.
class Checkout {
public:
    bool start() {
        const std::string source = FRESHET_SOURCE_DIR;
        fs::create_directories(folder_.file("build/release"));
        fs::copy(source + "/examples", folder_.file("examples"), fs::copy_options::recursive);
        fs::remove_all(folder_.file("examples/pizza/data"));
        std::ofstream(config_, std::ios::binary) << with(
            file_text(source + "/examples/pizza/freshet.toml"), "127.0.0.1:8080", "127.0.0.1:0");
        if (!server_.start()) {
            ADD_FAILURE() << server_.wait().errors;
            return false;
        }
        put_program();
        return await_ready();
    }

    ~Checkout() {
        if (server_.running()) server_.kill();
    }

    // Runs in the folder, and finds the server at the README's port.
    [[nodiscard]] std::string script(const std::string& command) const {
        const std::string text = with_all(command, ":8080", ":" + std::to_string(server_.port()));
        return "cd '" + folder_.path() + "' && PATH=\"$PWD/build/release:$PATH\"\n" + text;
    }
    [[nodiscard]] std::string as_in_readme(const std::string& output) const {
        return with_all(output, ":" + std::to_string(server_.port()), ":8080");
    }

    double subscribers() {
        const std::string metrics = support::HttpClient(server_.port()).get("/metrics").body;
        return support::Exposition(metrics).value("freshet_subscribers", {}).value_or(0);
    }

private:
    bool await_ready() {
        support::HttpClient client(server_.port());
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (client.get("/readyz").status != 200) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::yield();
        }
        return true;
    }

    // The commands of the program ask the port of the README unless they are told another.
    void put_program() {
        const std::string path = folder_.file("build/release/freshet");
        std::ofstream(path) << "#!/bin/bash\n"
                            << "case \"$1 $*\" in\n"
                            << "*--server*) ;;\n"
                            << "append\\ *|tail\\ *|get\\ *|status\\ *)\n"
                            << "    set -- \"$@\" --server http://127.0.0.1:" << server_.port()
                            << " ;;\n"
                            << "esac\n"
                            << "exec '" << FRESHET_BINARY << "' \"$@\"\n";
        fs::permissions(path, fs::perms::owner_all);
        fs::create_symlink(PIZZA_SHOP, folder_.file("build/release/pizza-shop"));
    }

    support::TempFolder folder_;
    std::string config_ = folder_.file("examples/pizza/freshet.toml");
    support::ServerProcess server_{FRESHET_BINARY, config_};
};

class ReadmeTest : public ::testing::Test {
protected:
    // What goes on is looked at when everything else has been done.
    struct Stream {
        SessionCommand command;
        std::unique_ptr<ShellCommand> running;
    };

    void SetUp() override { ASSERT_TRUE(checkout.start()); }

    void run(const SessionCommand& command) {
        auto running = std::make_unique<ShellCommand>(checkout.script(command.text));
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (!running->ended() && std::chrono::steady_clock::now() < deadline) {
            running->read(moment);
        }
        ASSERT_TRUE(running->ended()) << "does not end: " << command.text;
        expect_as_shown(command, *running, Extent::whole);
    }

    // Returns once the command has its place in the log.
    void begin(const SessionCommand& command) {
        const double before = checkout.subscribers();
        auto running = std::make_unique<ShellCommand>(checkout.script(command.text));
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (!running->ended() && running->output().empty() && checkout.subscribers() <= before) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << command.text;
            running->read(moment);
        }
        streams.push_back({command, std::move(running)});
    }

    void expect_end_of(Stream& stream) {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (!stream.running->ended() && std::chrono::steady_clock::now() < deadline) {
            if (as_shown(stream.command, *stream.running, Extent::beginning)) break;
            stream.running->read(moment);
        }
        const Extent extent = stream.running->ended() ? Extent::whole : Extent::beginning;
        expect_as_shown(stream.command, *stream.running, extent);
    }

    [[nodiscard]] bool as_shown(const SessionCommand& command, const ShellCommand& running,
                                Extent extent) const {
        return is_as_shown(checkout.as_in_readme(running.output()), command.answer, extent);
    }

    void expect_as_shown(const SessionCommand& command, const ShellCommand& running,
                         Extent extent) const {
        EXPECT_TRUE(as_shown(command, running, extent))
            << "$ " << command.text << "\n---- the README shows\n"
            << command.answer << "\n---- but this is printed\n"
            << checkout.as_in_readme(running.output()) << "\n---- errors\n"
            << running.errors();
    }

    Checkout checkout;
    std::vector<Stream> streams;
};

TEST_F(ReadmeTest, ShowsWhatItsCommandsPrint) {
    const auto commands = session_in(file_text(std::string(FRESHET_SOURCE_DIR) + "/README.md"));
    ASSERT_GE(commands.size(), 5U) << "the README has no session";

    for (const SessionCommand& command : commands) {
        if (command.streams()) {
            begin(command);
        } else {
            run(command);
        }
        if (HasFatalFailure()) return;
    }
    for (Stream& stream : streams) expect_end_of(stream);
}

}  // namespace
}  // namespace freshet::systems
