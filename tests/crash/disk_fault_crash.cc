// A disk that fails takes no writer's word for granted and no acknowledged record away: what could
// not be written is neither shown nor acknowledged, and once the disk is mended the same process
// serves again.

#include <gtest/gtest.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/crash/rounds.h"
#include "tests/crash/verdict.h"
#include "tests/crash/workload.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"
#include "tests/world/stepped_parts.h"

namespace freshet::crash {
namespace {

using engine::Receipt;
using engine::SequencerMode;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using support::must;
using support::SteppedParts;
using support::TempFolder;

enum class Fault { none, append, append_half, append_no_space, append_beyond_quota, sync };
constexpr Fault faults[] = {Fault::append, Fault::append_half, Fault::append_no_space,
                            Fault::append_beyond_quota, Fault::sync};

// The disk: works, or has the fault from some operation on.
class Disk {
public:
    // The next `spared` writes and syncs still succeed.
    void fail(Fault fault, std::int64_t spared) {
        spared_ = spared;
        fault_ = fault;
    }
    void mend() { fault_ = Fault::none; }

    // What is wrong with this write or sync.
    Fault next() {
        if (fault_ == Fault::none) return Fault::none;
        return --spared_ >= 0 ? Fault::none : fault_.load();
    }

private:
    std::atomic<Fault> fault_ = Fault::none;
    std::atomic<std::int64_t> spared_ = 0;
};

class FailingFile : public rocksdb::FSWritableFileOwnerWrapper {
public:
    FailingFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<Disk> disk)
        : FSWritableFileOwnerWrapper(std::move(file)), disk_(std::move(disk)) {}

    IOStatus Append(const rocksdb::Slice& bytes, const IOOptions& options,
                    IODebugContext* debug) override {
        switch (disk_->next()) {
            case Fault::append:
                return IOStatus::IOError("a bad sector");
            case Fault::append_no_space:
                return IOStatus::NoSpace("the disk is full");
            case Fault::append_beyond_quota:
                return IOStatus::IOError("writing", "Disk quota exceeded");
            case Fault::append_half: {
                const rocksdb::Slice half(bytes.data(), bytes.size() / 2);
                const IOStatus status = target()->Append(half, options, debug);
                return status.ok() ? IOStatus::NoSpace("the disk is full") : status;
            }
            default:
                return target()->Append(bytes, options, debug);
        }
    }
    IOStatus Append(const rocksdb::Slice& bytes, const IOOptions& options,
                    const rocksdb::DataVerificationInfo& /*verification*/,
                    IODebugContext* debug) override {
        return Append(bytes, options, debug);
    }

    IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
        if (disk_->next() == Fault::sync) return IOStatus::IOError("a lost write");
        return target()->Sync(options, debug);
    }
    IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
        return Sync(options, debug);
    }

private:
    std::shared_ptr<Disk> disk_;
};

class FailingFileSystem : public rocksdb::FileSystemWrapper {
public:
    explicit FailingFileSystem(std::shared_ptr<Disk> disk)
        : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(std::move(disk)) {}

    const char* Name() const override { return "FailingFileSystem"; }

    IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                             IODebugContext* debug) override {
        std::unique_ptr<rocksdb::FSWritableFile> real;
        const IOStatus status = target_->NewWritableFile(path, options, &real, debug);
        if (status.ok()) *file = std::make_unique<FailingFile>(std::move(real), disk_);
        return status;
    }

    // RocksDB's own log, where it keeps one, lies on the same disk.
    IOStatus NewLogger(const std::string& path, const IOOptions& options,
                       std::shared_ptr<rocksdb::Logger>* logger, IODebugContext* debug) override {
        return FileSystem::NewLogger(path, options, logger, debug);
    }

private:
    std::shared_ptr<Disk> disk_;
};

// An engine over a disk that can fail, and what its one writer has been told.
class DiskFault : public testing::TestWithParam<Fault> {
protected:
    DiskFault()
        : disk_(std::make_shared<Disk>()),
          engine_(must(SteppedParts::open(
              place_.file("data"), {.file_system = std::make_shared<FailingFileSystem>(disk_),
                                    .sync = true,
                                    .accept_loss = false,
                                    .log_line = {}}))) {}

    // Closing writes too, and RocksDB takes a second over a flush that fails.
    ~DiskFault() override { disk_->mend(); }

    std::vector<Delivery> next() { return next_deliveries(sequences_, random_); }

    Result<Receipt> append(const std::vector<Delivery>& deliveries) {
        auto receipt = engine_->append(batch_of(engine_->catalog(), deliveries));
        if (receipt) {
            const auto heard = answers_of(deliveries, *receipt);
            answers_.insert(answers_.end(), heard.begin(), heard.end());
        }
        return receipt;
    }

