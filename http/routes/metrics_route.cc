#include "http/routes/metrics_route.h"

#include "http/messages/query.h"

namespace freshet::http {

Answer metrics_answer(engine::Engine& engine, const HttpMetrics& metrics, const Request& request) {
    if (auto refusal = refuse_unknown_parameters(request.target, {})) return *refusal;
    metrics.refresh(engine.status().head);
    Answer answer;
    answer.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    answer.body = engine.metrics_text();
    return answer;
}

}  // namespace freshet::http
