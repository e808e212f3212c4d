#include "engine/engine.h"

#include <utility>

namespace freshet::engine {
namespace {

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::open(std::shared_ptr<const Catalog> catalog,
                                             EngineOptions options) {
    auto folder = storage::DataFolder::open(options.path, options.storage);
    if (!folder) return fail(folder.error());
    return std::unique_ptr<Engine>(
        new Engine(std::move(catalog), std::move(*folder), std::move(options)));
}

Engine::Engine(std::shared_ptr<const Catalog> catalog, std::unique_ptr<storage::DataFolder> folder,
               EngineOptions options)
    : catalog_(std::move(catalog)),
      folder_(std::move(folder)),
      sequencer_(std::make_unique<Sequencer>(
          *catalog_, *folder_, options.clock != nullptr ? *options.clock : system_clock(),
          std::move(options.sequencer))) {}

Engine::~Engine() {
    stop();
}

void Engine::start() {
    sequencer_->start();
}
void Engine::stop() {
    sequencer_->stop();
}

Result<std::vector<storage::Record>> Engine::records_after(const ReadPoint& read_point,
                                                           storage::Position after,
                                                           const storage::ReadLimit& limit) const {
    return folder_->log().read_after(after, read_point.position(), limit);
}

}  // namespace freshet::engine
