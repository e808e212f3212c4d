// The audit log: who was refused, and what was done that bears on who may do what. A line each in
// the server's log, in the form
//
//     audit refused status=403 reason=not_allowed method=GET path="/views/order" subject="bob" …
//     audit done="gave a token to \"ann\"" method=POST path="/tokens" subject="desk" address="::1"
//
// The reason of a 401 or 403 is a word of http/messages/refusal_reason.h. A 429 has none.
//
// Invariants
//   - No line has anything of a credential, a query or a body in it but names: those that a
//     verified credential gives; the subject and roles of a token that was made; the subject or the
//     id that an admin revoked; the stream that an admin adopted; the Host that a request was
//     refused for.
//   - Each field is one text on one line, without anything that steers a terminal, and of a bounded
//     length: `…` behind its quotes says that it was cut. Names inside of what was done are quoted
//     once more, so that none can imitate the words around it.
//   - Anyone who asks over and over does not fill a disk: refusals, what anybody may do, and what
//     admins do have a budget each, of lines and of bytes (http/observing/line_budget.h). So nobody
//     else keeps out the lines of admins.
//
// Threads: any.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

#include "http/messages/answer.h"
#include "http/messages/request.h"
#include "http/observing/line_budget.h"

namespace spdlog {
class logger;
}

namespace freshet::http {

inline constexpr std::size_t audit_lines_max = log_lines_max;  // in a second
inline constexpr std::size_t audit_bytes_max = log_bytes_max;  // in a second
// Of what was done. It may hold several names, each of which has the room of a field.
inline constexpr std::size_t audit_action_bytes_max = 1'024;

class AuditLog {
public:
    // Without a log nothing is noted. Lines that are left out are counted in the metrics.
    explicit AuditLog(const std::shared_ptr<spdlog::logger>& log, HttpMetrics* metrics = nullptr);

    // A request was refused at the time `now`, for whose it is or how often they come.
    // `path` names what was asked for, and no key.
    void note_refusal(const Request& request, std::string_view path, const Answer& answer,
                      std::string_view address, std::chrono::sys_seconds now);

    // What the answer says was done.
    void note_deed(const Request& request, std::string_view path, const Answer& answer,
                   std::string_view address, std::chrono::sys_seconds now);

private:
    LineBudget refusals_;
    LineBudget actions_;
    LineBudget admin_actions_;
};

// Whether an answer with this status is a refusal for the audit log.
bool is_refusal(int status);

}  // namespace freshet::http
