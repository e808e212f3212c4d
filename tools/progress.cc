#include "tools/progress.h"

#include <unistd.h>

#include <iostream>
#include <utility>

namespace freshet::tools {

namespace {

constexpr std::chrono::milliseconds pause_on_terminal{200};
constexpr std::chrono::seconds pause_elsewhere{10};
constexpr std::string_view begin_of_emptied_line = "\r\x1b[K";

}  // namespace

Progress::Progress(std::string command)
    : command_(std::move(command)), terminal_(isatty(STDERR_FILENO) == 1), last_(Clock::now()) {}

Progress::~Progress() {
    clear();
}

void Progress::update(const std::function<std::string()>& text) {
    const Clock::time_point now = Clock::now();
    const Clock::duration pause = terminal_ ? Clock::duration(pause_on_terminal) : pause_elsewhere;
    if (now - last_ < pause) return;
    last_ = now;
    if (!terminal_) return notice(text());
    std::cerr << begin_of_emptied_line << text() << std::flush;
    line_shown_ = true;
}

void Progress::notice(std::string_view text) {
    clear();
    std::cerr << "freshet " << command_ << ": " << text << "\n";
}

void Progress::clear() {
    if (!line_shown_) return;
    std::cerr << begin_of_emptied_line << std::flush;
    line_shown_ = false;
}

}  // namespace freshet::tools
