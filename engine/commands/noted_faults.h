// Faults of an item or of what is asked of it, with their pointers, while it is walked through.
//
// They are found where all writers wait, so few are kept, and none once their pointers are long:
// names may have as many characters as the item.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/text/fault.h"
#include "engine/text/json.h"

namespace freshet::engine {

class NotedFaults {
public:
    // Within `begin`, unless that is empty.
    explicit NotedFaults(std::vector<Fault>& faults, std::string_view begin = {})
        : faults_(faults) {
        if (!begin.empty()) outer_.push_back(begin);
    }

    // Whether no more are kept, so that the walk can end.
    [[nodiscard]] bool full() const {
        return faults_.size() >= faults_max || kept_bytes_ > fault_pointer_bytes_max;
    }

    // Of the value that is walked through.
    void add_here(std::string detail) {
        if (full()) return;
        std::string pointer;
        for (const std::string_view outer : outer_) append_pointer(pointer, outer);
        kept_bytes_ += pointer.size();
        faults_.push_back({.pointer = std::move(pointer), .detail = std::move(detail)});
    }

    // Of the value of that name in it.
    void add(std::string_view name, std::string detail) {
        within(name, [&] { add_here(std::move(detail)); });
    }

    // Calls `walk`, in which names are those within that one.
    template <class Walk>
    void within(std::string_view name, Walk walk) {
        outer_.push_back(name);
        walk();
        outer_.pop_back();
    }

private:
    std::vector<Fault>& faults_;
    std::vector<std::string_view> outer_;
    std::size_t kept_bytes_ = 0;
};

}  // namespace freshet::engine