    // As a patient writer does: sends again until it is acknowledged.
    void deliver(const std::vector<Delivery>& deliveries) {
        constexpr int attempts_max = 3;
        for (int i = 0; i < attempts_max; ++i) {
            if (append(deliveries)) return;
            recover();
        }
        FAIL() << "not acknowledged after " << attempts_max << " attempts";
    }

    void append_some() {
        for (int i = 0; i < 20; ++i) must(append(next()));
    }

    static bool is_full() {
        return GetParam() == Fault::append_no_space || GetParam() == Fault::append_half ||
               GetParam() == Fault::append_beyond_quota;
    }

    // Everything that was acknowledged, as those who read now find it: the log, and each item as
    // its newest record has it.
    void expect_readable() {
        const auto read_point = must(engine_->sequencer().read_point());
        const storage::Position shown = read_point->position();
        const auto log = must(engine_->folder().log().read_after({}, shown, {.records = 100'000}));
        ASSERT_FALSE(log.empty());
        ASSERT_EQ(log.back().position(), shown);
        for (const Answer& answer : answers_) {
            const auto change = change_of(engine_->catalog(), answer.delivery);
            const auto item = must(read_point->state().item(change.table, change.key));
            ASSERT_NE(item, nullptr);
            ASSERT_GE(item->parts().changed.value, answer.position);
        }
    }

    [[nodiscard]] SequencerMode mode() const { return engine_->sequencer().status().mode; }

    // Mends the disk and has the engine serve again.
    void recover() {
        disk_->mend();
        must(engine_->sequencer().recover());
    }

    Verdict verdict() {
        engine_.reset();
        return judge(place_.file("data"), answers_);
    }

    std::mt19937_64 random_{seed()};
    TempFolder place_;
    std::shared_ptr<Disk> disk_;
    std::unique_ptr<SteppedParts> engine_;
    Sequences sequences_{};
    std::vector<Answer> answers_;
};

TEST_P(DiskFault, ShowsAndAcknowledgesNothingOfAGroupThatFailed) {
    append_some();
    const auto before = must(engine_->sequencer().read_point());

    disk_->fail(GetParam(), 0);
    const auto failed = append({{.item = 0, .sequence = 1'000'001}});

    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, is_full() ? Errc::disk_full : Errc::unavailable);
    EXPECT_EQ(mode(), is_full() ? SequencerMode::read_only : SequencerMode::recovering);
    EXPECT_EQ(must(engine_->sequencer().read_point())->position(), before->position());
}

TEST_P(DiskFault, TakesNoMoreUntilItHasRecovered) {
    append_some();
    disk_->fail(GetParam(), 0);
    ASSERT_FALSE(append({{.item = 0, .sequence = 1'000'001}}));
    disk_->mend();

    const auto later = append(next());

    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().code, is_full() ? Errc::disk_full : Errc::unavailable);
}

TEST_P(DiskFault, EndsTheLogItself) {
    append_some();
    storage::ChangeLog& log = engine_->folder().log();
    storage::LogBatch batch = log.begin();
    batch.add(change_of(engine_->catalog(), {.item = 0, .sequence = 1'000'001}), {});
    disk_->fail(GetParam(), 0);
    ASSERT_FALSE(log.append(batch));
    disk_->mend();

    const auto again = log.append(batch);

    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Errc::unavailable);
}

TEST_P(DiskFault, GoesOnAnsweringReads) {
    must(append({{.item = 1, .sequence = 1}}));
    const Answer known = answers_.back();
    const storage::Change change = change_of(engine_->catalog(), known.delivery);

    disk_->fail(GetParam(), 0);
    ASSERT_FALSE(append({{.item = 1, .sequence = 1'000'001}}));

    const auto read_point = must(engine_->sequencer().read_point());
    const auto item = must(read_point->state().item(change.table, change.key));
    ASSERT_NE(item, nullptr);
    EXPECT_EQ(item->parts().changed.value, known.position);
    EXPECT_EQ(item->parts().image->bytes(), change.after->bytes());
}

