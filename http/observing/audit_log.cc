#include "http/observing/audit_log.h"

#include <string>

#include "engine/text/enum_words.h"
#include "engine/text/shown_text.h"

namespace freshet::http {

namespace {

using engine::quoted_text;

constexpr std::string_view prefix = "audit ";

// Who asked for what, from where.
std::string circumstances(const Request& request, std::string_view path, std::string_view address) {
    std::string text = " method=" + std::string(method_label(request.method));
    text += " path=" + quoted_text(path);
    // Without [auth], each caller is the same and has no name.
    const bool is_named = request.identity.caller && !request.caller().subject.empty();
    if (is_named && !request.identity.is_anonymous()) {
        text += request.identity.is_machine() ? " machine=" : " subject=";
        text += quoted_text(request.caller().subject);
    }
    return text + " address=" + quoted_text(address);
}

// What the refusal of an origin comes from: a proxy or a check that names another one than is
// expected here.
std::string host_of(const Request& request) {
    const auto host = request.host();
    return host ? " host=" + quoted_text(*host) : "";
}

}  // namespace

bool is_refusal(int status) {
    return status == 401 || status == 403 || status == 429;
}

AuditLog::AuditLog(const std::shared_ptr<spdlog::logger>& log, HttpMetrics* metrics)
    : refusals_(log, LineKind::refusals, prefix, "refusals", metrics),
      actions_(log, LineKind::actions, prefix, "actions", metrics),
      admin_actions_(log, LineKind::admin_actions, prefix, "acts of admins", metrics) {}

void AuditLog::note_refusal(const Request& request, std::string_view path, const Answer& answer,
                            std::string_view address, std::chrono::sys_seconds now) {
    std::string line = "audit refused status=" + std::to_string(answer.status);
    if (const auto reason = reason_of(answer)) {
        line.append(" reason=").append(engine::word_of(*reason));
        if (*reason == RefusalReason::origin) line += host_of(request);
    }
    refusals_.write(LineLevel::warning, line + circumstances(request, path, address), now);
}

void AuditLog::note_deed(const Request& request, std::string_view path, const Answer& answer,
                         std::string_view address, std::chrono::sys_seconds now) {
    LineBudget& lines = answer.is_act ? admin_actions_ : actions_;
    const std::string action = quoted_text(answer.deed, audit_action_bytes_max);
    lines.write(LineLevel::info, "audit done=" + action + circumstances(request, path, address),
                now);
}

}  // namespace freshet::http
