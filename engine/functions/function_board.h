// The functions that are declared, and how each is doing: what those who feed them tell those who
// are asked.
//
// Threads: any.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/function.h"
#include "engine/functions/function_feed.h"
#include "storage/thread_safety.h"

namespace freshet::engine {

enum class FunctionState : std::uint8_t {
    starting,  // the log is not folded yet, or its place is not known
    running,
    failing,  // what it was called with last has failed, and is tried again
    stopped,  // by itself: FeedStatus::stopped
    paused,   // by somebody
    disabled  // by the configuration
};

// How long calls took, those included that failed: counts by upper bounds in seconds, as metrics
// have them.
struct CallDurations {
    static constexpr std::array<double, 10> bounds = {0.001, 0.005, 0.01, 0.05, 0.1,
                                                      0.5,   1.0,   5.0,  30.0, 900.0};
    std::array<std::uint64_t, bounds.size()> counts{};  // each in the first that has room for it
    std::uint64_t count = 0;
    double sum = 0;

    void add(double seconds);
};

struct FunctionReport {
    FunctionState state = FunctionState::starting;
    FeedStatus feed;
    CallDurations durations;
};

class FunctionBoard {
public:
    explicit FunctionBoard(Functions functions);

    [[nodiscard]] const Functions& functions() const { return functions_; }
    // Null if there is none of that name.
    [[nodiscard]] const Function* find(std::string_view name) const;

    // How it was doing when that was told last. It is one of functions().
    [[nodiscard]] FunctionReport report(const Function& function) const;
    void tell(const Function& function, FunctionReport report);

    // Those who feed functions hear that somebody has noted something of one: of its place, of what
    // is parked, of a pause. None hears after an empty listener was set. It must neither block nor
    // throw.
    using Listener = std::function<void(const Function& function)>;
    void hear_changes(Listener listener);
    void tell_change(const Function& function) const;

private:
    const Functions functions_;
    mutable Mutex mutex_;
    std::map<const Function*, FunctionReport> reports_ FRESHET_GUARDED_BY(mutex_);
    Listener listener_ FRESHET_GUARDED_BY(mutex_);
};

}  // namespace freshet::engine
