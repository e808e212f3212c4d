#include "engine/engine.h"

#include <system_error>
#include <utility>

#include "engine/folding/unread_facts.h"

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
      opened_at_position_(folder_->log().head().position),
      metrics_(*catalog_),
      sequencer_(std::make_unique<Sequencer>(*catalog_, *folder_, clock_, metrics_,
                                             std::move(options.sequencer))),
      expiry_(std::make_unique<ExpirySweep>(
          *catalog_, clock_,
          ExpirySweep::Engine{.read_point = [this] { return read_point(); },
                              .submit =
                                  [this](ChangeBatch batch, AppendDone done) {
                                      sequencer_->submit(std::move(batch), std::move(done));
                                  }},
          std::move(options.on_clock_moved))),
      functions_(std::move(options.functions)) {}

Engine::~Engine() {
    stop();
}

void Engine::start() {
    sequencer_->start();
    expiry_->start();
}

void Engine::stop() {
    std::shared_ptr<Reconciliation> reconciliation;
    {
        const std::lock_guard lock(reconciliation_mutex_);
        is_stopped_ = true;
        reconciliation.swap(reconciliation_);
    }
    // While the sequencer still answers them.
    reconciliation.reset();
    expiry_->stop();
    sequencer_->stop();
}

std::string Engine::unique_key() const {
    return unique_keys_.next(std::chrono::floor<std::chrono::milliseconds>(clock_.wall_now()));
}

void Engine::append(ChangeBatch batch, AppendDone done) {
    if (batch.is_order) {
        done = [&board = functions_, changes = functions_.changes_of(batch.notices),
                done = std::move(done)](Result<Receipt> receipt) {
            board.tell_changes(changes);
            done(std::move(receipt));
        };
    }
    if (batch.reconciliation.empty()) return sequencer_->submit(std::move(batch), std::move(done));
    const auto named = reconciliation();
    if (named && named->id() == batch.reconciliation) {
        return named->take(std::move(batch), std::move(done));
    }
    done(fail(Errc::gone, "there is no reconciliation " + batch.reconciliation + ": begin again"));
}

Result<std::shared_ptr<Reconciliation>> Engine::reconcile(ReconciliationOrder order) {
    const std::lock_guard lock(reconciliation_mutex_);
    if (is_stopped_) return fail(Errc::unavailable, "the server is stopping");
    if (reconciliation_ && reconciliation_->is_open()) {
        return fail(Errc::refused, "a reconciliation of table " +
                                       reconciliation_->order().table->name + " is under way");
    }
    if (reconciliation_ && !reconciliation_->is_finished()) {
        return fail(Errc::busy, "the last reconciliation is still being cleared away");
    }
    reconciliation_.reset();
    Reconciliation::Engine parts{.folder = *folder_,
                                 .read_point = [this] { return read_point(); },
                                 .submit =
                                     [this](ChangeBatch batch, AppendDone done) {
                                         sequencer_->submit(std::move(batch), std::move(done));
                                     }};
    try {
        reconciliation_ = std::make_shared<Reconciliation>(std::move(order), std::move(parts));
    } catch (const std::system_error&) {
        return fail(Errc::busy, "the system allows no thread for a reconciliation at this moment");
    }
    return reconciliation_;
}

std::shared_ptr<Reconciliation> Engine::reconciliation() const {
    const std::lock_guard lock(reconciliation_mutex_);
    return reconciliation_;
}

Result<AskFamilies> Engine::families() const {
    const auto first = read_point();
    if (!first) return fail(first.error());
    return [this, families = (*first)->families()]() mutable {
        if (const auto newest = read_point()) families = (*newest)->families();
        return families;
    };
}

std::chrono::seconds Engine::uptime() const {
    return std::chrono::duration_cast<std::chrono::seconds>(clock_.now() - opened_at_);
}

Result<std::vector<storage::Record>> Engine::records_after(const ReadPoint& read_point,
                                                           storage::Position after,
                                                           const storage::ReadLimit& limit) const {
    return folder_->log().read_after(after, read_point.position(), limit);
}

Result<std::optional<storage::Record>> Engine::record_at(const ReadPoint& read_point,
                                                         storage::Position position) const {
    auto next = records_after(read_point, {position.value - 1}, {.records = 1, .bytes = 1});
    if (!next) return fail(next.error());
    if (next->empty() || next->front().position() != position) {
        return std::optional<storage::Record>();
    }
    return std::optional(std::move(next->front()));
}

std::optional<UnreadTotal> Engine::unread() const {
    const auto newest = read_point();
    if (!newest) return std::nullopt;
    const auto total = unread_total((*newest)->state());
    return total ? std::optional(*total) : std::nullopt;
}

// Times of append never go back, so halving finds it.
Result<storage::Position> Engine::position_before(const ReadPoint& read_point,
                                                  storage::AppendTime time) const {
    std::uint64_t before = 0;
    std::uint64_t end = read_point.position().value;
    while (before < end) {
        const std::uint64_t middle = before + (end - before) / 2;
        const auto next = records_after(read_point, {middle}, {.records = 1, .bytes = 1});
        if (!next) return fail(next.error());
        if (next->empty() || next->front().appended() >= time) {
            end = middle;
        } else {
            before = next->front().position().value;
        }
    }
    return storage::Position{before};
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
