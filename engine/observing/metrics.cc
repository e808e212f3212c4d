#include "engine/observing/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "engine/observing/process_usage.h"
#include "engine/text/enum_words.h"
#include "engine/version.h"

namespace freshet::engine {
namespace {

using prometheus::Counter;
using prometheus::Histogram;
using prometheus::Labels;
using prometheus::MetricFamily;
using prometheus::MetricType;
using prometheus::Registry;

const Histogram::BucketBoundaries append_seconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                 0.1,    0.25,  0.5,    1,     2.5,  5,     10};
const Histogram::BucketBoundaries log_write_seconds{
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5};
const Histogram::BucketBoundaries group_records{1, 4, 16, 64, 256, 1'024, 4'096, 16'384};

using CounterFamily = prometheus::Family<Counter>;

CounterFamily& counters(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Histogram& histogram(Registry& registry, const char* name, const char* help,
                     const Histogram::BucketBoundaries& buckets) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, buckets);
}

// ---- by table ----

// The counters of one table, by Fate.
using TableCounters = std::array<Counter*, enum_count<Fate>>;

struct RecordFamilies {
    CounterFamily& records;
    CounterFamily& gaps;
    CounterFamily& late_joins;
    CounterFamily& suspicious;
    CounterFamily& reconciled;
    CounterFamily& without_image;
    CounterFamily& expired;
};

Counter& counter_of(RecordFamilies& families, const std::string& table, Fate fate) {
    if (fate == Fate::gap) return families.gaps.Add({{"table", table}});
    if (fate == Fate::late_join) return families.late_joins.Add({{"table", table}});
    if (fate == Fate::reconciled) return families.reconciled.Add({{"table", table}});
    if (fate == Fate::suspicious) return families.suspicious.Add({{"table", table}});
    if (fate == Fate::expired) return families.expired.Add({{"table", table}});
    if (fate == Fate::without_image) return families.without_image.Add({{"table", table}});
    const std::string known = fate == Fate::parked ? "" : table;  // of what is parked, no table is
    return families.records.Add({{"table", known}, {"outcome", std::string(word_of(fate))}});
}

TableCounters counters_of(RecordFamilies& families, const std::string& table) {
    TableCounters counters{};
    for (std::size_t i = 0; i < counters.size(); ++i) {
        counters[i] = &counter_of(families, table, static_cast<Fate>(i));
    }
    return counters;
}

// By the tables' names; the empty one for records that no table takes.
std::map<std::string, TableCounters, std::less<>> counters_by_table(Registry& registry,
                                                                    const Catalog& catalog) {
    RecordFamilies families{
        .records = counters(registry, "freshet_records_total",
                            "Records that writers handed in, by what became of them"),
        .gaps = counters(registry, "freshet_gaps_total",
                         "Records whose image before shows that a change was missed upstream"),
        .late_joins = counters(registry, "freshet_late_joins_total",
                               "MODIFY records of items that were never seen before"),
        .suspicious = counters(registry, "freshet_suspicious_duplicates_total",
                               "Duplicates that look newer than the record that won"),
        .reconciled = counters(registry, "freshet_reconciled_total",
                               "Records that a later export brought: a stream had lost a change"),
        .without_image =
            counters(registry, "freshet_without_image_total",
                     "INSERT and MODIFY records that came without the item's new image"),
        .expired = counters(registry, "freshet_expired_total",
                            "Items that were removed or hidden since their time was over")};
    std::map<std::string, TableCounters, std::less<>> tables;
    tables.emplace("", counters_of(families, ""));
    for (const auto& table : catalog.tables()) {
        tables.emplace(table->name, counters_of(families, table->name));
    }
    return tables;
}

// ---- by kind ----

using BatchCounters = std::array<Counter*, enum_count<BatchFate>>;

BatchCounters batch_counters(Registry& registry) {
    CounterFamily& family = counters(registry, "freshet_batches_total",
                                     "Batches that writers handed in, by what became of them");
    BatchCounters made{};
    for (std::size_t i = 0; i < made.size(); ++i) {
        made[i] = &family.Add({{"outcome", std::string(enum_words<BatchFate>[i])}});
    }
    return made;
}

// The kinds of faults that the disk, the log or the state can have. Others count as `other`.
constexpr std::array fault_kinds{
    Errc::io,      Errc::disk_full,  Errc::corrupt, Errc::damaged_state, Errc::log_shortened,
    Errc::refused, Errc::unavailable};

struct FaultCounters {
    explicit FaultCounters(CounterFamily& family) : other(family.Add({{"kind", "other"}})) {
        for (const Errc kind : fault_kinds) {
            by_kind.emplace(kind, &family.Add({{"kind", std::string(word_of(kind))}}));
        }
    }

