// One map changed by another, name by name.
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/image.h"

namespace freshet::engine {

using BuiltValues = std::vector<storage::ImageBuilder::Value>;

// The attributes of `target`, which may be nothing, once those of `change` are made of it: for each
// of these, `make(old, change)` says what is to be there, or nothing. `old` is what is there of
// that name, if anything. The others stay as they are. In the order of names, as both maps are.
template <class Make>
BuiltValues merge_maps(storage::ImageBuilder& builder, std::optional<storage::ValueView> target,
                       storage::ValueView change, Make make) {
    BuiltValues values;
    const std::size_t old_count = target ? target->size() : 0;
    std::size_t next = 0;
    const auto copy_before = [&](std::optional<std::string_view> name) {
        for (; next < old_count; ++next) {
            const storage::ValueView old = target->at(next);
            if (name && !storage::name_is_before(old.name(), *name)) return;
            values.push_back(builder.copy(old));
        }
    };
    for (std::size_t i = 0; i < change.size(); ++i) {
        const storage::ValueView one = change.at(i);
        copy_before(one.name());
        std::optional<storage::ValueView> old;
        if (next < old_count && target->at(next).name() == one.name()) old = target->at(next++);
        if (const auto value = make(old, one)) values.push_back(*value);
    }
    copy_before(std::nullopt);
    return values;
}

}  // namespace freshet::engine
