// The audit log: who was refused, and what was done that bears on who may do what. A line each in
// the server's log, in the form
//
//     audit refused status=403 reason=not_allowed method=GET path="/views/order" subject="bob" …
//     audit done="gave a token to ann" method=POST path="/tokens" subject="desk" address="::1"
//
// The reason of a 401 or 403 is a word of http/messages/refusal_reason.h. A 429 has none.
//
// Invariants
//   - No line has anything of a credential, a query or a body in it but names: those that a
//     verified credential gives; the subject and roles of a token that was made; the subject or the
//     id that an admin revoked; the stream that an admin adopted.
//   - Whoever asks over and over does not fill a disk: refusals have audit_lines_max lines a
//     second, and so has what anybody may do. Those beyond are counted. What admins do has as many
//     lines of its own, so that nobody else can keep it out.
//
// Threads: any.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "http/messages/answer.h"
#include "http/messages/request.h"

namespace spdlog {
class logger;
}

namespace freshet::http {

inline constexpr std::size_t audit_lines_max = 50;  // in a second

class AuditLog {
public:
    // Without a log nothing is noted.
    explicit AuditLog(std::shared_ptr<spdlog::logger> log);

    // A request was refused at the time `now`, for whose it is or how often they come.
    // `path` names what was asked for, and no key.
    void note_refusal(const Request& request, std::string_view path, const Answer& answer,
                      std::string_view address, std::chrono::sys_seconds now);

    // What the answer says was done.
    void note_deed(const Request& request, std::string_view path, const Answer& answer,
                   std::string_view address, std::chrono::sys_seconds now);

private:
    // How many lines of one kind were written in the newest second.
    struct Budget {
        std::string_view kind;
        std::chrono::sys_seconds second{};
        std::size_t lines = 0;
        std::size_t left_out = 0;
    };

    // Returns whether another line has room, and tells of those that had none.
    bool has_room(Budget& budget, std::chrono::sys_seconds now);

    const std::shared_ptr<spdlog::logger> log_;
    std::mutex mutex_;  // guards the budgets
    Budget refusals_{.kind = "refusals"};
    Budget deeds_{.kind = "deeds"};
    Budget acts_{.kind = "acts of admins"};
};

// Whether an answer with this status is a refusal for the audit log.
bool is_refusal(int status);

}  // namespace freshet::http
