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
      clock_(options.clock != nullptr ? *options.clock : system_clock()),
      opened_at_(clock_.now()),
      metrics_(*catalog_),
      sequencer_(std::make_unique<Sequencer>(*catalog_, *folder_, clock_, metrics_,
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

std::chrono::seconds Engine::uptime() const {
    return std::chrono::duration_cast<std::chrono::seconds>(clock_.now() - opened_at_);
}

Result<std::vector<storage::Record>> Engine::records_after(const ReadPoint& read_point,
                                                           storage::Position after,
                                                           const storage::ReadLimit& limit) const {
    return folder_->log().read_after(after, read_point.position(), limit);
}

Result<WatchedRecords> Engine::watched_after(const ReadPoint& read_point, storage::Position after,
                                             const storage::ReadLimit& limit) const {
    if (auto newest = sequencer_->tail().after(after, read_point.position(), limit)) {
        return *std::move(newest);
    }
    auto records = records_after(read_point, after, limit);
    if (!records) return fail(records.error());
    WatchedRecords watched;
    watched.reserve(records->size());
    for (storage::Record& record : *records) {
        watched.push_back(std::make_shared<const WatchedRecord>(std::move(record), *catalog_));
    }
    return watched;
}

Result<std::optional<ItemHistory>> Engine::history(const ReadPoint& read_point, const Table& table,
                                                   const std::vector<std::string>& key) const {
    return ItemHistory::find(folder_->log(), read_point, table, key);
}

}  // namespace freshet::engine
