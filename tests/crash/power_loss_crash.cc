// A power cut at any file operation loses nothing that was acknowledged.
//
// Each run writes through a file system that remembers what was synced, and at some of its
// operations takes a copy of what a power cut would leave (tests/disks/power_loss_file_system.h).
// The control run does the same without syncs and must lose records, or the tests see nothing.

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/crash/rounds.h"
#include "tests/crash/verdict.h"
#include "tests/crash/workload.h"
#include "tests/disks/power_loss_file_system.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"
#include "tests/world/stepped_parts.h"

namespace freshet::crash {
namespace {

using support::must;
using support::PowerLossFileSystem;
using support::SteppedParts;
using support::TempFolder;

constexpr std::size_t points_in_a_round = 5;
constexpr std::size_t cuts_in_a_run = 10;
constexpr std::size_t lives_in_a_run = 4;
constexpr std::size_t groups_in_a_life = 15;

// What a power cut left, and what had been acknowledged before it.
struct Cut {
    std::string path;
    std::vector<Answer> answers;
};

// One run of the workload in a folder of its own, with power cuts before the given operations.
class Run {
public:
    Run(bool sync, std::set<std::uint64_t> moments, std::uint64_t seed)
        : sync_(sync), moments_(std::move(moments)), random_(seed), cut_random_(seed + 1) {}

    void write() {
        const std::string root = folder_.file("data");
        std::filesystem::create_directory(root);
        files_ = std::make_shared<PowerLossFileSystem>(
            root, [this](std::uint64_t operation) { cut_if_due(operation); });
        for (std::size_t life = 0; life < lives_in_a_run; ++life) write_one_life(root);
    }

    [[nodiscard]] std::uint64_t operations() const { return files_->operations(); }
    [[nodiscard]] const std::vector<Cut>& cuts() const { return cuts_; }

private:
    void write_one_life(const std::string& root) {
        const auto engine = must(SteppedParts::open(
            root, {.file_system = files_, .sync = sync_, .accept_loss = false, .log_line = {}}));
        for (std::size_t group = 0; group < groups_in_a_life; ++group) {
            write_group(*engine);
            if (random_() % 5 == 0) must(engine->folder().settle());
            if (random_() % 5 == 0) must(engine->folder().state().flush());
        }
    }

    void write_group(SteppedParts& engine) {
        const std::size_t batches = 1 + random_() % 3;
        for (std::size_t i = 0; i < batches; ++i) {
            const std::vector<Delivery> deliveries = next_deliveries(sequences_, random_);
            engine.sequencer().submit(batch_of(engine.catalog(), deliveries),
                                      [this, deliveries](const Result<engine::Receipt>& receipt) {
                                          hear(answers_of(deliveries, must(receipt)));
                                      });
        }
        engine.sequencer().step();
    }

    void hear(const std::vector<Answer>& answers) {
        const std::lock_guard lock(mutex_);
        answers_.insert(answers_.end(), answers.begin(), answers.end());
    }

    // The answers are taken before the copy: what is acknowledged in between does not count.
    void cut_if_due(std::uint64_t operation) {
        if (!moments_.contains(operation)) return;
        const std::lock_guard lock(mutex_);
        cuts_.push_back(
            {.path = folder_.file("cut-" + std::to_string(operation)), .answers = answers_});
        files_->clone(cuts_.back().path, cut_random_);
    }

    const bool sync_;
    const std::set<std::uint64_t> moments_;
    std::mt19937_64 random_;
    TempFolder folder_;
    std::shared_ptr<PowerLossFileSystem> files_;
    Sequences sequences_{};
    std::mutex mutex_;  // guards what follows: RocksDB's own threads write files too
    std::mt19937_64 cut_random_;
    std::vector<Answer> answers_;
    std::vector<Cut> cuts_;
};

struct Sum {
    std::size_t points = 0;
    std::size_t lossy = 0;  // points at which something was lost
    std::optional<std::string> first_fault;
};

// Takes at least that many power cuts, spread over as many runs as it needs.
Sum cut_power(bool sync, std::size_t points, std::uint64_t seed) {
    Run calibration(sync, {}, seed);
    calibration.write();
    std::mt19937_64 random(seed);
    Sum sum;
    while (sum.points < points) {
        std::set<std::uint64_t> moments;
        while (moments.size() < cuts_in_a_run) {
            moments.insert(1 + random() % calibration.operations());
        }
        Run run(sync, std::move(moments), random());
        run.write();
        for (const Cut& cut : run.cuts()) {
            const Verdict verdict = judge(cut.path, cut.answers);
            ++sum.points;
            if (!verdict.lost.empty()) ++sum.lossy;
            if (!verdict.fine() && !sum.first_fault) {
                sum.first_fault = cut.path + ": " + verdict.text();
            }
        }
    }
    return sum;
}

TEST(PowerLoss, LosesNothingThatWasAcknowledged) {
    const Sum sum = cut_power(true, points_in_a_round * rounds(), seed());

    std::printf("%zu power cuts\n", sum.points);
    EXPECT_EQ(sum.first_fault, std::nullopt) << *sum.first_fault;
}

TEST(PowerLoss, IsSeenToLoseRecordsThatWereNotSynced) {
    const Sum sum = cut_power(false, rounds(), seed());

    std::printf("%zu power cuts, %zu lost records\n", sum.points, sum.lossy);
    EXPECT_GT(sum.lossy, 0U);
}

}  // namespace
}  // namespace freshet::crash