    std::map<Errc, Counter*> by_kind;
    Counter& other;
};

// ---- what is looked up ----

// Families of values that were read just now, rather than kept.
class Readings {
public:
    explicit Readings(std::vector<MetricFamily>& families) : families_(families) {}

    template <class Number>
    void gauge(const char* name, const char* help, Number value, const Labels& labels = {}) {
        prometheus::ClientMetric sample = sample_with(labels);
        sample.gauge.value = static_cast<double>(value);
        family(name, help, MetricType::Gauge).metric.push_back(std::move(sample));
    }

    template <class Number>
    void counter(const char* name, const char* help, Number value, const Labels& labels = {}) {
        prometheus::ClientMetric sample = sample_with(labels);
        sample.counter.value = static_cast<double>(value);
        family(name, help, MetricType::Counter).metric.push_back(std::move(sample));
    }

    void histogram(const char* name, const char* help, const CallDurations& durations,
                   const Labels& labels) {
        prometheus::ClientMetric sample = sample_with(labels);
        sample.histogram.sample_count = durations.count;
        sample.histogram.sample_sum = durations.sum;
        std::uint64_t below = 0;
        for (std::size_t i = 0; i < durations.counts.size(); ++i) {
            below += durations.counts[i];
            sample.histogram.bucket.push_back(
                {.cumulative_count = below, .upper_bound = CallDurations::bounds[i]});
        }
        sample.histogram.bucket.push_back({.cumulative_count = durations.count,
                                           .upper_bound = std::numeric_limits<double>::infinity()});
        family(name, help, MetricType::Histogram).metric.push_back(std::move(sample));
    }

private:
    static prometheus::ClientMetric sample_with(const Labels& labels) {
        prometheus::ClientMetric sample;
        for (const auto& [name, value] : labels) sample.label.push_back({name, value});
        return sample;
    }

    MetricFamily& family(const char* name, const char* help, MetricType type) {
        for (MetricFamily& known : families_) {
            if (known.name == name) return known;
        }
        return families_.emplace_back(
            MetricFamily{.name = name, .help = help, .type = type, .metric = {}});
    }

