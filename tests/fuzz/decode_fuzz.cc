// Hostile bodies: whatever decode_records() takes is in the log without loss and comes out of it
// as JSON that says the same; whatever it does not take it refuses in words.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/records/dynamodb_json.h"
#include "engine/text/json.h"
#include "engine/values/image_size.h"
#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"
#include "tests/fuzz/corpus.h"
#include "tests/fuzz/hunt.h"
#include "tests/support/must.h"

namespace freshet::fuzz {
namespace {

using engine::BatchRecord;
using engine::ChangeBatch;
using engine::DecodeOptions;
using engine::JsonDocument;
using storage::Change;
using storage::Image;
using storage::ImageView;
using storage::Record;
using support::must;

std::optional<ImageView> view_of(const std::optional<Image>& image) {
    return image ? std::optional(image->view()) : std::nullopt;
}

bool same(const std::optional<ImageView>& a, const std::optional<ImageView>& b) {
    if (!a || !b) return !a && !b;
    return identical(*a, *b);
}

class DecodeFuzz : public ::testing::Test {
protected:
    // What the log gives back after it has taken the change in.
    Record admitted(const Change& change) {
        storage::LogBatch batch = folder_->log().begin();
        const Record& record = batch.add(change, {{}, view_of(change.before)});
        return must(
            Record::from_bytes(record.position(), record.chain(), std::string(record.bytes())));
    }

    static void expect_same(const Change& change, const Record& record) {
        EXPECT_EQ(record.table(), change.table);
        EXPECT_EQ(record.kind(), change.kind);
        EXPECT_EQ(record.sequence(), change.sequence.text());
        EXPECT_TRUE(identical(record.keys(), change.keys->view()));
        EXPECT_TRUE(same(record.after(), view_of(change.after)));
        const std::optional<Image> before = record.before();
        EXPECT_TRUE(same(view_of(before), view_of(change.before)));
        EXPECT_EQ(record.before_was_sent(), change.before.has_value());
        EXPECT_EQ(record.imported(), change.imported);
    }

    // What the log gives back says the size, also where it was not sent.
    static std::string with_size(const std::string& sent, const Change& again) {
        constexpr const char* name = R"("SizeBytes":)";
        if (sent.find(name) != std::string::npos) return sent;
        std::size_t size = engine::image_size(again.keys->view());
        if (again.after) size += engine::image_size(again.after->view());
        if (again.before) size += engine::image_size(again.before->view());
        return name + std::to_string(size) + (sent.empty() ? "" : ",") + sent;
    }

    static void expect_same(const Change& change, const Change& again) {
        EXPECT_EQ(again.table, change.table);
        EXPECT_EQ(again.key, change.key);
        EXPECT_EQ(again.kind, change.kind);
        EXPECT_EQ(again.imported, change.imported);
        EXPECT_EQ(again.source, change.source);
        EXPECT_EQ(again.label, change.label);
        EXPECT_EQ(again.sequence.text(), change.sequence.text());
        EXPECT_TRUE(identical(again.keys->view(), change.keys->view()));
        EXPECT_TRUE(same(view_of(again.after), view_of(change.after)));
        EXPECT_TRUE(same(view_of(again.before), view_of(change.before)));
        EXPECT_EQ(again.envelope, change.envelope);
        EXPECT_EQ(again.stream_envelope, with_size(change.stream_envelope, again));
    }

    void expect_lossless(const Change& change, const DecodeOptions& options) {
        const Record record = admitted(change);
        expect_same(change, record);

        std::string json;
        engine::append_record_json(json, record);
        const auto document = JsonDocument::parse(json);
        ASSERT_TRUE(document.has_value()) << document.error().message << " in " << json;
        const auto again = decode_records(json, *catalog_, options);
        ASSERT_TRUE(again.has_value()) << again.error().message << " in " << json;
        ASSERT_FALSE(again->refusal) << again->refusal->faults.front().pointer << " "
                                     << again->refusal->faults.front().detail << " in " << json;
        ASSERT_EQ(again->records.size(), 1U);
        ASSERT_TRUE(again->records[0].change.has_value());
        expect_same(change, *again->records[0].change);
    }

