// Reads records, and lines of exports: what each says of a change, and which table takes it.
//
//     decode_records  ->  RecordReader::read(JsonNode)  ->  BatchRecord
//                                   └────────────────────►  Faults
//
// Invariants
//   - A record that comes back has no fault; it has a change only if a table takes it.
//   - What is not read of a record is kept in the change's envelopes as it came.
//
// Threads: a reader belongs to one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/catalog/catalog.h"
#include "engine/records/body_faults.h"
#include "engine/records/change_batch.h"
#include "engine/records/dynamodb_json.h"
#include "engine/records/image_reader.h"
#include "engine/records/record_router.h"
#include "engine/text/json.h"
#include "storage/image.h"
#include "storage/record.h"

namespace freshet::engine {

class RecordReader {
public:
    RecordReader(const Catalog& catalog, const DecodeOptions& options, Faults& faults)
        : catalog_(catalog),
          options_(options),
          faults_(faults),
          router_(catalog, options),
          images_(faults) {}
    RecordReader(const RecordReader&) = delete;  // its places look into each other
    RecordReader& operator=(const RecordReader&) = delete;

    // Nothing if there is a fault in it.
    std::optional<BatchRecord> read(const JsonNode& node);

    // Why records were refused: the gravest reason, as Refusal::code.
    [[nodiscard]] Errc refused_as() const { return refused_as_; }

    // Whether what is wrong with the record that was read last is its own. Otherwise its sender may
    // not send it, or not in this way: its table takes no records of a stream, no table takes its
    // stream, or it is a line of an export that nothing says how to take.
    [[nodiscard]] bool is_records_fault() const { return is_records_fault_; }

    // As ChangeBatch::untaken.
    [[nodiscard]] const std::optional<RefusedStream>& untaken() const { return untaken_; }

private:
    struct RecordMembers {
        const JsonNode* event_name = nullptr;
        const JsonNode* stream = nullptr;
        const JsonNode* arn = nullptr;
    };
    struct StreamMembers {
        const JsonNode* keys = nullptr;
        const JsonNode* after = nullptr;
        const JsonNode* before = nullptr;
        const JsonNode* sequence = nullptr;
        const JsonNode* view_type = nullptr;
    };

    void refuse_as(Errc code);
    void refuse_type(const Place& place, const JsonNode* node, const std::string& expected);
    void take(const JsonNode*& member, const JsonNode& node, const Place& place);

    // The table that takes the change that is read; null as for route().
    const Table* read_record(const JsonNode& record, storage::Change& change);
    // Likewise, of a line of an export of the whole table.
    const Table* read_item(const JsonNode& line, storage::Change& change);

    // Parts what is read from what is only kept.
    RecordMembers sort_members(const JsonNode& record, storage::Change& change);
    StreamMembers sort_stream_members(const JsonNode& stream, storage::Change& change);
    void read_kind(const JsonNode* node, storage::Change& change);
    void read_source(const JsonNode* node, storage::Change& change);
    void refuse_source(const storage::Change& change);
    void read_stream(const JsonNode& stream, storage::Change& change);
    std::optional<storage::Image> read_image(const JsonNode* node, const Place& place,
                                             const storage::Change& change);
    void check_keys(storage::ImageView keys, storage::ImageView image, const Place& place);
    void read_sequence(const JsonNode* node, storage::Change& change);
    void check_view_type(const JsonNode* node);
    void check_promised(const StreamMembers& members);
    void check_import(const storage::Change& change);
    void check_reconciled(const storage::Change& change);

    // The table that takes the change; null if none does, or a fault keeps us from knowing.
    const Table* route(storage::Change& change);

    const Catalog& catalog_;
    const DecodeOptions& options_;
    Faults& faults_;
    Errc refused_as_ = Errc::refused;
    bool is_records_fault_ = true;
    std::optional<RefusedStream> untaken_;
    RecordRouter router_;
    ImageReader images_;

    const Place record_;
    const Place event_name_{record_, "eventName"};
    const Place arn_{record_, "eventSourceARN"};
    const Place imported_{record_, "imported"};
    const Place reconciled_{record_, "reconciled"};
    const Place item_{record_, "Item"};
    const Place stream_{record_, "dynamodb"};
    const Place keys_{stream_, "Keys"};
    const Place after_{stream_, "NewImage"};
    const Place before_{stream_, "OldImage"};
    const Place sequence_{stream_, "SequenceNumber"};
    const Place view_type_{stream_, "StreamViewType"};
};

}  // namespace freshet::engine
