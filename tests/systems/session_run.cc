#include "tests/systems/session_run.h"

#include <gtest/gtest.h>

#include <chrono>
#include <utility>

namespace freshet::systems {

namespace {

// Reached only by what hangs, or differs for good.
constexpr std::chrono::seconds patience{20};
constexpr std::chrono::milliseconds moment{20};

}  // namespace

void SessionRun::run(const std::vector<SessionCommand>& commands) {
    for (const SessionCommand& command : commands) {
        if (command.streams()) {
            begin(command);
        } else {
            run_to_end(command);
        }
        if (::testing::Test::HasFatalFailure()) return;
    }
    for (Stream& stream : streams_) expect_beginning(stream);
}

void SessionRun::run_to_end(const SessionCommand& command) {
    ShellCommand running(checkout_.script(command.text));
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!running.ended() && std::chrono::steady_clock::now() < deadline) running.read(moment);
    ASSERT_TRUE(running.ended()) << "does not end: " << command.text;
    expect_as_shown(command, running, Extent::whole);
}

// Returns once the command has its place in the log.
void SessionRun::begin(const SessionCommand& command) {
    const double before = checkout_.subscribers();
    auto running = std::make_unique<ShellCommand>(checkout_.script(command.text));
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!running->ended() && running->output().empty() && checkout_.subscribers() <= before) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << command.text;
        running->read(moment);
    }
    streams_.push_back({command, std::move(running)});
}

void SessionRun::expect_beginning(Stream& stream) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!stream.running->ended() && std::chrono::steady_clock::now() < deadline) {
        if (as_shown(stream.command, *stream.running, Extent::beginning)) break;
        stream.running->read(moment);
    }
    const Extent extent = stream.running->ended() ? Extent::whole : Extent::beginning;
    expect_as_shown(stream.command, *stream.running, extent);
}

bool SessionRun::as_shown(const SessionCommand& command, const ShellCommand& running,
                          Extent extent) const {
    return is_as_shown(checkout_.as_in_document(running.output()), command.answer, extent);
}

void SessionRun::expect_as_shown(const SessionCommand& command, const ShellCommand& running,
                                 Extent extent) const {
    EXPECT_TRUE(as_shown(command, running, extent))
        << "$ " << command.text << "\n---- the document shows\n"
        << command.answer << "\n---- but this is printed\n"
        << checkout_.as_in_document(running.output()) << "\n---- errors\n"
        << running.errors();
}

}  // namespace freshet::systems
