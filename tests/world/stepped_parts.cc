#include "tests/world/stepped_parts.h"

#include <utility>

namespace freshet::support {

using engine::Catalog;

SteppedParts::SteppedParts(std::unique_ptr<storage::DataFolder> folder,
                           std::shared_ptr<const Catalog> catalog)
    : catalog_(std::move(catalog)),
      folder_(std::move(folder)),
      metrics_(*catalog_),
      sequencer_(*catalog_, *folder_, clock_, metrics_, {}) {}

std::string SteppedParts::metrics_text() const {
    return metrics_.text(sequencer_.status(), {}, folder_->usage());
}

Result<std::unique_ptr<SteppedParts>> SteppedParts::open(std::string path,
                                                         storage::StorageOptions options,
                                                         std::shared_ptr<const Catalog> catalog) {
    auto folder = storage::DataFolder::open(std::move(path), std::move(options));
    if (!folder) return fail(folder.error());
    std::unique_ptr<SteppedParts> engine(new SteppedParts(std::move(*folder), std::move(catalog)));
    const auto folded = engine->sequencer_.fold_log();
    if (!folded) return fail(folded.error());
    return engine;
}

}  // namespace freshet::support