TEST_P(DiskFault, LeavesNoHoleForThoseWhoFollow) {
    append_some();
    disk_->fail(GetParam(), 0);
    ASSERT_FALSE(append({{.item = 0, .sequence = 1'000'001}}));
    recover();
    append_some();

    const storage::Position head = must(engine_->sequencer().read_point())->position();
    const auto log = must(engine_->folder().log().read_after({}, head, {.records = 10'000}));
    std::size_t from_tail = 0;
    for (std::size_t i = 0; i < log.size(); ++i) {
        const storage::Position after = i == 0 ? storage::Position{} : log[i - 1].position();
        const auto tail = engine_->sequencer().tail().after(after, head, {.records = 10'000});
        if (!tail) continue;
        ++from_tail;
        ASSERT_EQ(tail->size(), log.size() - i);
        EXPECT_EQ(tail->front()->record().bytes(), log[i].bytes());
        EXPECT_EQ(tail->back()->record().bytes(), log.back().bytes());
    }
    EXPECT_GT(from_tail, 0U);
}

TEST_P(DiskFault, DoesNotRecoverWhileTheDiskIsBroken) {
    append_some();
    disk_->fail(GetParam(), 0);
    ASSERT_FALSE(append({{.item = 0, .sequence = 1'000'001}}));

    EXPECT_FALSE(engine_->sequencer().recover());
    EXPECT_FALSE(engine_->sequencer().recover());
    EXPECT_FALSE(append(next()));
    EXPECT_TRUE(engine_->sequencer().read_point()) << "reads go on";

    recover();
    must(append(next()));
    const Verdict found = verdict();
    EXPECT_TRUE(found.fine()) << found.text();
}

TEST_P(DiskFault, ServesAgainWithEverythingOnceWhenTheDiskIsMended) {
    append_some();
    const std::vector<Delivery> unanswered = {{.item = 0, .sequence = 1'000'001},
                                              {.item = 3, .sequence = 1'000'002}};
    disk_->fail(GetParam(), 0);
    ASSERT_FALSE(append(unanswered));

    recover();
    EXPECT_EQ(mode(), SequencerMode::serving);
    must(append(unanswered));
    append_some();

    const Verdict found = verdict();
    EXPECT_TRUE(found.fine()) << found.text();
}

TEST_P(DiskFault, LosesNothingWhenTheStateCannotBeFlushed) {
    append_some();
    disk_->fail(GetParam(), 0);
    EXPECT_FALSE(engine_->folder().settle());
    EXPECT_FALSE(append(next()));

    recover();
    append_some();

    must(engine_->folder().settle());
    const Verdict found = verdict();
    EXPECT_TRUE(found.fine()) << found.text();
}

TEST_P(DiskFault, LosesNothingWhicheverOperationFails) {
    // Fewer than the other tests' rounds: RocksDB takes a second over each flush that fails.
    const std::size_t faults_each = 1 + rounds() / 10;
    for (std::size_t round = 0; round < faults_each; ++round) {
        disk_->fail(GetParam(), static_cast<std::int64_t>(random_() % 12));
        for (int i = 0; i < 20; ++i) {
            deliver(next());
            // A mark or flush that fails shows itself to the next append, if at all.
            if (random_() % 8 == 0) static_cast<void>(engine_->folder().settle().has_value());
        }
        recover();
    }

    const Verdict found = verdict();
    EXPECT_TRUE(found.fine()) << found.text();
}

TEST_P(DiskFault, O2O3O5IsReadOverAndLosesAndDoublesNothingWhicheverWriteItMeets) {
    append_some();
    const std::size_t faults_each = 1 + rounds() / 10;
    for (std::size_t round = 0; round < faults_each; ++round) {
        disk_->fail(GetParam(), static_cast<std::int64_t>(random_() % 8));
        for (int i = 0; i < 6; ++i) {
            const auto deliveries = next();
            static_cast<void>(append(deliveries).has_value());
            if (random_() % 4 == 0) static_cast<void>(engine_->folder().settle().has_value());
            engine_->sequencer().look_at_disk();
            expect_readable();
            EXPECT_FALSE(mode() != SequencerMode::serving && engine_->sequencer().recover())
                << "the disk is as broken as it was";
            expect_readable();
            disk_->fail(GetParam(), static_cast<std::int64_t>(random_() % 8));
        }
        recover();
        expect_readable();
    }

    const Verdict found = verdict();
    EXPECT_TRUE(found.fine()) << found.text();
}

std::string name_of(const testing::TestParamInfo<Fault>& parameter) {
    switch (parameter.param) {
        case Fault::append:
            return "WritesFail";
        case Fault::append_half:
            return "TheDiskFillsInTheMiddleOfAWrite";
        case Fault::append_no_space:
            return "TheDiskIsFull";
        case Fault::append_beyond_quota:
            return "TheQuotaIsUsedUp";
        default:
            return "SyncsFail";
    }
}

INSTANTIATE_TEST_SUITE_P(When, DiskFault, testing::ValuesIn(faults), name_of);

}  // namespace
}  // namespace freshet::crash
