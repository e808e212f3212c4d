// The functions that are declared, and how each is doing: what those who feed them tell those who
// are asked.
//
// Threads: any.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/function.h"
#include "engine/observing/function_status.h"
#include "storage/notice.h"
#include "storage/position.h"
#include "storage/thread_safety.h"

namespace freshet::engine {

class FunctionBoard {
public:
    explicit FunctionBoard(Functions functions);

    [[nodiscard]] const Functions& functions() const { return functions_; }
    // Null if there is none of that name.
    [[nodiscard]] const Function* find(std::string_view name) const;

    // How it is doing, as of a log that ends at `head`. It is one of functions().
    [[nodiscard]] FunctionStatus status(const Function& function, storage::Position head,
                                        std::chrono::system_clock::time_point now) const;
    // The same of all, in the order of functions().
    [[nodiscard]] std::vector<FunctionStatus> statuses(
        storage::Position head, std::chrono::system_clock::time_point now) const;
    void tell(const Function& function, FunctionStatus status);

    // What orders have changed of functions: which parked records, if any, or else the place, or
    // whether it is paused.
    using Changes = std::map<const Function*, std::vector<storage::Position>>;
    // Of notices of functions. Those of a function that is not declared change nothing.
    [[nodiscard]] Changes changes_of(const std::vector<storage::Notice>& notices) const;

    // Those who feed functions hear of each order that was answered, carried out or not, once what
    // it has changed is shown. None hears after an empty listener was set. It must neither block
    // nor throw.
    using Listener =
        std::function<void(const Function& function, const std::vector<storage::Position>& parked)>;
    void hear_changes(Listener listener);
    void tell_changes(const Changes& changes) const;

private:
    const Functions functions_;
    mutable Mutex mutex_;
    std::map<const Function*, FunctionStatus> statuses_ FRESHET_GUARDED_BY(mutex_);
    Listener listener_ FRESHET_GUARDED_BY(mutex_);
};

}  // namespace freshet::engine
