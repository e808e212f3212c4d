// What the server has done and how it is, for Prometheus.
//
// Counters move as things happen; what can be looked up is looked up when somebody asks. Every
// metric is described in docs/metrics.md.
//
// Invariants
//   - Labels are names of the catalog and words of this program: nothing that a client sends can
//     make a series.
//   - A counter of something that can go wrong is there from the beginning, at 0.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/observing/function_status.h"
#include "engine/observing/record_tally.h"
#include "engine/observing/status.h"
#include "storage/disk_usage.h"
#include "storage/result.h"

namespace prometheus {
class Registry;
}

namespace freshet::engine {

class Metrics {
public:
    // Counts by the tables of `catalog`.
    explicit Metrics(const Catalog& catalog);
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    void count_records(const RecordTally& records);
    void count_batch(BatchFate fate);
    // A fault that ended serving, or that kept it from coming back.
    void count_fault(Errc kind);

    // A batch was acknowledged that many seconds after it was handed in.
    void observe_append(double seconds);
    // A group of that many records was put on disk.
    void observe_log_write(double seconds, std::size_t records);

    // Everything in Prometheus' text format, with what can be looked up as it is told here.
    [[nodiscard]] std::string text(const SequencerStatus& status, const ExpiryStatus& expiry,
                                   const storage::FolderUsage& folder,
                                   const std::vector<FunctionStatus>& functions = {},
                                   const std::optional<UnreadTotal>& unread = {}) const;

    // For other layers to add theirs.
    [[nodiscard]] prometheus::Registry& registry();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace freshet::engine
