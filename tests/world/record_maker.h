// Records as they would stand in a log, out of typed JSON.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/catalog/catalog.h"
#include "storage/record.h"
#include "tests/disks/temp_folder.h"

namespace freshet::storage {
class DataFolder;
}

namespace freshet::support {

class RecordMaker {
public:
    RecordMaker();
    ~RecordMaker();

    // Keys and images as members of an object: `"pk":{"S":"o-1"}`. The keys are put into each image
    // that is there.
    struct Parts {
        std::string kind = "MODIFY";
        std::string keys = R"("pk":{"S":"o-1"})";
        std::optional<std::string> before;
        std::optional<std::string> after;
        std::string members;  // of the record itself
    };
    [[nodiscard]] storage::Record record(const engine::Catalog& catalog, const std::string& table,
                                         const Parts& parts) const;

private:
    TempFolder folder_;
    std::unique_ptr<storage::DataFolder> data_;
};

}  // namespace freshet::support
