#include "bench/harness/scenarios.h"

#include <array>

namespace freshet::bench {
namespace {

constexpr std::array all = {
    Scenario{"append", measure_append},
};

}  // namespace

std::span<const Scenario> scenarios() {
    return all;
}

}  // namespace freshet::bench