    bool takes(const std::string& body, const DecodeOptions& options) {
        const Result<ChangeBatch> batch = decode_records(body, *catalog_, options);
        if (!batch) {
            const Errc code = batch.error().code;
            EXPECT_TRUE(code == Errc::malformed || code == Errc::too_large)
                << static_cast<int>(code);
            EXPECT_FALSE(batch.error().message.empty());
            return false;
        }
        for (const BatchRecord& record : batch->records) {
            if (record.change) expect_lossless(*record.change, options);
        }
        if (!batch->refusal) return true;
        EXPECT_FALSE(batch->refusal->faults.empty());
        return false;
    }

    // How many records stand in the body: of one that holds none, it is one itself.
    static std::size_t sent_in(const JsonDocument& document) {
        const engine::JsonNode& root = document.root();
        if (root.is(engine::JsonType::array)) return root.size();
        for (const char* own : {"dynamodb", "eventName", "Item", "Keys"}) {
            if (root.find(own) != nullptr) return 1;
        }
        std::size_t lists = 0;
        for (const engine::JsonNode& member : root) lists += member.name() == "Records" ? 1 : 0;
        const engine::JsonNode* list = root.find("Records");
        return lists == 1 && list->is(engine::JsonType::array) ? list->size() : 1;
    }

    // With `bad=park`, whatever was sent is a record of the batch, unless the batch is refused; and
    // what is kept of it stands in the body and is wrong by itself.
    bool parks(const std::string& body, DecodeOptions options) {
        const Result<ChangeBatch> batch = decode_records(body, *catalog_, options);
        if (!batch || batch->refusal) return false;
        const auto document = must(JsonDocument::parse(body));
        EXPECT_EQ(batch->records.size(), sent_in(document));
        std::size_t at = 0;
        options.parks = false;
        for (const BatchRecord& record : batch->records) {
            if (record.change) expect_lossless(*record.change, options);
            if (!record.unread) continue;
            EXPECT_FALSE(record.change);
            const std::string& text = record.unread->unread->text;
            at = body.find(text, at);
            EXPECT_NE(at, std::string::npos) << text;
            if (at == std::string::npos) break;
            at += text.size();
            const Result<ChangeBatch> alone = decode_records("[" + text + "]", *catalog_, options);
            EXPECT_TRUE(alone && alone->refusal) << text;
        }
        return true;
    }

    const std::shared_ptr<const engine::Catalog> catalog_ = catalog();

private:
    support::TempFolder temp_;
    std::unique_ptr<storage::DataFolder> folder_ =
        must(storage::DataFolder::open(temp_.file("data"), {}));
};

const std::vector<std::string> words{
    R"({"N":"1e125"})",
    R"({"N":"-0.0"})",
    R"({"NS":[]})",
    R"({"SS":["a","a"]})",
    R"({"B":"A==="})",
    R"({"M":{"":{}}})",
    R"({"L":[null]})",
    R"({"NULL":false})",
    R"("Keys":)",
    R"("NewImage":null,)",
    R"("OldImage":{},)",
    R"("position":7,)",
    R"("imported":true,)",
    "INSERT",
    "REMOVE",
    R"("Records":[],)",
    R"("a\u0000b")",
    R"("\ud83d")",
    R"({"S":"\ud83d"})",
    R"("x":{"S":"y"},)",
    "meters",
};

TEST_F(DecodeFuzz, WhatIsTakenIsKeptWithoutLoss) {
    hunt({.corpus = record_bodies(), .tokens = words, .rounds = 150'000},
         [this](const std::string& body, Dice&) { return takes(body, {}); });
}

TEST_F(DecodeFuzz, WhatIsTakenForANamedTableIsKeptWithoutLoss) {
    const DecodeOptions options{.table = catalog_->table("orders"), .partial = true};
    const std::string item =
        R"({"Item":{"pk":{"S":"3f1c-0001"},"n":{"N":"7.50"},"l":{"L":[{"NULL":true}]}},"own":1})";
    hunt({.corpus = {record_bodies().front(), item}, .tokens = words, .rounds = 60'000},
         [&](const std::string& body, Dice&) { return takes(body, options); });
}

TEST_F(DecodeFuzz, NothingThatWasSentIsLostWhereItIsParked) {
    hunt({.corpus = record_bodies(), .tokens = words, .rounds = 60'000},
         [this](const std::string& body, Dice&) { return parks(body, {.parks = true}); });
}

}  // namespace
}  // namespace freshet::fuzz
