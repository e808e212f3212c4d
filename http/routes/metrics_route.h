// GET /metrics: everything that is counted and measured, for Prometheus.
#pragma once

#include "engine/engine.h"
#include "http/messages/answer.h"
#include "http/messages/request.h"
#include "http/observing/http_metrics.h"
#include "http/routes/routes.h"

namespace freshet::http {

// For admins.
NextStep get_metrics(const Call& call);

Answer metrics_answer(engine::Engine& engine, const HttpMetrics& metrics, const Request& request);

}  // namespace freshet::http
