// What engine/observing/metrics.h counts, seen in the text that Prometheus reads: each counter
// moves for its own cause, and for no other.

#include "engine/observing/metrics.h"

#include <gtest/gtest.h>
#include <rocksdb/file_system.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/config/config.h"
#include "engine/observing/status.h"
#include "engine/version.h"
#include "tests/disks/temp_folder.h"
#include "tests/readers/exposition.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"
#include "tests/world/images.h"
#include "tests/world/item_keys.h"
#include "tests/world/shop.h"
#include "tests/world/stepped_engine.h"
#include "tests/world/stepped_parts.h"
#include "tests/world/tables.h"

namespace freshet::engine {
namespace {

using storage::Change;
using support::Exposition;
using support::keyed;
using support::must;
using support::Shop;
using support::SteppedParts;

using Labels = Exposition::Labels;

Exposition metrics_of(Shop& shop) {
    return Exposition(shop.engine().metrics_text());
}

// What has grown between two looks at the metrics: samples by name and labels.
std::map<std::string, double> growth(const Exposition& before, const Exposition& after,
                                     const std::vector<std::string>& names) {
    std::map<std::string, double> grown;
    for (const std::string& name : names) {
        for (const auto& sample : after.families().at(name).samples) {
            const double moved = sample.value - before.value(name, sample.labels).value_or(0);
            if (moved == 0) continue;
            std::string label;
            for (const auto& [key, value] : sample.labels) label += " " + key + "=" + value;
            grown[name + label] = moved;
        }
    }
    return grown;
}

const std::vector<std::string> record_counters{
    "freshet_records_total",     "freshet_batches_total",       "freshet_gaps_total",
    "freshet_late_joins_total",  "freshet_without_image_total", "freshet_faults_total",
    "freshet_write_stalls_total"};

using Growth = std::map<std::string, double>;

class RecordMetrics : public ::testing::Test {
protected:
    // What grows while the changes are handed in as one batch.
    Growth growth_by(std::vector<Change> changes, bool partial = false) {
        ChangeBatch batch = support::batch_of(std::move(changes));
        batch.partial = partial;
        return growth_by(std::move(batch));
    }
    Growth growth_by(ChangeBatch batch) {
        const Exposition before = metrics_of(shop);
        const auto answered = shop.append(std::move(batch));
        EXPECT_TRUE(answered.has_value());
        return growth(before, metrics_of(shop), record_counters);
    }

