#include "engine/commands/merge_patch.h"

#include <optional>

#include "engine/commands/map_merge.h"

namespace freshet::engine {
namespace {

using storage::ImageBuilder;
using storage::ValueType;
using storage::ValueView;

BuiltValues merged(ImageBuilder& builder, std::optional<ValueView> target, ValueView patch) {
    return merge_maps(
        builder, target, patch,
        [&](std::optional<ValueView> old, ValueView change) -> std::optional<ImageBuilder::Value> {
            if (change.type() == ValueType::null) return std::nullopt;
            if (change.type() != ValueType::map) return builder.copy(change);
            if (old && old->type() != ValueType::map) old.reset();
            return builder.map(change.name(), merged(builder, old, change));
        });
}

}  // namespace

storage::Image merge_patch(storage::ImageView target, storage::ImageView patch) {
    ImageBuilder builder;
    const BuiltValues values = merged(builder, target, patch);
    return builder.finish(values);
}

}  // namespace freshet::engine
