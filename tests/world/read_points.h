// Read points at any position, over a state in which there is nothing.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/views/read_point.h"
#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"

namespace freshet::support {

class ReadPoints {
public:
    ReadPoints();

    [[nodiscard]] std::shared_ptr<const engine::ReadPoint> at(std::uint64_t position) const;

private:
    TempFolder folder_;
    std::unique_ptr<storage::DataFolder> data_;
};

}  // namespace freshet::support
