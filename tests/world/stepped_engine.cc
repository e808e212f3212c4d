#include "tests/world/stepped_engine.h"

#include <filesystem>
#include <stdexcept>
#include <utility>

#include "engine/config/config.h"
#include "tests/support/must.h"
#include "tests/world/bulk_state.h"

namespace freshet::support {
namespace {

std::shared_ptr<const engine::Catalog> catalog_of(const std::string& configuration) {
    return must(engine::parse_config(configuration, "shop.toml")).catalog;
}

}  // namespace

SteppedEngine::SteppedEngine(std::shared_ptr<const engine::Catalog> catalog, SteppedOptions options)
    : options_(std::move(options)), catalog_(std::move(catalog)) {
    if (options_.path.empty()) options_.path = folder_.file("data");
    must(open());
}

SteppedEngine::SteppedEngine(const std::string& configuration, SteppedOptions options)
    : SteppedEngine(catalog_of(configuration), std::move(options)) {}

Result<void> SteppedEngine::open() {
    engine::EngineOptions options;
    options.path = options_.path;
    options.sequencer.slice_items = options_.slice_items;
    options.sequencer.live = options_.live;
    options.functions = options_.functions;
    options.storage.state_cache_bytes = options_.state_cache_bytes;
    options.clock = &clock_;
    engine_ = must(engine::Engine::open(catalog_, std::move(options)));
    if (auto folded = sequencer().fold_log(); !folded) return folded;
    while (options_.builds_whole && sequencer().build()) {
    }
    return {};
}

void SteppedEngine::restart(bool delete_state) {
    close();
    StateBytes at_once;
    if (delete_state) {
        std::filesystem::remove_all(options_.path + "/state");
        at_once = folded_at_once(options_.path, *catalog_, small_bulk(states_deleted_++));
    }
    must(open());
    if (delete_state && bytes_of(now()->state()) != at_once) {
        throw std::logic_error("a log folded at once gives another state than record by record");
    }
}

Result<void> SteppedEngine::reconfigure(const std::string& configuration) {
    close();
    catalog_ = catalog_of(configuration);
    return open();
}

Result<engine::Receipt> SteppedEngine::append(std::vector<storage::Change> changes, bool partial) {
    engine::ChangeBatch batch = batch_of(std::move(changes));
    batch.partial = partial;
    return append(std::move(batch));
}

Result<engine::Receipt> SteppedEngine::append(engine::ChangeBatch batch) {
    return support::append(sequencer(), std::move(batch));
}

std::shared_ptr<const engine::ReadPoint> SteppedEngine::now() const {
    return must(engine_->read_point());
}

}  // namespace freshet::support
