// The steps of a record through the sequencer, each by itself: five changes each of a pizza shop's
// orders, with four views, in groups of 1,024.
//
// Bounds, each measured beside its step and named after it:
//   - judge: the item of each change is looked up (judge_bound).
//   - encode_record: the bytes of each record are copied once (encode_record_bound).
//   - fold_change: the bytes of each item are made (fold_change_bound).
//   - row_encoding: the bytes of each place are copied (row_encoding_bound).
//   - pattern_match: the attribute that the pattern asks for is found (pattern_match_bound).
//   - state_write: RocksDB's own write of as many bytes in the order of keys, into a memory that
//     holds nothing else (state_write_bound).

#include <benchmark/benchmark.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/orders.h"
#include "engine/catalog/seen_image.h"
#include "engine/clock.h"
#include "engine/folding/lists.h"
#include "engine/folding/projector.h"
#include "engine/folding/state_keeper.h"
#include "engine/sequencing/batch_judgement.h"
#include "storage/data_folder.h"

namespace freshet::bench {
namespace {

constexpr std::size_t group_records = 1'024;
const storage::SourceTime now{std::chrono::seconds(1'795'174'800)};

template <class T>
T value_of(Result<T> result) {
    if (!result) std::abort();
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// A folder whose state knows the orders of the first groups, and the group that follows.
class Sequencing {
public:
    Sequencing() {
        path_ = (std::filesystem::temp_directory_path() / "freshet-bench-XXXXXX").string();
        if (mkdtemp(path_.data()) == nullptr) std::abort();
        folder_ = value_of(storage::DataFolder::open(path_, {}));
        keeper_ = std::make_unique<engine::StateKeeper>(*catalog_, folder_->log(), folder_->state(),
                                                        clock_);
        value_of(
            keeper_->bring_up([](const engine::FoldProgress&) { return Result<void>(); }, [] {}));
        for (; next_ < 4 * group_records; next_ += group_records) {
            write(event_batch(*catalog_, next_, group_records));
        }
        batch_ = event_batch(*catalog_, next_, group_records);
    }
    ~Sequencing() {
        keeper_.reset();
        folder_.reset();
        std::filesystem::remove_all(path_);
    }
    Sequencing(const Sequencing&) = delete;
    Sequencing& operator=(const Sequencing&) = delete;

    [[nodiscard]] const engine::Catalog& catalog() const { return *catalog_; }
    [[nodiscard]] const engine::ChangeBatch& batch() const { return batch_; }
    [[nodiscard]] storage::StateBatch begin() { return value_of(folder_->state().begin()); }
    [[nodiscard]] storage::LogBatch begin_log() { return folder_->log().begin(); }
    [[nodiscard]] engine::Lineages& lineages() { return lineages_; }

    void add_all(storage::LogBatch& log) const { add_all(batch_, log); }

    void fold(const storage::LogBatch& log, storage::StateBatch& state) const {
        const engine::Projector projector(*catalog_);
        for (const storage::Record& record : log.records()) {
            value_of(projector.apply(record, keeper_->contents(), state));
        }
    }

    // Writes the next group, and returns what was written to the state but not yet committed.
    storage::StateBatch next_group(storage::LogMark& mark) {
        next_ += group_records;
        storage::LogBatch log = begin_log();
        add_all(event_batch(*catalog_, next_, group_records), log);
        value_of(folder_->log().append(log));
        storage::StateBatch state = begin();
        fold(log, state);
        mark = log.head();
        return state;
    }
    void commit(storage::StateBatch state, const storage::LogMark& mark) {
        value_of(keeper_->commit(std::move(state), mark));
        value_of(folder_->state().write_behind(false));
    }

private:
    void add_all(const engine::ChangeBatch& batch, storage::LogBatch& log) const {
        for (const engine::BatchRecord& record : batch.records) {
            const bool joins = log.head().position == storage::Position{};
            storage::Admission admission{.stream = 1, .joins = joins};
            if (record.change->before) admission.before = record.change->before->view();
            log.add(*record.change, admission);
        }
    }
    void write(const engine::ChangeBatch& batch) {
        storage::LogBatch log = begin_log();
        add_all(batch, log);
        value_of(folder_->log().append(log));
        storage::StateBatch state = begin();
        fold(log, state);
        commit(std::move(state), log.head());
    }

    std::string path_;
    std::shared_ptr<const engine::Catalog> catalog_ = shop_catalog();
    const engine::SystemClock clock_;
    std::unique_ptr<storage::DataFolder> folder_;
    std::unique_ptr<engine::StateKeeper> keeper_;
    engine::Lineages lineages_;
    std::size_t next_ = 0;
    engine::ChangeBatch batch_;
};

Sequencing& sequencing() {
    static Sequencing only;
    return only;
}

void count_records(benchmark::State& state) {
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(group_records));
}

void judge(benchmark::State& state) {
    Sequencing& shop = sequencing();
    for (auto _ : state) {
        storage::StateBatch batch = shop.begin();
        benchmark::DoNotOptimize(judge_batch(shop.batch(), now, batch, shop.lineages()));
    }
    count_records(state);
}
BENCHMARK(judge);

void judge_bound(benchmark::State& state) {
    Sequencing& shop = sequencing();
    for (auto _ : state) {
        storage::StateBatch batch = shop.begin();
        for (const engine::BatchRecord& record : shop.batch().records) {
            benchmark::DoNotOptimize(batch.known_item(record.change->table, record.change->key));
        }
    }
    count_records(state);
}
BENCHMARK(judge_bound);

void encode_record(benchmark::State& state) {
    Sequencing& shop = sequencing();
    for (auto _ : state) {
        storage::LogBatch log = shop.begin_log();
        shop.add_all(log);
        benchmark::DoNotOptimize(log.head());
    }
    count_records(state);
}
BENCHMARK(encode_record);

void encode_record_bound(benchmark::State& state) {
    Sequencing& shop = sequencing();
    storage::LogBatch log = shop.begin_log();
    shop.add_all(log);
    for (auto _ : state) {
        std::string copy;
        copy.reserve(log.bytes());
        for (const storage::Record& record : log.records()) copy += record.bytes();
        benchmark::DoNotOptimize(copy.data());
    }
    count_records(state);
}
BENCHMARK(encode_record_bound);

void fold_change(benchmark::State& state) {
    Sequencing& shop = sequencing();
    storage::LogBatch log = shop.begin_log();
    shop.add_all(log);
    for (auto _ : state) {
        storage::StateBatch batch = shop.begin();
        shop.fold(log, batch);
    }
    count_records(state);
}
BENCHMARK(fold_change);

void fold_change_bound(benchmark::State& state) {
    Sequencing& shop = sequencing();
    storage::LogBatch log = shop.begin_log();
    shop.add_all(log);
    for (auto _ : state) {
        for (const storage::Record& record : log.records()) {
            benchmark::DoNotOptimize(storage::Item({.source = record.source(),
                                                    .label = record.label(),
                                                    .sequence = record.sequence(),
                                                    .created = record.position(),
                                                    .changed = record.position(),
                                                    .stream = 1,
                                                    .time = record.time(),
                                                    .others = {},
                                                    .image = record.after()}));
        }
    }
    count_records(state);
}
BENCHMARK(fold_change_bound);

const engine::ListView& open_orders(const engine::Catalog& catalog) {
    return *std::get<const engine::ListView*>(catalog.view("open-orders"));
}

void row_encoding(benchmark::State& state) {
    Sequencing& shop = sequencing();
    const engine::ListView& list = open_orders(shop.catalog());
    for (auto _ : state) {
        for (const engine::BatchRecord& record : shop.batch().records) {
            const engine::SeenImage image(record.change->after->view());
            benchmark::DoNotOptimize(engine::place_in(list, &image, record.change->key));
        }
    }
    count_records(state);
}
BENCHMARK(row_encoding);

void row_encoding_bound(benchmark::State& state) {
    Sequencing& shop = sequencing();
    const engine::ListView& list = open_orders(shop.catalog());
    std::vector<std::string> places;
    for (const engine::BatchRecord& record : shop.batch().records) {
        const engine::SeenImage image(record.change->after->view());
        places.push_back(engine::place_in(list, &image, record.change->key).value_or(""));
    }
    for (auto _ : state) {
        for (const std::string& place : places) benchmark::DoNotOptimize(std::string(place));
    }
    count_records(state);
}
BENCHMARK(row_encoding_bound);

void pattern_match(benchmark::State& state) {
    Sequencing& shop = sequencing();
    const engine::ListView& list = open_orders(shop.catalog());
    for (auto _ : state) {
        for (const engine::BatchRecord& record : shop.batch().records) {
            const engine::SeenImage image(record.change->after->view());
            benchmark::DoNotOptimize(list.where.matches(image));
        }
    }
    count_records(state);
}
BENCHMARK(pattern_match);

void pattern_match_bound(benchmark::State& state) {
    Sequencing& shop = sequencing();
    for (auto _ : state) {
        for (const engine::BatchRecord& record : shop.batch().records) {
            const engine::SeenImage image(record.change->after->view());
            benchmark::DoNotOptimize(image.find("status"));
        }
    }
    count_records(state);
}
BENCHMARK(pattern_match_bound);

void state_write(benchmark::State& state) {
    Sequencing& shop = sequencing();
    for (auto _ : state) {
        state.PauseTiming();
        storage::LogMark mark;
        storage::StateBatch batch = shop.next_group(mark);
        state.ResumeTiming();
        shop.commit(std::move(batch), mark);
    }
    count_records(state);
}
BENCHMARK(state_write)->Iterations(200);

// An item of 500 bytes and a row for each change, which is about what is written.
void state_write_bound(benchmark::State& state) {
    std::string folder = (std::filesystem::temp_directory_path() / "freshet-bench-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) std::abort();
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* opened = nullptr;
    if (!rocksdb::DB::Open(options, folder, &opened).ok()) std::abort();
    std::unique_ptr<rocksdb::DB> db(opened);
    const std::string item(500, 'x');
    rocksdb::WriteOptions write;
    write.disableWAL = true;
    std::uint64_t next = 0;
    for (auto _ : state) {
        rocksdb::WriteBatch batch;
        for (std::size_t i = 0; i < group_records; ++i) {
            const std::string key = order_id(next++);
            batch.Put(key, item);
            batch.Put(key + "row", key);
        }
        if (!db->Write(write, &batch).ok()) std::abort();
    }
    count_records(state);
    db.reset();
    std::filesystem::remove_all(folder);
}
BENCHMARK(state_write_bound)->Iterations(200);

}  // namespace
}  // namespace freshet::bench