    Shop shop;
};

TEST_F(RecordMetrics, CountRecordsThatAreAppended) {
    const Growth grown = growth_by({shop.inserted({.id = "a"}), shop.inserted({.id = "b"})});

    EXPECT_EQ(grown, (Growth{{"freshet_records_total outcome=appended table=orders", 2},
                             {"freshet_batches_total outcome=admitted", 1}}));
}

TEST_F(RecordMetrics, CountDuplicates) {
    const Change insert = shop.inserted({.id = "a"});
    must(shop.append({insert}));

    const Growth grown = growth_by({insert, insert});

    EXPECT_EQ(grown, (Growth{{"freshet_records_total outcome=duplicate table=orders", 2},
                             {"freshet_batches_total outcome=admitted", 1}}));
}

TEST_F(RecordMetrics, CountRecordsThatNoTableTakes) {
    ChangeBatch batch = support::batch_of({shop.inserted({.id = "a"})});
    batch.records.push_back({.change = std::nullopt, .sequence = "7"});

    const Growth grown = growth_by(std::move(batch));

    EXPECT_EQ(grown, (Growth{{"freshet_records_total outcome=appended table=orders", 1},
                             {"freshet_records_total outcome=ignored table=", 1},
                             {"freshet_batches_total outcome=admitted", 1}}));
}

TEST_F(RecordMetrics, CountEveryRecordOfABatchThatIsRefusedWhole) {
    must(shop.append({shop.inserted({.id = "a"})}));

    const Growth grown =
        growth_by({shop.inserted({.id = "b"}), shop.modified({.id = "a", .source = "copy"})});

    EXPECT_EQ(grown, (Growth{{"freshet_records_total outcome=refused table=orders", 2},
                             {"freshet_batches_total outcome=refused", 1}}));
}

TEST_F(RecordMetrics, CountWhatAPartialBatchAdmitsAndWhatItGivesBack) {
    must(shop.append({shop.inserted({.id = "a"})}));

    const Growth grown =
        growth_by({shop.inserted({.id = "b"}), shop.modified({.id = "a", .source = "copy"})}, true);

    EXPECT_EQ(grown, (Growth{{"freshet_records_total outcome=appended table=orders", 1},
                             {"freshet_records_total outcome=refused table=orders", 1},
                             {"freshet_batches_total outcome=refused", 1}}));
}

TEST_F(RecordMetrics, CountARecordThatCannotBeReadAsOneOfNoTable) {
    ChangeBatch batch = support::batch_of({});
    batch.refusal = Refusal{.faults = {{.pointer = "/Records/0", .detail = "wrong"}}};

    const Growth grown = growth_by(std::move(batch));

    EXPECT_EQ(grown, (Growth{{"freshet_records_total outcome=refused table=", 1},
                             {"freshet_batches_total outcome=refused", 1}}));
}

TEST_F(RecordMetrics, CountGapsByTable) {
    must(shop.append({shop.inserted({.id = "a", .attributes = {{"status", "A"}}})}));
    Change modify = shop.modified({.id = "a", .attributes = {{"status", "C"}}});
    modify.before = shop.inserted({.id = "a", .attributes = {{"status", "B"}}}).after;

    const Growth grown = growth_by({modify});

    EXPECT_EQ(grown, (Growth{{"freshet_records_total outcome=appended table=orders", 1},
                             {"freshet_batches_total outcome=admitted", 1},
                             {"freshet_gaps_total table=orders", 1}}));
}

TEST_F(RecordMetrics, CountAModifyOfAnItemThatWasNeverSeenAsALateJoin) {
    must(shop.append({shop.inserted({.id = "removed"}), shop.removed({.id = "removed"})}));

    const Growth grown = growth_by({shop.modified({.id = "new"}), shop.modified({.id = "new"}),
                                    shop.modified({.id = "removed"}), shop.removed({.id = "x"})});

    EXPECT_EQ(grown, (Growth{{"freshet_records_total outcome=appended table=orders", 4},
                             {"freshet_batches_total outcome=admitted", 1},
                             {"freshet_late_joins_total table=orders", 1}}));
}

TEST(TableMetrics, CountEachTableOfABatchForItself) {
    support::SteppedEngine engine(
        "[[table]]\nname = \"orders\"\nkey = [\"pk\"]\n"
        "[[table]]\nname = \"users\"\nkey = [\"pk\"]\n");
    std::vector<Change> changes;
    for (const char* table : {"users", "orders", "users"}) {
        const std::string id = std::to_string(changes.size());
        changes.push_back(keyed(engine.catalog(), support::inserted(id, "1"), table));
    }

    must(engine.append(std::move(changes)));

    const Exposition metrics(engine.metrics_text());
    const auto appended = [&metrics](const char* table) {
        return metrics.value("freshet_records_total",
                             Labels{{"table", table}, {"outcome", "appended"}});
    };
    EXPECT_EQ(appended("orders"), 1);
    EXPECT_EQ(appended("users"), 2);
}

TEST_F(RecordMetrics, TakeNoLabelFromARecord) {
    const std::string hostile = "evil\"}\n# HELP freshet_records_total {\\";
    Change insert = shop.inserted(
        {.id = hostile, .attributes = {{hostile, hostile}}, .source = hostile, .label = hostile});
    Change foreign = shop.inserted({.id = "b", .source = hostile + "b", .label = hostile});

    must(shop.append({insert}));
    must(shop.append({foreign}));

    const std::string text = shop.engine().metrics_text();
    EXPECT_EQ(Exposition(text).faults(), "");
    EXPECT_EQ(text.find("evil"), std::string::npos);
    EXPECT_EQ(Exposition(text).value("freshet_records_total",
                                     Labels{{"table", "orders"}, {"outcome", "appended"}}),
              1);
}

// ---- batches ----

TEST(BatchMetrics, CountThoseThatFindTheQueueFull) {
    Shop shop;
    const Exposition before = metrics_of(shop);
    ChangeBatch large = support::batch_of({shop.inserted({.id = "a"})});
    large.bytes = 60U << 20U;

    shop.engine().append(large, [](const Result<Receipt>&) {});
    shop.engine().append(large, [](const Result<Receipt>&) {});

    const Exposition metrics = metrics_of(shop);
    EXPECT_EQ(growth(before, metrics, record_counters),
              (Growth{{"freshet_batches_total outcome=busy", 1}}));
    EXPECT_EQ(metrics.value("freshet_queue_bytes"), (60U << 20U) + record_memory);
    EXPECT_EQ(metrics.value("freshet_queue_bytes_max"), 64U << 20U);
    EXPECT_EQ(metrics.value("freshet_queue_batches"), 1);
    shop.engine().sequencer().step();
    EXPECT_EQ(metrics_of(shop).value("freshet_queue_bytes"), 0);
    EXPECT_EQ(metrics_of(shop).value("freshet_queue_batches"), 0);
}

TEST(BatchMetrics, CountThoseThatComeWhileNothingIsTaken) {
    Shop shop;
    const ChangeBatch batch = support::batch_of({shop.inserted({.id = "a"})});
    shop.engine().append(batch, [](const Result<Receipt>&) {});
    const Exposition before = metrics_of(shop);
    shop.engine().stop();

    shop.engine().append(batch, [](const Result<Receipt>&) {});

    EXPECT_EQ(growth(before, metrics_of(shop), record_counters),
              (Growth{{"freshet_batches_total outcome=unavailable", 2}}))
        << "the one that waited and the one that came late";
}

TEST(BatchMetrics, MeasureEachAcknowledgementAndEachGroup) {
    Shop shop;
    const auto ignore = [](const Result<Receipt>&) {};
    shop.engine().append(
        support::batch_of({shop.inserted({.id = "a"}), shop.inserted({.id = "b"})}), ignore);
    shop.engine().append(support::batch_of({shop.inserted({.id = "c"})}), ignore);

    shop.engine().sequencer().step();

    const Exposition metrics = metrics_of(shop);
    EXPECT_EQ(metrics.value("freshet_append_duration_seconds_count"), 2);
    EXPECT_EQ(metrics.value("freshet_log_write_duration_seconds_count"), 1);
    EXPECT_EQ(metrics.value("freshet_log_group_records_count"), 1);
    EXPECT_EQ(metrics.value("freshet_log_group_records_sum"), 3);
    EXPECT_EQ(metrics.value("freshet_log_head_position"), 3);
    EXPECT_EQ(metrics.value("freshet_folded_position"), 3);
}

TEST(BatchMetrics, MeasureFromTheArrivalToTheAcknowledgement) {
    Shop shop;
    const Change change = shop.inserted({.id = "a"});

    shop.engine().append(support::batch_of({change}), [](const Result<Receipt>&) {});
    shop.clock().advance(std::chrono::milliseconds(1'500));
    shop.sequencer().step();

    const Exposition metrics = metrics_of(shop);
    EXPECT_EQ(metrics.value("freshet_append_duration_seconds_sum"), 1.5);
    EXPECT_EQ(metrics.value("freshet_append_duration_seconds_bucket", Labels{{"le", "1"}}), 0);
    EXPECT_EQ(metrics.value("freshet_append_duration_seconds_bucket", Labels{{"le", "2.5"}}), 1);
    EXPECT_EQ(shop.engine().uptime(), std::chrono::seconds(1));
}

// ---- the disk ----

// A disk that can be made to refuse writes, or to hold back the log's table files.
class IllDisk : public rocksdb::FileSystemWrapper {
public:
    IllDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

    const char* Name() const override { return "IllDisk"; }

    rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override {
        if (failing_) return rocksdb::IOStatus::IOError("the disk is broken");
        if (path.ends_with(".sst") && path.find("/log/") != std::string::npos) wait_while_held();
        std::unique_ptr<rocksdb::FSWritableFile> real;
        auto status = target()->NewWritableFile(path, options, &real, debug);
        if (status.ok()) *file = std::make_unique<File>(std::move(real), failing_);
        return status;
    }

    void fail(bool failing) { failing_ = failing; }
    void hold_back(bool held) {
        const std::lock_guard lock(mutex_);
        held_ = held;
        changed_.notify_all();
    }

private:
    class File : public rocksdb::FSWritableFileOwnerWrapper {
    public:
        File(std::unique_ptr<rocksdb::FSWritableFile> real, const std::atomic<bool>& failing)
            : FSWritableFileOwnerWrapper(std::move(real)), failing_(failing) {}

        rocksdb::IOStatus Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                                 rocksdb::IODebugContext* debug) override {
            if (failing_) return rocksdb::IOStatus::IOError("the disk is broken");
            return target()->Append(bytes, options, debug);
        }
        rocksdb::IOStatus Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                                 const rocksdb::DataVerificationInfo& /*verification*/,
                                 rocksdb::IODebugContext* debug) override {
            return Append(bytes, options, debug);
        }

    private:
        const std::atomic<bool>& failing_;
    };

    void wait_while_held() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(60), [this] { return !held_; });
    }

