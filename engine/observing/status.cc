#include "engine/observing/status.h"

namespace freshet::engine {

void add(SuspiciousByTable& sum, const SuspiciousByTable& later) {
    for (const auto& [table, last] : later) {
        const std::uint64_t before = sum[table].count;
        sum[table] = last;
        sum[table].count += before;
    }
}

void add(RefusedByTable& sum, const RefusedByTable& later) {
    for (const auto& [table, last] : later) {
        const std::uint64_t before = sum[table].stream == last.stream ? sum[table].records : 0;
        sum[table] = last;
        sum[table].records += before;
    }
}

std::string_view name_of(SequencerMode mode) {
    switch (mode) {
        case SequencerMode::folding:
            return "folding";
        case SequencerMode::serving:
            return "ready";
        case SequencerMode::read_only:
            return "read-only";
        case SequencerMode::recovering:
            return "recovering";
        case SequencerMode::stopped:
            return "stopped";
    }
    return "unknown";
}

}  // namespace freshet::engine
