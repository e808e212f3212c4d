#include "engine/observing/function_status.h"

#include <algorithm>

namespace freshet::engine {

void CallDurations::add(double seconds) {
    const auto* const bound = std::find_if(bounds.begin(), bounds.end(),
                                           [seconds](double most) { return seconds <= most; });
    if (bound != bounds.end()) ++counts[static_cast<std::size_t>(bound - bounds.begin())];
    ++count;
    sum += seconds;
}

}  // namespace freshet::engine
