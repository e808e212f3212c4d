#include "http/messages/answer.h"

#include <algorithm>

#include "engine/text/json.h"
#include "engine/text/quantity.h"
#include "http/messages/request.h"

namespace freshet::http {

namespace {

constexpr std::string_view problem_type = "application/problem+json";

bool has_no_body(int status) {
    return status == 204 || status == 304;
}

int status_of(Errc code) {
    switch (code) {
        case Errc::malformed:
        case Errc::refused:
            return 400;
        case Errc::forbidden:
            return 403;
        case Errc::conflict:
            return 409;
        case Errc::gone:
            return 410;
        case Errc::too_large:
            return 413;
        case Errc::busy:
        case Errc::unavailable:
        case Errc::damaged_state:
            return 503;
        case Errc::disk_full:
            return 507;
        case Errc::locked:
        case Errc::newer_format:
        case Errc::log_shortened:
        case Errc::corrupt:
        case Errc::io:
            return 500;
    }
    return 500;
}

// In seconds; empty where the same call would fail again. Somebody has to make room first where
// there is none.
std::string_view retry_after(int status) {
    if (status == 503) return "1";
    return status == 507 ? "5" : "";
}

}  // namespace

// The body could be read: what it says is at fault.
int status_of_refused_body(Errc code) {
    return code == Errc::refused ? 422 : status_of(code);
}

void Answer::set(std::string_view name, std::string_view value) {
    headers_ += name;
    headers_ += ": ";
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) headers_ += c;
    }
    headers_ += "\r\n";
}

std::string_view Answer::header(std::string_view name) const {
    std::string_view rest = headers_;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find("\r\n"));
        const std::size_t colon = line.find(':');
        if (equal_ignoring_case(line.substr(0, colon), name)) return line.substr(colon + 2);
        rest.remove_prefix(line.size() + 2);
    }
    return {};
}

std::optional<RefusalReason> reason_of(const Answer& answer) {
    if (answer.status != 401 && answer.status != 403) return std::nullopt;
    return answer.reason.value_or(RefusalReason::not_allowed);
}

void append_faults(std::string& json, const std::vector<engine::Fault>& faults) {
    json += R"("errors":[)";
    for (const engine::Fault& fault : faults) {
        if (&fault != faults.data()) json += ',';
        json += '{';
        if (fault.line != 0) json += R"("line":)" + std::to_string(fault.line) + ',';
        json += R"("pointer":)";
        engine::append_json_string(json, fault.pointer);
        json += R"(,"detail":)";
        engine::append_json_string(json, fault.detail);
        json += '}';
    }
    json += ']';
}

std::string count_of(const std::vector<engine::Fault>& faults) {
    const std::string count = engine::quantity(faults.size(), "fault");
    return faults.size() >= engine::faults_max ? "at least " + count : count;
}

Answer json_answer(std::string json, std::string_view type) {
    Answer answer;
    answer.set("Content-Type", type);
    answer.body = std::move(json);
    return answer;
}

Answer problem(int status, std::string_view detail, const std::vector<engine::Fault>& faults,
               std::string_view members) {
    Answer answer(status);
    answer.set("Content-Type", problem_type);
    std::string& body = answer.body;
    body = R"({"type":"about:blank","title":)";
    engine::append_json_string(body, phrase_of(status));
    body += R"(,"status":)" + std::to_string(status) + R"(,"detail":)";
    engine::append_json_string(body, detail);
    if (!members.empty()) {
        body += ',';
        body += members;
    }
    if (!faults.empty()) {
        body += ',';
        append_faults(body, faults);
    }
    body += "}\n";
    return answer;
}

void add_member(Answer& problem, std::string_view name, std::string_view text) {
    constexpr std::string_view end = "}\n";
    if (problem.header("Content-Type") != problem_type || !problem.body.ends_with(end)) return;
    std::string& body = problem.body;
    body.resize(body.size() - end.size());
    body += ',';
    engine::append_json_string(body, name);
    body += ':';
    engine::append_json_string(body, text);
    body += end;
}

Answer problem_of(const Error& error, std::string_view members) {
    const int status = status_of(error.code);
    std::string detail = error.message;
    if (status == 507) detail += "; make room on the disk of the data folder, and send it again";
    Answer answer = problem(status, detail, {}, members);
    if (const auto seconds = retry_after(status); !seconds.empty()) {
        answer.set("Retry-After", seconds);
    }
    return answer;
}

void append_answer(std::string& out, const Answer& answer, const WireForm& form) {
    out += "HTTP/1.1 ";
    out += std::to_string(answer.status);
    out += ' ';
    out += phrase_of(answer.status);
    out += "\r\n";
    out += answer.header_lines();
    if (!form.streamed && !has_no_body(answer.status)) {
        out += "Content-Length: ";
        out += std::to_string(answer.body.size());
        out += "\r\n";
    }
    if (!form.keep_alive) {
        out += "Connection: close\r\n";
    } else if (form.version == 10) {
        out += "Connection: keep-alive\r\n";
    }
    out += "\r\n";
    if (!form.head && !has_no_body(answer.status)) out += answer.body;
}

std::string_view phrase_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 204:
            return "No Content";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 428:
            return "Precondition Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        case 507:
            return "Insufficient Storage";
        default:
            return "Unknown";
    }
}

}  // namespace freshet::http
