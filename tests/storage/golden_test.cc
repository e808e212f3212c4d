// The bytes that storage/ writes to disk, compared with those that earlier releases wrote.

#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/file_system.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/data_folder.h"
#include "storage/internal/record_codec.h"
#include "storage/item.h"
#include "storage/state_cursor.h"
#include "storage/watermark.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/golden.h"
#include "tests/support/must.h"
#include "tests/world/images.h"

namespace freshet::storage {
namespace {

using std::string_view_literals::operator""sv;
using support::image_of;
using support::must;

const support::GoldenFile& golden() {
    static const support::GoldenFile file("storage_v1.txt");
    return file;
}

// What format 2 added: times, streams and notices. Without them, records and items are as before.
const support::GoldenFile& golden_2() {
    static const support::GoldenFile file("storage_v2.txt");
    return file;
}

// What format 3 added: names of writes.
const support::GoldenFile& golden_3() {
    static const support::GoldenFile file("storage_v3.txt");
    return file;
}

// What format 4 added: items whose time is over.
const support::GoldenFile& golden_4() {
    static const support::GoldenFile file("storage_v4.txt");
    return file;
}

// What format 5 added: what is noted of functions.
const support::GoldenFile& golden_5() {
    static const support::GoldenFile file("storage_v5.txt");
    return file;
}

constexpr AppendTime appended{std::chrono::microseconds(1'795'000'000'123'456)};

// One attribute of each type, named by it.
Image every_type() {
    constexpr std::array strings{"red"sv, "blue"sv};
    constexpr std::array numbers{"3"sv, "-1.50"sv};
    constexpr std::array binaries{"\x00\xFF"sv, "b"sv};
    ImageBuilder builder;
    const std::vector elements{builder.scalar(ValueType::string, "", "in a list"),
                               builder.boolean("", false)};
    const std::vector attributes{builder.scalar(ValueType::number, "inner", "1e3"),
                                 builder.null("nothing")};
    std::vector<ImageBuilder::Value> values;
    values.push_back(builder.scalar(ValueType::binary, "B", "\x00\x01\xFE"sv));
    values.push_back(builder.boolean("BOOL", true));
    values.push_back(builder.set(ValueType::binary_set, "BS", binaries));
    values.push_back(builder.list("L", elements));
    values.push_back(builder.map("M", attributes));
    values.push_back(builder.scalar(ValueType::number, "N", "-12.50"));
    values.push_back(builder.set(ValueType::number_set, "NS", numbers));
    values.push_back(builder.null("NULL"));
    values.push_back(builder.scalar(ValueType::string, "S", "gr\xC3\xBC\xC3\x9F"));
    values.push_back(builder.set(ValueType::string_set, "SS", strings));
    values.push_back(builder.scalar(ValueType::string, "pk", "o-1"));
    return builder.finish(values);
}

// A record on its way into the log, with the image before that the log is told.
struct Sample {
    std::string name;
    Change change;
    std::optional<Image> before;
    Position previous;
};

Change change_of(ChangeKind kind, const std::string& id, const std::string& sequence) {
    Change change;
    change.table = "orders";
    change.key = id;
    change.kind = kind;
    change.source = "shop";
    change.label = "2026-01-01T00:00:00.000";
    change.sequence = must(SequenceNumber::parse(sequence));
    change.keys = image_of({{"pk", id}});
    return change;
}

std::vector<Sample> samples() {
    std::vector<Sample> all;

    Sample insert{"insert", change_of(ChangeKind::insert, "o-1", "0003633500000000062125042319")};
    insert.change.after = every_type();
    insert.change.envelope = R"("eventID":"e-1")";
    insert.change.stream_envelope = R"("SizeBytes":26)";
    all.push_back(std::move(insert));

    Sample modify{"modify", change_of(ChangeKind::modify, "o-2", "7")};
    modify.change.after = image_of({{"pk", "o-2"}, {"status", "DONE"}, {"by", "ann"}});
    modify.change.before = image_of({{"pk", "o-2"}, {"status", "OPEN"}, {"note", "soon"}});
    modify.before = modify.change.before;
    modify.previous = Position{1};
    all.push_back(std::move(modify));

    Sample remove{"remove", change_of(ChangeKind::remove, "o-2", "8")};
    remove.before = image_of({{"pk", "o-2"}, {"status", "DONE"}});
    remove.previous = Position{2};
    all.push_back(std::move(remove));

    Sample imported{"imported", change_of(ChangeKind::insert, "o-3", "0")};
    imported.change.after = image_of({{"pk", "o-3"}});
    imported.change.imported = true;
    imported.change.source.clear();
    imported.change.label.clear();
    all.push_back(std::move(imported));

    return all;
}

Admission admission_of(const Sample& sample) {
    Admission admission{.previous = sample.previous, .before = std::nullopt};
    if (sample.before) admission.before = sample.before->view();
    return admission;
}

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(StorageGolden, AnImageOfEveryTypeHasItsBytes) {
    EXPECT_TRUE(golden().holds("image of every type", every_type().bytes()));
}

TEST(StorageGolden, RecordsHaveTheirBytes) {
    for (const Sample& sample : samples()) {
        EXPECT_TRUE(
            golden().holds("record: " + sample.name,
                           internal::encode_record(sample.change, admission_of(sample), {})));
    }
}

TEST(StorageGolden, GoldenRecordsAreReadAsWhatTheyWere) {
    if (support::golden_output()) GTEST_SKIP();
    for (const Sample& sample : samples()) {
        const Record record =
            must(Record::from_bytes(Position{9}, 0, golden().bytes("record: " + sample.name)));

        EXPECT_EQ(record.table(), "orders");
        EXPECT_EQ(record.kind(), sample.change.kind);
        EXPECT_EQ(record.source(), sample.change.source);
        EXPECT_EQ(record.label(), sample.change.label);
        EXPECT_EQ(record.sequence(), sample.change.sequence.text());
        EXPECT_EQ(record.previous(), sample.previous);
        EXPECT_EQ(record.imported(), sample.change.imported);
        EXPECT_EQ(record.envelope(), sample.change.envelope);
        EXPECT_EQ(record.stream_envelope(), sample.change.stream_envelope);
        EXPECT_EQ(record.before_was_sent(), sample.change.before.has_value());
        EXPECT_TRUE(identical(record.keys(), sample.change.keys->view()));
        ASSERT_EQ(record.after().has_value(), sample.change.after.has_value());
        if (record.after()) {
            EXPECT_TRUE(identical(*record.after(), sample.change.after->view()));
        }
        const std::optional<Image> before = record.before();
        ASSERT_EQ(before.has_value(), sample.before.has_value());
        if (before) {
            EXPECT_TRUE(identical(before->view(), sample.before->view()));
        }
    }
}

// The highest first.
std::string eight_bytes(std::uint64_t number) {
    std::string bytes;
    for (int shift = 56; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<char>((number >> shift) & 0xFFU));
    }
    return bytes;
}

TEST(StorageGolden, EntriesOfTheLogHaveTheirKeysAndChains) {
    const support::TempFolder folder;
    std::uint64_t epoch = 0;
    std::uint64_t begun = 0;
    {
        const auto data = must(DataFolder::open(folder.path(), {}));
        LogBatch batch = data->log().begin();
        for (const Sample& sample : samples()) batch.add(sample.change, admission_of(sample));
        must(data->log().append(batch));
        epoch = data->log().head().epoch;
        begun = static_cast<std::uint64_t>(data->log().epoch_begun().time_since_epoch().count());
    }

    rocksdb::DB* opened = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, folder.file("log"), &opened).ok());
    const std::unique_ptr<rocksdb::DB> db(opened);
    const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator({}));
    std::size_t record = 0;
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
        const std::string key = at->key().ToString();
        const std::string value = at->value().ToString();
        if (key == "fepoch") {
            EXPECT_EQ(support::hex_text(value), support::hex_text(eight_bytes(epoch)));
        } else if (key == "fepoch-begun") {
            EXPECT_EQ(support::hex_text(value), support::hex_text(eight_bytes(begun)));
        } else if (key == "fformat") {
            EXPECT_TRUE(golden_5().holds("log fact: " + key, value));
        } else if (key.starts_with("f")) {
            EXPECT_TRUE(golden().holds("log fact: " + key, value));
        } else {
            const std::string number = std::to_string(++record);
            EXPECT_TRUE(golden().holds("log key " + number, key));
            EXPECT_TRUE(golden().holds("log entry " + number, value));
        }
    }
    EXPECT_EQ(record, samples().size());
}

