#include "engine/observing/status.h"

namespace freshet::engine {

std::string_view name_of(SequencerMode mode) {
    switch (mode) {
        case SequencerMode::folding:
            return "folding";
        case SequencerMode::serving:
            return "ready";
        case SequencerMode::recovering:
            return "recovering";
        case SequencerMode::stopped:
            return "stopped";
    }
    return "unknown";
}

}  // namespace freshet::engine
