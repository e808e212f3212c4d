// What a command that takes long says on the way, on standard error: on a terminal one line that is
// rewritten a few times a second, elsewhere a line of its own every ten seconds.
//
// Threads: belongs to one thread. It says something only when it is told something.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace freshet::tools {

class Progress {
public:
    explicit Progress(std::string command);
    // Takes back a line that is being rewritten.
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // Says how far it is, if it is time to; `text` is asked only then.
    void update(const std::function<std::string()>& text);

    // Says this at once, on a line of its own.
    void notice(std::string_view text);

    // Takes back a line that is being rewritten, before something else is printed.
    void clear();

private:
    using Clock = std::chrono::steady_clock;

    std::string command_;
    bool terminal_;
    bool line_shown_ = false;
    Clock::time_point last_;
};

}  // namespace freshet::tools
