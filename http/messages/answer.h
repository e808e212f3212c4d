// What a request is answered with, and how that is written to the wire. Pure.
//
// Errors are problems (RFC 9457): `type`, `title`, `status`, `detail`, and `errors` with a JSON
// Pointer for each fault where a body was wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/text/fault.h"
#include "http/messages/media_types.h"
#include "http/messages/refusal_reason.h"
#include "storage/result.h"

namespace freshet::http {

class Answer {
public:
    Answer() = default;
    explicit Answer(int code) : status(code) {}

    int status = 200;
    std::string body;
    std::string
        deed;  // what was done, for the audit log (http/observing/audit_log.h); mostly nothing
    std::optional<RefusalReason> reason;  // of a 401 or 403; nothing: not_allowed

    bool is_act = false;  // what was done is for admins alone
    // Of a stream of several views: those that the caller may not read, by name. The others are
    // followed.
    std::vector<std::string> refused_views = {};

    // Says what an admin has done, for the audit log.
    void did(std::string what) {
        deed = std::move(what);
        is_act = true;
    }

    // Adds a header. The only way to one: bytes of `value` that could end its line, or that
    // otherwise do not belong into a header, are left out.
    void set(std::string_view name, std::string_view value);

    // The value of a header that was set; empty if it was not.
    [[nodiscard]] std::string_view header(std::string_view name) const;

    [[nodiscard]] const std::string& header_lines() const { return headers_; }

private:
    std::string headers_;  // whole lines, as on the wire
};

// Why a request was refused: of 401 and 403; nothing of other answers.
std::optional<RefusalReason> reason_of(const Answer& answer);

// Writes the faults as a member `errors`.
void append_faults(std::string& json, const std::vector<engine::Fault>& faults);

// "1 fault", "7 faults"; "at least …" of those of which not all are named.
std::string count_of(const std::vector<engine::Fault>& faults);

// 200 with a JSON body.
Answer json_answer(std::string json, std::string_view type = json_type);

// The title is the status' own phrase, as RFC 9457 asks for with the type `about:blank`.
// `members` are more of them as JSON, such as `"line":7,"lines":5`.
Answer problem(int status, std::string_view detail, const std::vector<engine::Fault>& faults = {},
               std::string_view members = {});

// Adds a text to the members of a problem; to no other answer.
void add_member(Answer& problem, std::string_view name, std::string_view text);

// The problem that an engine's error is; with Retry-After where the same call may succeed later.
Answer problem_of(const Error& error, std::string_view members = {});

// The status by which a body is refused that cannot be taken as it is.
int status_of_refused_body(Errc code);

// How a connection writes an answer.
struct WireForm {
    bool head = false;       // without the body
    bool keep_alive = true;  // whether the connection continues
    int version = 11;        // of the request
    bool streamed = false;   // the body follows, and ends with the connection
};

void append_answer(std::string& out, const Answer& answer, const WireForm& form);

std::string_view phrase_of(int status);

}  // namespace freshet::http