TEST(StorageGolden, ItemsHaveTheirBytes) {
    const Image image = every_type();
    ItemParts parts{.source = "shop",
                    .label = "2026-01-01T00:00:00.000",
                    .sequence = "0003633500000000062125042319",
                    .created = Position{1},
                    .changed = Position{0x0102'0304'0506'0708},
                    .image = image.view()};

    EXPECT_TRUE(golden().holds("item with an image", Item(parts).bytes()));
    parts.stale = true;
    EXPECT_TRUE(golden().holds("item that is stale", Item(parts).bytes()));
    parts.stale = false;
    parts.image.reset();
    EXPECT_TRUE(golden().holds("item without an image", Item(parts).bytes()));
    parts.imported = true;
    EXPECT_TRUE(golden().holds("item that was imported", Item(parts).bytes()));
}

TEST(StorageGolden, GoldenItemsAreReadAsWhatTheyWere) {
    if (support::golden_output()) GTEST_SKIP();
    const Item whole = must(Item::from_bytes(golden().bytes("item with an image")));
    const Item stale = must(Item::from_bytes(golden().bytes("item that is stale")));
    const Item removed = must(Item::from_bytes(golden().bytes("item without an image")));
    const Item imported = must(Item::from_bytes(golden().bytes("item that was imported")));

    EXPECT_EQ(whole.parts().source, "shop");
    EXPECT_EQ(whole.parts().label, "2026-01-01T00:00:00.000");
    EXPECT_EQ(whole.parts().sequence, "0003633500000000062125042319");
    EXPECT_EQ(whole.parts().created, Position{1});
    EXPECT_EQ(whole.parts().changed, Position{0x0102'0304'0506'0708});
    EXPECT_FALSE(whole.parts().stale);
    EXPECT_TRUE(identical(*whole.parts().image, every_type().view()));
    EXPECT_TRUE(stale.parts().stale);
    EXPECT_FALSE(removed.parts().image);
    EXPECT_FALSE(removed.parts().imported);
    EXPECT_TRUE(imported.parts().imported);
}

// A change that joins with a stream, and came when its source and the server said.
Record record_of_a_stream() {
    Sample sample = samples().front();
    sample.change.time = SourceTime(std::chrono::microseconds(1'794'999'999'000'000));
    Admission admission = admission_of(sample);
    admission.stream = 3;
    admission.joins = true;
    admission.unchanged = true;
    return must(Record::from_bytes(
        Position{9}, 0, std::string(internal::encode_record(sample.change, admission, appended))));
}

const Notice adoption{.kind = NoticeKind::adoption,
                      .by = "ann",
                      .table = "orders",
                      .stream = "arn:aws:dynamodb:us-east-1:1:table/orders"};

TEST(StorageGolden, RecordsOfStreamsHaveTheirBytes) {
    EXPECT_TRUE(golden_2().holds("record of a stream", record_of_a_stream().bytes()));
    if (support::golden_output()) GTEST_SKIP();
    const Record record =
        must(Record::from_bytes(Position{9}, 0, golden_2().bytes("record of a stream")));

    EXPECT_EQ(record.appended(), appended);
    EXPECT_EQ(record.stream(), 3U);
    EXPECT_EQ(record.time()->time_since_epoch().count(), 1'794'999'999'000'000);
    EXPECT_TRUE(record.joins());
    EXPECT_TRUE(record.unchanged());
    EXPECT_FALSE(record.is_notice());
}

TEST(StorageGolden, NoticesHaveTheirBytes) {
    EXPECT_TRUE(golden_2().holds("notice: adoption", internal::encode_notice(adoption, appended)));
    if (support::golden_output()) GTEST_SKIP();
    const Record record =
        must(Record::from_bytes(Position{9}, 0, golden_2().bytes("notice: adoption")));

    ASSERT_TRUE(record.is_notice());
    EXPECT_EQ(record.appended(), appended);
    EXPECT_EQ(record.table(), "orders");
    const std::optional<Notice> notice = record.notice();
    ASSERT_TRUE(notice);
    EXPECT_EQ(notice->kind, NoticeKind::adoption);
    EXPECT_EQ(notice->by, "ann");
    EXPECT_EQ(notice->table, "orders");
    EXPECT_EQ(notice->stream, adoption.stream);
}

TEST(StorageGolden, RevocationsHaveTheirBytes) {
    const Notice revocation{.kind = NoticeKind::revocation,
                            .by = "ann",
                            .table = {},
                            .stream = {},
                            .revoked_by = RevokedBy::token_id,
                            .name = "7",
                            .kept = std::chrono::seconds(3'631)};
    EXPECT_TRUE(
        golden_2().holds("notice: revocation", internal::encode_notice(revocation, appended)));
    if (support::golden_output()) GTEST_SKIP();
    const Record record =
        must(Record::from_bytes(Position{9}, 0, golden_2().bytes("notice: revocation")));

    ASSERT_TRUE(record.is_notice());
    EXPECT_EQ(record.appended(), appended);
    EXPECT_EQ(record.notice(), revocation);
}

TEST(StorageGolden, ARevocationKeepsWhenItWasAskedFor) {
    const Notice revocation{.kind = NoticeKind::revocation,
                            .by = "ann",
                            .table = {},
                            .stream = {},
                            .revoked_by = RevokedBy::subject,
                            .name = "bob",
                            .asked = AppendTime(std::chrono::microseconds(1'800'000'000'000'001))};

    const Record record =
        must(Record::from_bytes(Position{9}, 0, internal::encode_notice(revocation, appended)));

    EXPECT_EQ(record.notice(), revocation);
}

TEST(StorageGolden, NamesOfWritesHaveTheirBytes) {
    const Idempotency name{.caller = "ann", .key = "8e03978e-40d5", .payload = "f00d"};
    Change change = change_of(ChangeKind::insert, "o-3", "1");
    change.after = image_of({{"pk", "o-3"}});
    change.idempotency = name;
    Notice notice{.kind = NoticeKind::idempotency,
                  .by = "ann",
                  .table = "orders",
                  .stream = {},
                  .name = {},
                  .idempotency = name,
                  .keys = change.keys,
                  .newest = Position{7}};
    EXPECT_TRUE(golden_3().holds("record of a write with a name",
                                 internal::encode_record(change, Admission{}, appended)));
    EXPECT_TRUE(golden_3().holds("notice: idempotency", internal::encode_notice(notice, appended)));
    if (support::golden_output()) GTEST_SKIP();

    const Record record =
        must(Record::from_bytes(Position{9}, 0, golden_3().bytes("record of a write with a name")));
    EXPECT_EQ(record.idempotency(), name);
    const Record noted =
        must(Record::from_bytes(Position{9}, 0, golden_3().bytes("notice: idempotency")));
    EXPECT_EQ(noted.notice(), notice);

    notice.keys.reset();
    EXPECT_EQ(
        Record::from_bytes(Position{9}, 0, internal::encode_notice(notice, appended)).error().code,
        Errc::corrupt)
        << "which item it was about is not left out";
}

Notice note_of(NoticeKind kind, FunctionNote note) {
    return {.kind = kind,
            .by = "ann",
            .table = {},
            .stream = {},
            .name = "word-count",
            .function = std::move(note)};
}

// One of each kind, with everything that it may say.
std::map<std::string, Notice> notes_of_functions() {
    std::map<std::string, Notice> notes;
    notes["place"] = note_of(NoticeKind::place, {.record = Position{7}, .reset = Position{3}});
    notes["reset"] = note_of(NoticeKind::place, {.record = Position{2}, .is_reset = true});
    notes["parked"] = note_of(NoticeKind::parked, {.record = Position{7},
                                                   .reset = Position{3},
                                                   .replaces = Position{5},
                                                   .status = ParkedAs::again,
                                                   .attempts = 4,
                                                   .error = "answered 500",
                                                   .body = "{}"});
    notes["parked"].keys = change_of(ChangeKind::insert, "o-3", "1").keys;
    notes["released"] = note_of(
        NoticeKind::released, {.record = Position{7}, .replaces = Position{9}, .is_dropped = true});
    notes["paused"] = note_of(NoticeKind::paused, {.is_paused = true});
    return notes;
}

TEST(StorageGolden, WhatIsNotedOfFunctionsHasItsBytes) {
    for (const auto& [name, notice] : notes_of_functions()) {
        EXPECT_TRUE(golden_5().holds("notice: " + name, internal::encode_notice(notice, appended)));
        if (support::golden_output()) continue;
        const Record noted =
            must(Record::from_bytes(Position{9}, 0, golden_5().bytes("notice: " + name)));
        EXPECT_EQ(noted.notice(), notice) << name;

        Notice nameless = notice;
        nameless.name.clear();
        Notice empty = notice;
        empty.function.reset();
        Notice keyless = notice;
        keyless.keys.reset();
        for (const Notice& half : {nameless, empty, keyless}) {
            const auto read =
                Record::from_bytes(Position{9}, 0, internal::encode_notice(half, appended));
            EXPECT_EQ(read.has_value(), half == notice) << name << " lacks nothing";
        }
    }
}

TEST(StorageGolden, WhatIsNotedOfRecordsThatWereSentHasItsBytes) {
    Notice unread{.kind = NoticeKind::unread, .by = "forwarder", .table = {}, .stream = {}};
    unread.unread = UnreadNote{.text = "{\"half\": \xFF",
                               .sequence = "7",
                               .error = "is missing",
                               .pointer = "/dynamodb/Keys"};
    Notice discarded{.kind = NoticeKind::discarded, .by = "ann", .table = {}, .stream = {}};
    discarded.unread = UnreadNote{.record = Position{7}};
    const std::map<std::string, Notice> notices{{"unread", unread}, {"discarded", discarded}};
    for (const auto& [name, notice] : notices) {
        const std::string title = "notice: " + name;
        EXPECT_TRUE(golden_5().holds(title, internal::encode_notice(notice, appended)));
        if (support::golden_output()) continue;
        const Record noted = must(Record::from_bytes(Position{9}, 0, golden_5().bytes(title)));
        EXPECT_EQ(noted.notice(), notice) << name;

        Notice empty = notice;
        empty.unread = UnreadNote{.error = "is missing"};
        Notice without = notice;
        without.unread.reset();
        for (const Notice& half : {empty, without}) {
            const auto read =
                Record::from_bytes(Position{9}, 0, internal::encode_notice(half, appended));
            EXPECT_FALSE(read.has_value()) << name << " is not without what it is about";
        }
    }
}

TEST(StorageGolden, WhatHasExpiredHasItsBytes) {
    Change change = change_of(ChangeKind::modify, "o-3", "2");
    change.after = image_of({{"pk", "o-3"}});
    Notice notice{.kind = NoticeKind::expiry,
                  .by = {},
                  .table = "orders",
                  .stream = {},
                  .name = "expiresAt",
                  .keys = change.keys};
    const Item item({.sequence = "1",
                     .created = Position{1},
                     .changed = Position{1},
                     .others = {},
                     .image = change.after->view(),
                     .hidden_by = "expiresAt"});
    EXPECT_TRUE(golden_4().holds(
        "record of an item that stays hidden",
        internal::encode_record(change, Admission{.stays_hidden = true}, appended)));
    EXPECT_TRUE(golden_4().holds("notice: expiry", internal::encode_notice(notice, appended)));
    EXPECT_TRUE(golden_4().holds("item that is hidden", item.bytes()));
    if (support::golden_output()) GTEST_SKIP();

    const Record record = must(Record::from_bytes(
        Position{9}, 0, golden_4().bytes("record of an item that stays hidden")));
    EXPECT_TRUE(record.stays_hidden());
    const Record noted =
        must(Record::from_bytes(Position{9}, 0, golden_4().bytes("notice: expiry")));
    EXPECT_EQ(noted.notice(), notice);
    const Item read = must(Item::from_bytes(golden_4().bytes("item that is hidden")));
    EXPECT_EQ(read.parts().hidden_by, "expiresAt");

    Notice nameless = notice;
    nameless.name.clear();
    notice.keys.reset();
    for (const Notice& half : {notice, nameless}) {
        EXPECT_EQ(Record::from_bytes(Position{9}, 0, internal::encode_notice(half, appended))
                      .error()
                      .code,
                  Errc::corrupt)
            << "which item it was about, and why, is not left out";
    }
}

TEST(StorageGolden, WhatIsReconciledHasItsBytes) {
    Change change = change_of(ChangeKind::modify, "o-2", "0");
    change.after = image_of({{"pk", "o-2"}});
    change.reconciled = true;
    change.told = true;
    change.time = SourceTime(std::chrono::microseconds(1'794'999'999'000'000));
    const Notice even{.kind = NoticeKind::reconciliation,
                      .by = "ann",
                      .table = "orders",
                      .stream = {},
                      .moment = change.time};
    const Item item({.sequence = "7",
                     .created = Position{1},
                     .changed = Position{2},
                     .reconciled = true,
                     .undated = true,
                     .others = {},
                     .image = std::nullopt});
    EXPECT_TRUE(golden_2().holds("record that is reconciled",
                                 internal::encode_record(change, Admission{}, appended)));
    EXPECT_TRUE(
        golden_2().holds("notice: reconciliation", internal::encode_notice(even, appended)));
    EXPECT_TRUE(golden_2().holds("item that is reconciled and undated", item.bytes()));
    if (support::golden_output()) GTEST_SKIP();

    const Record record =
        must(Record::from_bytes(Position{9}, 0, golden_2().bytes("record that is reconciled")));
    EXPECT_TRUE(record.reconciled());
    EXPECT_TRUE(record.is_told());
    EXPECT_EQ(record.time(), change.time);
    const Record notice =
        must(Record::from_bytes(Position{9}, 0, golden_2().bytes("notice: reconciliation")));
    EXPECT_EQ(notice.notice()->kind, NoticeKind::reconciliation);
    EXPECT_EQ(notice.notice()->moment, change.time);
    const Item read =
        must(Item::from_bytes(golden_2().bytes("item that is reconciled and undated")));
    EXPECT_TRUE(read.parts().reconciled);
    EXPECT_TRUE(read.parts().undated);
}

TEST(StorageGolden, ItemsOfTwoStreamsHaveTheirBytes) {
    const Item item({.source = "shop",
                     .label = "2026-01-01T00:00:00.000",
                     .sequence = "7",
                     .created = Position{1},
                     .changed = Position{2},
                     .stream = 2,
                     .time = appended,
                     .others = {{.stream = 1, .sequence = "900"}},
                     .image = std::nullopt});
    EXPECT_TRUE(golden_2().holds("item of two streams", item.bytes()));
    if (support::golden_output()) GTEST_SKIP();
    const Item read = must(Item::from_bytes(golden_2().bytes("item of two streams")));

    EXPECT_EQ(read.parts().stream, 2U);
    EXPECT_EQ(read.parts().time, appended);
    ASSERT_EQ(read.parts().others.size(), 1U);
    EXPECT_EQ(read.parts().others[0].stream, 1U);
    EXPECT_EQ(read.parts().others[0].sequence, "900");
}

TEST(StorageGolden, EntriesOfTheStateHaveTheirKeysAndValues) {
    const support::TempFolder folder;
    const auto data = must(DataFolder::open(folder.path(), {}));
    StateBatch batch = must(data->state().begin());
    batch.put_item("orders", "k\x00y"sv, {.sequence = "7", .changed = Position{3}});
    batch.put_row("my-orders\x00\x01"sv, "place", "key");
    batch.put_fact("table/orders", "0pk");
    must(data->state().commit(
        std::move(batch),
        {.mark = {.epoch = 0x0102'0304'0506'0708, .position = Position{3}, .chain = 0xA0B0},
         .layout = 2}));

    const auto snapshot = must(data->state().snapshot());
    StateCursor at = StateCursor::over_everything(*snapshot);
    std::string kinds;
    for (; at.valid(); at.next()) {
        const std::string kind(1, at.key().front());
        kinds += kind;
        EXPECT_TRUE(golden().holds("state key " + kind, at.key()));
        EXPECT_TRUE(golden().holds("state value " + kind, at.value()));
    }
    must(at.status());
    EXPECT_EQ(kinds, "cfip");
}

TEST(StorageGolden, TheWatermarkHasItsBytes) {
    const support::TempFolder folder;
    const auto watermark = must(Watermark::open(folder.path(), rocksdb::FileSystem::Default()));
    must(watermark->write({.epoch = 0x0102'0304'0506'0708, .position = Position{3}, .chain = 5}));
    must(watermark->write({.epoch = 0x0102'0304'0506'0708, .position = Position{4}, .chain = 6}));

    EXPECT_TRUE(golden().holds("watermark-0", content_of(folder.file("watermark-0"))));
    EXPECT_TRUE(golden().holds("watermark-1", content_of(folder.file("watermark-1"))));
}

TEST(StorageGolden, AGoldenWatermarkIsReadAsWhatItWas) {
    if (support::golden_output()) GTEST_SKIP();
    const support::TempFolder folder;
    for (const char* name : {"watermark-0", "watermark-1"}) {
        std::ofstream(folder.file(name), std::ios::binary) << golden().bytes(name);
    }

    const auto watermark = must(Watermark::open(folder.path(), rocksdb::FileSystem::Default()));

    EXPECT_EQ(watermark->mark(),
              (LogMark{.epoch = 0x0102'0304'0506'0708, .position = Position{4}, .chain = 6}));
}

}  // namespace
}  // namespace freshet::storage
