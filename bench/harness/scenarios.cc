#include "bench/harness/scenarios.h"

#include <array>

namespace freshet::bench {
namespace {

constexpr std::array all = {
    Scenario{"append", measure_append},   Scenario{"rebuild", measure_rebuild},
    Scenario{"recover", measure_recover}, Scenario{"flat", measure_flat},
    Scenario{"churn", measure_churn},     Scenario{"latency", measure_latency},
    Scenario{"direct", measure_direct},   Scenario{"watch", measure_watch},
    Scenario{"expire", measure_expire},   Scenario{"functions", measure_functions},
};

}  // namespace

std::span<const Scenario> scenarios() {
    return all;
}

}  // namespace freshet::bench
