#include "http/routes/metrics_route.h"

#include <utility>

#include "http/messages/query.h"
#include "http/routes/admin_refusal.h"

namespace freshet::http {

Answer metrics_answer(engine::Engine& engine, const HttpMetrics& metrics, const Request& request) {
    if (auto refusal = refuse_unknown_parameters(request.target, {})) return *refusal;
    metrics.refresh(engine.status().head);
    Answer answer;
    answer.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    answer.body = engine.metrics_text();
    return answer;
}

NextStep get_metrics(const Call& call) {
    if (auto refusal = refuse_unless_admin(call.request, "/metrics")) return *std::move(refusal);
    return metrics_answer(call.context.engine, call.context.metrics, call.request);
}

}  // namespace freshet::http
