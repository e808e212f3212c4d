// GET /metrics: everything that is counted and measured, for Prometheus.
#pragma once

#include "engine/engine.h"
#include "http/messages/answer.h"
#include "http/messages/request.h"
#include "http/observing/http_metrics.h"

namespace freshet::http {

Answer metrics_answer(engine::Engine& engine, const HttpMetrics& metrics, const Request& request);

}  // namespace freshet::http