    std::atomic<bool> failing_ = false;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool held_ = false;
};

class DiskMetrics : public ::testing::Test {
protected:
    DiskMetrics()
        : engine_(must(SteppedParts::open(
              folder_.file("data"),
              {.file_system = disk_, .sync = false, .accept_loss = false, .log_line = {}}))) {}
    ~DiskMetrics() override {
        disk_->fail(false);
        disk_->hold_back(false);
    }

    Change order(const std::string& id) {
        return keyed(engine_->catalog(), support::inserted(id, std::to_string(++sequence_)));
    }
    // A record that is large in the log and leaves nothing in the state.
    Change large_removal(const std::string& id) {
        Change change =
            support::change(storage::ChangeKind::remove, id, std::to_string(++sequence_));
        change.before = support::image_of({{"pk", id}, {"words", std::string(1U << 20U, 'x')}});
        return keyed(engine_->catalog(), std::move(change));
    }
    Exposition metrics() { return Exposition(engine_->metrics_text()); }

    support::TempFolder folder_;
    std::shared_ptr<IllDisk> disk_ = std::make_shared<IllDisk>();
    std::unique_ptr<SteppedParts> engine_;
    int sequence_ = 0;
};

TEST_F(DiskMetrics, CountAFaultByItsKindAndTheBatchesThatMetIt) {
    must(engine_->append(support::batch_of({order("a")})));
    const Exposition before = metrics();
    disk_->fail(true);
    std::vector<ChangeBatch> batches;
    batches.push_back(support::batch_of({order("b")}));
    batches.push_back(support::batch_of({order("c")}));

    engine_->append_group(std::move(batches));

    const Exposition after = metrics();
    EXPECT_EQ(
        growth(before, after, record_counters),
        (Growth{{"freshet_faults_total kind=io", 1}, {"freshet_batches_total outcome=failed", 2}}));
    EXPECT_EQ(before.value("freshet_serving"), 1);
    EXPECT_EQ(after.value("freshet_serving"), 0);
}

