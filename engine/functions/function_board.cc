#include "engine/functions/function_board.h"

#include <algorithm>
#include <utility>

namespace freshet::engine {

void CallDurations::add(double seconds) {
    const auto* const bound = std::find_if(bounds.begin(), bounds.end(),
                                           [seconds](double most) { return seconds <= most; });
    if (bound != bounds.end()) ++counts[static_cast<std::size_t>(bound - bounds.begin())];
    ++count;
    sum += seconds;
}

FunctionBoard::FunctionBoard(Functions functions) : functions_(std::move(functions)) {}

const Function* FunctionBoard::find(std::string_view name) const {
    const auto found = std::find_if(functions_.begin(), functions_.end(),
                                    [name](const auto& one) { return one->name == name; });
    return found == functions_.end() ? nullptr : found->get();
}

FunctionReport FunctionBoard::report(const Function& function) const {
    const MutexLock lock(mutex_);
    const auto found = reports_.find(&function);
    return found == reports_.end() ? FunctionReport{} : found->second;
}

void FunctionBoard::tell(const Function& function, FunctionReport report) {
    const MutexLock lock(mutex_);
    reports_[&function] = std::move(report);
}

void FunctionBoard::hear_changes(Listener listener) {
    const MutexLock lock(mutex_);
    listener_ = std::move(listener);
}

void FunctionBoard::tell_change(const Function& function) const {
    const MutexLock lock(mutex_);
    if (listener_) listener_(function);
}

}  // namespace freshet::engine