    std::vector<MetricFamily>& families_;
};

void read_sequencer(Readings& readings, const SequencerStatus& status) {
    readings.gauge("freshet_serving", "1 while writes are taken, else 0",
                   status.mode == SequencerMode::serving ? 1 : 0);
    readings.gauge("freshet_disk_full", "1 while writes are refused for lack of room, else 0",
                   status.mode == SequencerMode::read_only ? 1 : 0);
    readings.gauge("freshet_queue_bytes",
                   "Memory of batches that wait for the disk, about, in bytes",
                   status.queued_bytes);
    readings.gauge("freshet_queue_bytes_max", "What the queue holds at most, in bytes",
                   status.queue_bytes_max);
    readings.gauge("freshet_queue_batches", "Batches that wait for the disk",
                   status.queued_batches);
    readings.gauge("freshet_folded_position", "How far the log is folded into what can be read",
                   status.folded.value);
    readings.counter("freshet_write_stalls_total",
                     "Groups of batches that were turned away since the disk is behind",
                     status.stalls);
}

void read_expiry(Readings& readings, const ExpiryStatus& expiry) {
    readings.gauge("freshet_expiry_halted",
                   "1 while nothing expires since the machine's clock has moved, else 0",
                   expiry.is_halted ? 1 : 0);
    readings.gauge("freshet_expiry_behind_seconds",
                   "Since the last sweep began that has had everything expire that was due",
                   expiry.behind.count());
}

void read_function(Readings& readings, const FunctionStatus& function) {
    const FeedStatus& feed = function.feed;
    const Labels labels{{"function", function.name}};
    const auto with = [&](const char* name, std::string_view value) {
        return Labels{{"function", function.name}, {name, std::string(value)}};
    };
    const auto count_calls = [&](std::string_view outcome, std::uint64_t count) {
        readings.counter("freshet_function_calls_total",
                         "Calls of a function, by what came of them", count,
                         with("outcome", outcome));
    };
    count_calls("ok", feed.calls - feed.failed_calls - feed.under_way);
    count_calls("failed", feed.failed_calls - feed.throttled_calls);
    count_calls("throttled", feed.throttled_calls);
    readings.histogram("freshet_function_call_seconds", "How long calls of a function took",
                       function.durations, labels);
    const auto count_records = [&](std::string_view fate, std::uint64_t count) {
        readings.counter("freshet_function_records_total",
                         "Records that a function is done with, by what became of them", count,
                         with("fate", fate));
    };
    count_records("taken", feed.taken);
    count_records("left_out", feed.left_out);
    count_records("parked", feed.parked_ever);
    readings.gauge("freshet_function_behind_records",
                   "Positions of the log that a function has not come to", function.behind, labels);
    readings.gauge("freshet_function_age_seconds",
                   "Age of the oldest record that a function is not done with, in seconds",
                   function.age.count(), labels);
    readings.gauge("freshet_function_parked", "Records that are parked for a function", feed.parked,
                   labels);
    for (const std::string_view state : enum_words<FunctionState>) {
        readings.gauge("freshet_function_state", "1 of the state that a function is in, else 0",
                       state == word_of(function.state) ? 1 : 0, with("state", state));
    }
}

void read_unread(Readings& readings, const UnreadTotal& unread) {
    readings.gauge("freshet_parked_records",
                   "Records that were sent, could not be understood, and are kept", unread.records);
    readings.gauge("freshet_parked_bytes", "The same in bytes", unread.bytes);
}

void read_database(Readings& readings, const char* database, const storage::DatabaseUsage& usage) {
    const Labels labels{{"database", database}};
    readings.gauge("freshet_rocksdb_write_stopped",
                   "1 while the database takes no writes until it has caught up, else 0",
                   usage.write_stopped ? 1 : 0, labels);
    readings.gauge("freshet_rocksdb_delayed_write_rate_bytes",
                   "Bytes a second to which writes are slowed; 0 if they are not",
                   usage.delayed_write_rate_bytes, labels);
    readings.gauge("freshet_rocksdb_memtable_bytes", "Memory of what is not flushed yet, in bytes",
                   usage.memtable_bytes, labels);
    readings.gauge("freshet_rocksdb_live_sst_bytes", "Table files in use, in bytes",
                   usage.live_sst_bytes, labels);
    readings.gauge("freshet_rocksdb_pending_compaction_bytes",
                   "What compactions still have to rewrite, in bytes (estimated)",
                   usage.pending_compaction_bytes, labels);
    readings.gauge("freshet_rocksdb_running_compactions", "Compactions under way",
                   usage.running_compactions, labels);
    readings.gauge("freshet_rocksdb_running_flushes", "Flushes under way", usage.running_flushes,
                   labels);
    readings.gauge("freshet_rocksdb_block_cache_bytes", "Memory of the block cache, in bytes",
                   usage.block_cache_bytes, labels);
}

void read_folder(Readings& readings, const storage::FolderUsage& folder) {
    readings.gauge("freshet_log_head_position", "The newest record's position",
                   folder.head.position.value);
    readings.gauge(
        "freshet_log_watermark_lag_positions",
        "Positions at the log's end whose loss would go unnoticed at the next start",
        folder.head.position.value - std::min(folder.watermark, folder.head.position).value);
    if (folder.log) read_database(readings, "log", *folder.log);
    if (folder.state) read_database(readings, "state", *folder.state);
    if (folder.disk_free_bytes) {
        readings.gauge("freshet_disk_free_bytes", "Room on the data folder's disk, in bytes",
                       *folder.disk_free_bytes);
    }
    readings.gauge("freshet_disk_ballast_bytes",
                   "Room that the data folder keeps to be given back, in bytes",
                   folder.ballast_bytes);
    constexpr const char* files = "freshet_disk_used_bytes";
    constexpr const char* files_help = "Files of the data folder, in bytes";
    if (folder.log_bytes) {
        readings.gauge(files, files_help, *folder.log_bytes, {{"database", "log"}});
    }
    if (folder.state_bytes) {
        readings.gauge(files, files_help, *folder.state_bytes, {{"database", "state"}});
    }
}

void read_process(Readings& readings, const std::optional<double>& start_s) {
    readings.gauge("freshet_build_info", "1; the label says which release this is", 1,
                   {{"version", std::string(version())}});
    const auto usage = process_usage();
    if (!usage || !start_s) return;
    readings.gauge("process_start_time_seconds", "When the process started, in Unix time",
                   *start_s);
    readings.counter("process_cpu_seconds_total", "Processor time of the process, in seconds",
                     usage->cpu_s);
    readings.gauge("process_resident_memory_bytes", "Memory that the process holds, in bytes",
                   usage->resident_bytes);
    readings.gauge("process_threads", "Threads of the process", usage->threads);
    readings.gauge("process_open_fds", "Files and sockets that are open", usage->open_files);
    readings.gauge("process_max_fds", "Files and sockets that may be open", usage->open_files_max);
}

std::optional<double> process_start_s() {
    const auto usage = process_usage();
    if (!usage) return std::nullopt;
    return usage->start_s;
}

}  // namespace

