#include "engine/functions/function_board.h"

#include <algorithm>
#include <utility>

namespace freshet::engine {

FunctionBoard::FunctionBoard(Functions functions) : functions_(std::move(functions)) {}

const Function* FunctionBoard::find(std::string_view name) const {
    const auto found = std::find_if(functions_.begin(), functions_.end(),
                                    [name](const auto& one) { return one->name == name; });
    return found == functions_.end() ? nullptr : found->get();
}

FunctionStatus FunctionBoard::status(const Function& function, storage::Position head,
                                     std::chrono::system_clock::time_point now) const {
    FunctionStatus status;
    {
        const MutexLock lock(mutex_);
        const auto found = statuses_.find(&function);
        if (found != statuses_.end()) status = found->second;
    }
    status.name = function.name;
    status.table = function.table->name;
    status.behind = head.value - std::min(status.feed.place.value, head.value);
    if (status.feed.oldest && now > *status.feed.oldest) {
        status.age = std::chrono::duration_cast<std::chrono::seconds>(now - *status.feed.oldest);
    }
    return status;
}

std::vector<FunctionStatus> FunctionBoard::statuses(
    storage::Position head, std::chrono::system_clock::time_point now) const {
    std::vector<FunctionStatus> all;
    for (const auto& function : functions_) all.push_back(status(*function, head, now));
    return all;
}

void FunctionBoard::tell(const Function& function, FunctionStatus status) {
    const MutexLock lock(mutex_);
    statuses_[&function] = std::move(status);
}

void FunctionBoard::hear_changes(Listener listener) {
    const MutexLock lock(mutex_);
    listener_ = std::move(listener);
}

FunctionBoard::Changes FunctionBoard::changes_of(
    const std::vector<storage::Notice>& notices) const {
    Changes changes;
    for (const storage::Notice& notice : notices) {
        const Function* function = find(notice.name);
        if (function == nullptr) continue;
        std::vector<storage::Position>& parked = changes[function];
        const bool is_of_parked = notice.kind == storage::NoticeKind::parked ||
                                  notice.kind == storage::NoticeKind::released;
        if (is_of_parked) parked.push_back(notice.function->record);
    }
    return changes;
}

void FunctionBoard::tell_changes(const Changes& changes) const {
    const MutexLock lock(mutex_);
    if (!listener_) return;
    for (const auto& [function, parked] : changes) listener_(*function, parked);
}

}  // namespace freshet::engine