TEST_F(DiskMetrics, LeaveOutADatabaseThatIsClosed) {
    must(engine_->append(support::batch_of({order("a")})));
    const Labels log{{"database", "log"}};
    const Labels state{{"database", "state"}};
    EXPECT_EQ(metrics().value("freshet_rocksdb_write_stopped", log), 0);
    disk_->fail(true);

    EXPECT_FALSE(engine_->append(support::batch_of({order("b")})));

    const Exposition faulty = metrics();
    EXPECT_EQ(faulty.faults(), "");
    EXPECT_EQ(faulty.value("freshet_rocksdb_write_stopped", log), std::nullopt);
    EXPECT_EQ(faulty.value("freshet_rocksdb_write_stopped", state), 0);
    EXPECT_EQ(faulty.value("freshet_log_head_position"), 1);
    EXPECT_GT(faulty.value("freshet_disk_used_bytes", log), 0);

    disk_->fail(false);
    must(engine_->sequencer().recover());
    EXPECT_EQ(metrics().value("freshet_rocksdb_write_stopped", log), 0);
    EXPECT_EQ(metrics().value("freshet_serving"), 1);
}

TEST_F(DiskMetrics, CountGroupsThatAreTurnedAwaySinceTheDiskIsBehind) {
    disk_->hold_back(true);
    std::optional<Error> refused;
    for (int i = 0; i < 100 && !refused; ++i) {
        const auto answer = engine_->append(support::batch_of({large_removal("a")}));
        if (!answer) refused = answer.error();
    }

    ASSERT_TRUE(refused) << "the log took more than its memory holds";
    EXPECT_EQ(refused->code, Errc::busy);
    const Exposition behind = metrics();
    EXPECT_EQ(behind.value("freshet_write_stalls_total"), 1);
    EXPECT_EQ(behind.value("freshet_batches_total", Labels{{"outcome", "busy"}}), 1);
    EXPECT_EQ(behind.value("freshet_rocksdb_write_stopped", Labels{{"database", "log"}}), 1);
    EXPECT_EQ(behind.value("freshet_rocksdb_running_flushes", Labels{{"database", "log"}}), 1);
    EXPECT_GT(behind.value("freshet_rocksdb_memtable_bytes", Labels{{"database", "log"}}),
              32U << 20U);
    EXPECT_EQ(behind.value("freshet_serving"), 1) << "nothing is broken";
}

