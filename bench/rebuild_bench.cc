// A log folded into a new state at once: five changes each of a pizza shop's orders, with four
// views.
//
// Bounds, which stand beside it: reading the log alone (read_log), since nothing is folded before
// it is read, and writing the files of the state alone (write_state_files), since every state has
// to be written. The first runs on one thread, and the second on as many as the fold. What a record
// costs record by record is fold_log_by_records.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/orders.h"
#include "engine/clock.h"
#include "engine/folding/state_keeper.h"
#include "storage/data_folder.h"
#include "storage/scratch_folder.h"
#include "storage/state_cursor.h"
#include "storage/state_files.h"

namespace freshet::bench {
namespace {

template <class T>
T value_of(Result<T> result) {
    if (!result) std::abort();
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// A folder with a log of so many records and no state. It is removed at the end.
class LogOfOrders {
public:
    explicit LogOfOrders(std::size_t records) {
        path_ = (std::filesystem::temp_directory_path() / "freshet-bench-XXXXXX").string();
        if (mkdtemp(path_.data()) == nullptr) std::abort();
        folder_ = value_of(storage::DataFolder::open_without_state(path_, {}));
        constexpr std::size_t at_once = 1'000;
        for (std::size_t first = 0; first < records; first += at_once) {
            append(event_batch(*catalog_, first, at_once), first == 0);
        }
    }
    ~LogOfOrders() {
        folder_.reset();
        std::filesystem::remove_all(path_);
    }
    LogOfOrders(const LogOfOrders&) = delete;
    LogOfOrders& operator=(const LogOfOrders&) = delete;

    [[nodiscard]] storage::DataFolder& folder() { return *folder_; }
    [[nodiscard]] const engine::Catalog& catalog() const { return *catalog_; }

private:
    void append(const engine::ChangeBatch& batch, bool is_first) {
        storage::LogBatch group = folder_->log().begin();
        for (const engine::BatchRecord& record : batch.records) {
            storage::Admission admission{.stream = 1, .joins = is_first && group.empty()};
            if (record.change->before) admission.before = record.change->before->view();
            group.add(*record.change, admission);
        }
        value_of(folder_->log().append(group));
    }

    std::string path_;
    std::shared_ptr<const engine::Catalog> catalog_ = shop_catalog();
    std::unique_ptr<storage::DataFolder> folder_;
};

// The same log for all of them: it takes long to make.
LogOfOrders& log_of(const benchmark::State& state) {
    static const auto log = std::make_unique<LogOfOrders>(static_cast<std::size_t>(state.range(0)));
    return *log;
}

std::unique_ptr<storage::SideState> folded(LogOfOrders& log, std::uint64_t bulk_positions_min) {
    auto side = value_of(log.folder().make_side_state());
    const engine::SystemClock clock;
    engine::StateKeeper keeper(log.catalog(), log.folder().log(), side->state(), clock,
                               {.bulk_positions_min = bulk_positions_min, .bulk = {}});
    value_of(keeper.bring_up([](const engine::FoldProgress&) { return Result<void>(); }, [] {}));
    return side;
}

void fold(benchmark::State& state, std::uint64_t bulk_positions_min) {
    LogOfOrders& log = log_of(state);
    for (auto _ : state) {
        auto side = folded(log, bulk_positions_min);
        state.PauseTiming();
        side.reset();
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

void fold_log_at_once(benchmark::State& state) {
    fold(state, 0);
}

void fold_log_by_records(benchmark::State& state) {
    fold(state, ~std::uint64_t{0});
}

void read_log(benchmark::State& state) {
    LogOfOrders& log = log_of(state);
    for (auto _ : state) {
        const auto scan = value_of(log.folder().log().scan({}, log.folder().log().head().position));
        std::size_t records = 1;
        while (records > 0) {
            records = value_of(scan->next({.records = 4'096, .bytes = 4U << 20U})).size();
        }
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

void write_state_files(benchmark::State& state) {
    LogOfOrders& log = log_of(state);
    const auto side = folded(log, 0);
    struct Entry {
        storage::StateKind kind;
        std::string name;
        std::string rest;
        std::string value;
    };
    std::vector<Entry> entries;
    {
        const auto snapshot = value_of(side->state().snapshot());
        storage::StateCursor at(storage::StateCursor::over_everything(*snapshot));
        for (; at.valid(); at.next()) {
            const storage::StateKey key = storage::take_apart(at.key());
            const bool is_item = key.kind == storage::StateKind::item;
            if (!is_item && key.kind != storage::StateKind::row) continue;
            // The id of a projection has a NUL before its fingerprint; all here are of one length.
            const std::size_t name = is_item ? key.rest.find('\0') : key.rest.find('\0') + 9;
            entries.push_back({.kind = key.kind,
                               .name = std::string(key.rest.substr(0, name)),
                               .rest = std::string(key.rest.substr(name + 1)),
                               .value = std::string(at.value())});
        }
    }
    for (auto _ : state) {
        const auto scratch = value_of(side->state().make_scratch());
        const auto files = value_of(storage::StateFiles::begin(side->state(), *scratch));
        for (const Entry& entry : entries) {
            if (entry.kind == storage::StateKind::item) {
                const auto item = value_of(storage::Item::from_bytes(entry.value));
                value_of(files->put_item(entry.name, entry.rest, item));
            } else {
                value_of(files->put_row(entry.name, entry.rest, entry.value));
            }
        }
        value_of(files->finish());
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

constexpr std::int64_t records_folded = 1'000'000;

BENCHMARK(fold_log_at_once)->Arg(records_folded)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(read_log)->Arg(records_folded)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(write_state_files)->Arg(records_folded)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(fold_log_by_records)
    ->Arg(records_folded)
    ->UseRealTime()
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace freshet::bench
