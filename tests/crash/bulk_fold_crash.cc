// A log that is folded at once (engine/folding/bulk_fold.h) on a disk that fails or loses power at
// any of its operations: there is the whole state, or one that the next start knows to be none.

#include <gtest/gtest.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/clock.h"
#include "engine/config/config.h"
#include "engine/folding/state_keeper.h"
#include "storage/data_folder.h"
#include "tests/crash/rounds.h"
#include "tests/disks/power_loss_file_system.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"
#include "tests/world/bulk_state.h"
#include "tests/world/changes.h"
#include "tests/world/item_keys.h"

namespace freshet::crash {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using storage::ChangeKind;
using storage::DataFolder;
using support::must;
using support::StateBytes;

constexpr std::uint64_t never = ~std::uint64_t{0};

// Writes, syncs and the like fail from some number on; also counts them.
class FailingDisk {
public:
    explicit FailingDisk(IOStatus fault) : fault_(std::move(fault)) {}

    IOStatus next() { return ++operations_ > spared_ ? fault_ : IOStatus::OK(); }
    void fail_after(std::uint64_t spared) { spared_ = spared; }
    [[nodiscard]] std::uint64_t operations() const { return operations_; }

private:
    const IOStatus fault_;
    std::atomic<std::uint64_t> operations_ = 0;
    std::atomic<std::uint64_t> spared_ = never;
};

class FailingFile : public rocksdb::FSWritableFileOwnerWrapper {
public:
    FailingFile(std::unique_ptr<rocksdb::FSWritableFile> file, FailingDisk& disk)
        : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk) {}

    IOStatus Append(const rocksdb::Slice& bytes, const IOOptions& options,
                    IODebugContext* debug) override {
        const IOStatus status = disk_.next();
        return status.ok() ? target()->Append(bytes, options, debug) : status;
    }
    IOStatus Append(const rocksdb::Slice& bytes, const IOOptions& options,
                    const rocksdb::DataVerificationInfo& /*verification*/,
                    IODebugContext* debug) override {
        return Append(bytes, options, debug);
    }
    IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
        const IOStatus status = disk_.next();
        return status.ok() ? target()->Sync(options, debug) : status;
    }
    IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
        return Sync(options, debug);
    }
    IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
        return target()->Close(options, debug);
    }

private:
    FailingDisk& disk_;
};

// Only what lies in one folder, by a part of its path.
class FailingFileSystem : public rocksdb::FileSystemWrapper {
public:
    FailingFileSystem(FailingDisk& disk, std::string where)
        : FileSystemWrapper(rocksdb::FileSystem::Default()),
          disk_(disk),
          where_(std::move(where)) {}

    const char* Name() const override { return "FailingFileSystem"; }

    IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                             IODebugContext* debug) override {
        if (path.find(where_) == std::string::npos) {
            return target_->NewWritableFile(path, options, file, debug);
        }
        IOStatus status = disk_.next();
        std::unique_ptr<rocksdb::FSWritableFile> real;
        if (status.ok()) status = target_->NewWritableFile(path, options, &real, debug);
        if (status.ok()) *file = std::make_unique<FailingFile>(std::move(real), disk_);
        return status;
    }
    IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
        IOStatus status = disk_.next();
        if (status.ok()) status = target_->LinkFile(from, to, options, debug);
        return status;
    }

private:
    FailingDisk& disk_;
    const std::string where_;
};

constexpr const char* configuration = R"(
[[table]]
name = "orders"
key  = ["pk"]
[[table.list]]
name   = "by-status"
by     = "status"
fields = "all"
[[table.total]]
name   = "statuses"
by     = "status"
values = ["count", { max = "pk" }]
)";

class BulkFoldCrash : public ::testing::Test {
protected:
    // Makes a folder with this log and without a state.
    void make_log(const std::string& path, const storage::StorageOptions& options) const {
        std::mt19937_64 random(7);
        const auto data = must(DataFolder::open(path, options));
        for (std::uint64_t group = 0; group < 20; ++group) {
            storage::LogBatch batch = data->log().begin();
            for (int i = 0; i < 20; ++i) {
                const std::string name = std::to_string(random() % 60);
                const auto kind = static_cast<ChangeKind>(random() % 3);
                const std::string status = random() % 2 == 0 ? "NEW" : "DONE";
                batch.add(support::keyed(*catalog, support::change_of(
                                                       kind, {.id = name,
                                                              .attributes = {{"status", status}},
                                                              .sequence = "1"})),
                          {.stream = 1, .joins = group == 0 && i == 0});
            }
            must(data->log().append(batch));
        }
        must(data->log().append([&] {
            storage::LogBatch batch = data->log().begin();
            batch.add(storage::Notice{.kind = storage::NoticeKind::revocation,
                                      .by = "test",
                                      .name = "ann",
                                      .asked = storage::AppendTime(std::chrono::seconds(5))});
            return batch;
        }()));
    }

