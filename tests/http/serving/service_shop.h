// What connections share, over a small shop: no socket, no thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>

#include "engine/config/config.h"
#include "http/routes/endpoints.h"
#include "http/serving/service.h"
#include "tests/readers/exposition.h"
#include "tests/world/route_shop.h"

namespace freshet::http {

struct ServiceShop {
    explicit ServiceShop(const engine::LimitSettings& limit_settings = {})
        : limits(limit_settings, {}) {}

    // The value of one of the metrics; -1 if there is none with these labels.
    double counted(const std::string& name, const support::Exposition::Labels& labels) {
        metrics.refresh(storage::Position{});
        return support::Exposition(shop.engine().metrics_text()).value(name, labels).value_or(-1);
    }

    RouteShop shop;
    ConnectionRoom connections{100};
    Subscribers subscribers;
    std::atomic<std::size_t> held_bytes{0};
    std::atomic<std::size_t> catching_up{0};
    HttpMetrics metrics{shop.engine().metrics(),
                        endpoint_paths(),
                        {.connections = [this] { return connections.count(); },
                         .body_bytes = [this] { return limits.bodies().bytes(); },
                         .subscribers = [this] { return subscribers.summary(); },
                         .revocations = [] { return HttpMetrics::Revoked{}; }}};
    Limits limits;
    AuditLog audit{nullptr};
    LongWork long_work;
    Service service{.routes = shop.context(),
                    .log = nullptr,
                    .connections = connections,
                    .subscribers = subscribers,
                    .held_bytes = held_bytes,
                    .catching_up = catching_up,
                    .metrics = metrics,
                    .limits = limits,
                    .audit = audit,
                    .long_work = long_work};
};

}  // namespace freshet::http
