#include "engine/commands/merge_patch.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace freshet::engine {
namespace {

using storage::ImageBuilder;
using storage::ValueType;
using storage::ValueView;

using Values = std::vector<ImageBuilder::Value>;

Values merged(ImageBuilder& builder, std::optional<ValueView> target, ValueView patch);

// The value of that name once it is patched; nothing if it is removed.
std::optional<ImageBuilder::Value> patched(ImageBuilder& builder, std::optional<ValueView> target,
                                           ValueView patch) {
    if (patch.type() == ValueType::null) return std::nullopt;
    if (patch.type() != ValueType::map) return builder.copy(patch);
    if (target && target->type() != ValueType::map) target.reset();
    return builder.map(patch.name(), merged(builder, target, patch));
}

// The attributes of a map, or of none, once it is patched; both are in the order of names.
Values merged(ImageBuilder& builder, std::optional<ValueView> target, ValueView patch) {
    Values values;
    const std::size_t old_count = target ? target->size() : 0;
    std::size_t next = 0;
    const auto copy_before = [&](std::optional<std::string_view> name) {
        for (; next < old_count; ++next) {
            const ValueView old = target->at(next);
            if (name && !storage::name_is_before(old.name(), *name)) return;
            values.push_back(builder.copy(old));
        }
    };
    for (std::size_t i = 0; i < patch.size(); ++i) {
        const ValueView change = patch.at(i);
        copy_before(change.name());
        std::optional<ValueView> old;
        if (next < old_count && target->at(next).name() == change.name()) old = target->at(next++);
        if (const auto value = patched(builder, old, change)) values.push_back(*value);
    }
    copy_before(std::nullopt);
    return values;
}

}  // namespace

storage::Image merge_patch(storage::ImageView target, storage::ImageView patch) {
    ImageBuilder builder;
    const Values values = merged(builder, target, patch);
    return builder.finish(values);
}

}  // namespace freshet::engine