    // Starts as a server does, folding the log at once if the state takes account of none of it.
    // `bulk_positions_min` of `never`: record by record.
    Result<StateBytes> start(DataFolder& data, std::uint64_t bulk_positions_min) const {
        const engine::SystemClock clock;
        engine::StateKeeper keeper(
            *catalog, data.log(), data.state(), clock,
            {.bulk_positions_min = bulk_positions_min, .bulk = {.memory = 9'000, .threads = 2}});
        const auto head =
            keeper.bring_up([](const engine::FoldProgress&) { return Result<void>(); }, [] {});
        if (!head) return fail(head.error());
        const auto state = data.state().snapshot();
        if (!state) return fail(state.error());
        return support::bytes_of(**state);
    }

    // What the folder's log leads to, record by record, in a state of its own.
    [[nodiscard]] StateBytes expected(const std::string& path) const {
        std::filesystem::remove_all(path + "/state");
        return must(start(*must(DataFolder::open(path, {})), never));
    }

    // Runs starts on a disk that fails from each of its operations on, and again once it is mended.
    void fail_everywhere(const IOStatus& fault, const std::string& where,
                         const std::function<void(const Result<StateBytes>&)>& check_start) {
        const std::string path = folder.file("data");
        make_log(path, {});
        const StateBytes right = expected(path);
        std::uint64_t failed = 0;
        for (std::uint64_t spared = 0;; ++spared) {
            std::filesystem::remove_all(path + "/state");
            FailingDisk disk(fault);
            {
                const auto data = must(DataFolder::open(
                    path, {.file_system = std::make_shared<FailingFileSystem>(disk, where),
                           .longest_read = std::chrono::milliseconds(1'000)}));
                const std::uint64_t before = disk.operations();
                disk.fail_after(before + spared);
                const auto found = start(*data, 0);
                if (found) {
                    EXPECT_EQ(*found, right) << "fault after " << spared;
                }
                check_start(found);
                if (disk.operations() <= before + spared) break;
                ++failed;
                disk.fail_after(never);
            }
            EXPECT_FALSE(std::filesystem::exists(path + "/state.scratch"));
            EXPECT_EQ(must(start(*must(DataFolder::open(path, {})), never)), right)
                << "mended after a fault after " << spared;
        }
        EXPECT_GT(failed, 20U);
    }

    const support::TempFolder folder;
    const std::shared_ptr<const engine::Catalog> catalog =
        must(engine::parse_config(configuration, "freshet.toml")).catalog;
};

TEST_F(BulkFoldCrash, ADiskThatFailsIsToldAndLeavesNothingHalfDone) {
    fail_everywhere(IOStatus::IOError("a bad sector"), "/state", [](const auto& found) {
        if (found) return;
        EXPECT_EQ(found.error().code, Errc::io) << found.error().message;
    });
}

TEST_F(BulkFoldCrash, WithoutRoomForSortingTheLogIsFoldedRecordByRecord) {
    fail_everywhere(IOStatus::NoSpace("the disk is full"), "/state.scratch",
                    [](const auto& found) { EXPECT_TRUE(found) << found.error().message; });
}

TEST_F(BulkFoldCrash, PowerThatIsLostAtAnyOperationLeavesAWholeStateOrNone) {
    std::mt19937_64 random(seed());
    const std::string root = folder.file("data");
    std::filesystem::create_directory(root);
    std::mutex mutex;
    std::vector<std::string> cuts;
    bool is_cutting = false;
    std::uint64_t every = 1;
    support::PowerLossFileSystem* disk = nullptr;
    const auto files =
        std::make_shared<support::PowerLossFileSystem>(root, [&](std::uint64_t operation) {
            const std::lock_guard lock(mutex);
            if (!is_cutting || operation % every != 0) return;
            cuts.push_back(folder.file("cut-" + std::to_string(cuts.size())));
            disk->clone(cuts.back(), random);
        });
    disk = files.get();
    const storage::StorageOptions options{.file_system = files};
    make_log(root, options);
    StateBytes right;
    {
        const auto data = must(DataFolder::open(root, options));
        {
            const std::lock_guard lock(mutex);
            is_cutting = true;
            every = rounds() >= 100 ? 1 : 3;
        }
        right = must(start(*data, 0));
        const std::lock_guard lock(mutex);
        cuts.push_back(folder.file("end"));
        disk->clone(cuts.back(), random);
        is_cutting = false;
    }

    std::size_t whole = 0;
    std::size_t unfinished = 0;
    for (const std::string& cut : cuts) {
        const auto data = must(DataFolder::open(cut, {}));
        const auto found = must(data->state().checkpoint());
        if (found && found->layout == engine::unfinished_layout) ++unfinished;
        if (found && found->layout == engine::state_layout && found->mark == data->log().head()) {
            ++whole;
            EXPECT_EQ(support::bytes_of(*must(data->state().snapshot())), right) << cut;
        }
        EXPECT_EQ(must(start(*data, never)), right) << cut;
    }
    EXPECT_GT(whole, 0U) << "the end is durable";
    EXPECT_GT(unfinished, 0U) << "control: what is not whole was seen";
    EXPECT_GT(cuts.size(), whole + unfinished);
}

TEST_F(BulkFoldCrash, AStopIsHonouredAtEveryStep) {
    const std::string path = folder.file("data");
    make_log(path, {});
    const StateBytes right = expected(path);
    const engine::SystemClock clock;
    for (const std::uint64_t share : {0, 3, 5, 9}) {
        std::filesystem::remove_all(path + "/state");
        const auto data = must(DataFolder::open(path, {}));
        engine::StateKeeper keeper(*catalog, data->log(), data->state(), clock,
                                   {.bulk_positions_min = 0, .bulk = {.memory = 0, .threads = 2}});
        bool is_told = false;
        const auto stopped = keeper.bring_up(
            [&](const engine::FoldProgress& progress) -> Result<void> {
                is_told = is_told || progress.folded.value * 10 + 9 >= progress.head.value * share;
                return is_told ? Result<void>(fail(Errc::unavailable, "enough")) : Result<void>();
            },
            [] {});

        ASSERT_FALSE(stopped) << "at " << share << " of 10";
        EXPECT_EQ(stopped.error().code, Errc::unavailable);
        EXPECT_EQ(must(start(*data, never)), right) << "it may be tried again";
    }
}

}  // namespace
}  // namespace freshet::crash