struct Metrics::Parts {
    explicit Parts(const Catalog& catalog)
        : tables(counters_by_table(registry, catalog)),
          batches(batch_counters(registry)),
          faults(counters(registry, "freshet_faults_total",
                          "Faults that ended serving, or kept it from coming back, by kind")),
          append(histogram(registry, "freshet_append_duration_seconds",
                           "From a batch's arrival to its acknowledgement", append_seconds)),
          log_write(histogram(registry, "freshet_log_write_duration_seconds",
                              "The synced write of one group to the log", log_write_seconds)),
          log_group(histogram(registry, "freshet_log_group_records",
                              "How many records share one synced write", group_records)) {}

    Registry registry;
    std::map<std::string, TableCounters, std::less<>> tables;
    BatchCounters batches;
    FaultCounters faults;
    Histogram& append;
    Histogram& log_write;
    Histogram& log_group;
    // Once: the machine's clock, from which it is reckoned, may be set meanwhile.
    std::optional<double> start_s = process_start_s();
};

Metrics::Metrics(const Catalog& catalog) : parts_(std::make_unique<Parts>(catalog)) {}

Metrics::~Metrics() = default;

void Metrics::count_records(const RecordTally& records) {
    for (const auto& [table, counts] : records.tables()) {
        auto known = parts_->tables.find(table);
        if (known == parts_->tables.end()) known = parts_->tables.find("");
        for (std::size_t fate = 0; fate < counts.size(); ++fate) {
            if (counts[fate] > 0) known->second[fate]->Increment(static_cast<double>(counts[fate]));
        }
    }
}

void Metrics::count_batch(BatchFate fate) {
    parts_->batches[static_cast<std::size_t>(fate)]->Increment();
}

void Metrics::count_fault(Errc kind) {
    const auto known = parts_->faults.by_kind.find(kind);
    Counter& counter =
        known != parts_->faults.by_kind.end() ? *known->second : parts_->faults.other;
    counter.Increment();
}

void Metrics::observe_append(double seconds) {
    parts_->append.Observe(seconds);
}

void Metrics::observe_log_write(double seconds, std::size_t records) {
    parts_->log_write.Observe(seconds);
    parts_->log_group.Observe(static_cast<double>(records));
}

std::string Metrics::text(const SequencerStatus& status, const ExpiryStatus& expiry,
                          const storage::FolderUsage& folder,
                          const std::vector<FunctionStatus>& functions,
                          const std::optional<UnreadTotal>& unread) const {
    std::vector<MetricFamily> families = parts_->registry.Collect();
    Readings readings(families);
    read_sequencer(readings, status);
    read_expiry(readings, expiry);
    for (const FunctionStatus& function : functions) read_function(readings, function);
    if (unread) read_unread(readings, *unread);
    read_folder(readings, folder);
    read_process(readings, parts_->start_s);
    std::sort(families.begin(), families.end(),
              [](const MetricFamily& a, const MetricFamily& b) { return a.name < b.name; });
    return prometheus::TextSerializer().Serialize(families);
}

prometheus::Registry& Metrics::registry() {
    return parts_->registry;
}

}  // namespace freshet::engine
