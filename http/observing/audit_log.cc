#include "http/observing/audit_log.h"

#include <spdlog/logger.h>

#include <utility>

#include "engine/text/enum_words.h"
#include "engine/text/json.h"
#include "http/observing/http_metrics.h"

namespace freshet::http {

namespace {

// As JSON has it: with its control bytes escaped, so that nobody writes lines of their own.
std::string quote(std::string_view text) {
    std::string json;
    engine::append_json_string(json, text);
    return json;
}

// Who asked for what, from where.
std::string circumstances(const Request& request, std::string_view path, std::string_view address) {
    std::string text = "method=" + std::string(method_label(request.method));
    text += " path=" + quote(path);
    // Without [auth], each caller is the same and has no name.
    const bool is_named = request.identity.caller && !request.caller().subject.empty();
    if (is_named && !request.identity.is_anonymous()) {
        text += request.identity.expires ? " subject=" : " machine=";
        text += quote(request.caller().subject);
    }
    return text + " address=" + quote(address);
}

}  // namespace

bool is_refusal(int status) {
    return status == 401 || status == 403 || status == 429;
}

AuditLog::AuditLog(std::shared_ptr<spdlog::logger> log) : log_(std::move(log)) {}

bool AuditLog::has_room(Budget& budget, std::chrono::sys_seconds now) {
    if (!log_) return false;
    const std::lock_guard lock(mutex_);
    if (now != budget.second) {
        if (budget.left_out > 0) {
            log_->warn("audit {} more {} were not listed", budget.left_out, budget.kind);
        }
        budget.second = now;
        budget.lines = 0;
        budget.left_out = 0;
    }
    const bool has_room = budget.lines < audit_lines_max;
    ++(has_room ? budget.lines : budget.left_out);
    return has_room;
}

void AuditLog::note_refusal(const Request& request, std::string_view path, const Answer& answer,
                            std::string_view address, std::chrono::sys_seconds now) {
    if (!has_room(refusals_, now)) return;
    std::string text = "status=" + std::to_string(answer.status);
    if (const auto reason = reason_of(answer)) {
        text.append(" reason=").append(engine::word_of(*reason));
    }
    log_->warn("audit refused {} {}", text, circumstances(request, path, address));
}

void AuditLog::note_deed(const Request& request, std::string_view path, const Answer& answer,
                         std::string_view address, std::chrono::sys_seconds now) {
    if (!has_room(answer.is_act ? acts_ : deeds_, now)) return;
    log_->info("audit done={} {}", quote(answer.deed), circumstances(request, path, address));
}

}  // namespace freshet::http