TEST_F(DiskMetrics, TellHowFarTheWatermarkIsBehindTheHead) {
    must(engine_->append(support::batch_of({order("a"), order("b"), order("c")})));
    EXPECT_EQ(metrics().value("freshet_log_watermark_lag_positions"), 3);

    must(engine_->folder().settle());

    EXPECT_EQ(metrics().value("freshet_log_watermark_lag_positions"), 0);
    must(engine_->append(support::batch_of({order("d")})));
    EXPECT_EQ(metrics().value("freshet_log_watermark_lag_positions"), 1);
    engine_.reset();
    engine_ = must(SteppedParts::open(folder_.file("data")));
    EXPECT_EQ(metrics().value("freshet_log_watermark_lag_positions"), 1)
        << "what an earlier process noted still stands";
}

// ---- the text ----

TEST(MetricsText, IsWellFormedFromTheBeginning) {
    Shop shop;

    const Exposition metrics = metrics_of(shop);

    EXPECT_EQ(metrics.faults(), "");
    EXPECT_EQ(metrics.value("freshet_gaps_total", Labels{{"table", "orders"}}), 0)
        << "who waits for it to grow must see where it began";
    EXPECT_EQ(metrics.value("freshet_faults_total", Labels{{"kind", "io"}}), 0);
}

// As the system tells by another way.
double processor_seconds() {
    rusage usage{};
    EXPECT_EQ(getrusage(RUSAGE_SELF, &usage), 0);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

TEST(MetricsText, TellsOfTheProcess) {
    Shop shop;
    const double before_s = processor_seconds();

    const Exposition metrics = metrics_of(shop);

    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const double now_s = std::chrono::duration<double>(now).count();
    const double hour = 3'600;
    const double start_s = metrics.value("process_start_time_seconds").value();
    EXPECT_GT(start_s, now_s - 24 * hour);
    EXPECT_LT(start_s, now_s + hour);
    const double cpu_s = metrics.value("process_cpu_seconds_total").value();
    const double ticks_s = 0.05;  // it is told in ticks of 10 ms
    EXPECT_GE(cpu_s, before_s - ticks_s);
    EXPECT_LE(cpu_s, processor_seconds() + ticks_s);
    EXPECT_GT(metrics.value("process_resident_memory_bytes"), 1U << 20U);
    EXPECT_GT(metrics.value("process_open_fds"), 5);
    EXPECT_GT(metrics.value("process_max_fds"), metrics.value("process_open_fds"));
    EXPECT_GT(metrics.value("freshet_disk_free_bytes"), 0);
    EXPECT_EQ(metrics.value("freshet_build_info", Labels{{"version", std::string(version())}}), 1);
}

TEST(MetricsText, KeepsEveryDigitOfAPosition) {
    const Metrics metrics(*support::small_catalog());
    storage::FolderUsage usage;
    usage.head.position.value = (std::uint64_t{1} << 53U) - 1;
    usage.watermark = usage.head.position;

    const Exposition text(metrics.text(SequencerStatus{}, ExpiryStatus{}, usage));

    EXPECT_EQ(text.value("freshet_log_head_position"), 9'007'199'254'740'991);
}

}  // namespace
}  // namespace freshet::engine
