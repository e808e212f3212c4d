#include "tests/world/read_points.h"

#include "engine/folding/projection_set.h"
#include "tests/support/must.h"

namespace freshet::support {

ReadPoints::ReadPoints() : data_(must(storage::DataFolder::open(folder_.file("data"), {}))) {}

std::shared_ptr<const engine::ReadPoint> ReadPoints::at(std::uint64_t position) const {
    return std::make_shared<const engine::ReadPoint>(
        storage::LogMark{.epoch = 1, .position = storage::Position{position}, .chain = 0},
        must(data_->state().snapshot()), std::make_shared<const engine::ProjectionSet>(),
        std::make_shared<const engine::KnownFamilies>(),
        std::make_shared<engine::DamageFlag>(false));
}

}  // namespace freshet::support
