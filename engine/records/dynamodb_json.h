// DynamoDB's typed JSON to changes, and records back to it, without loss.
//
// Takes the Lambda event `{"Records":[…]}` (GetRecords' answer has the same form), one record, or
// an array of records. What Freshet does not interpret is kept and given back as it came.
//
// A record may also be a line of an export of a whole table to S3, `{"Item":{…}}`: an import
// (Change::imported), of the table that the caller names, with the number 0. It is given back as an
// INSERT with `"imported":true`, and is an import again where that is sent in. So is a reconciled
// record (engine/reconciling/), with `"reconciled":true`, and `"told":true` if it is told.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/access/caller.h"
#include "engine/catalog/catalog.h"
#include "engine/records/change_batch.h"
#include "engine/records/known_families.h"
#include "storage/image.h"
#include "storage/record.h"
#include "storage/result.h"

namespace freshet::engine {

struct DecodeOptions {
    // The Freshet table that the caller named; it wins over the source in eventSourceARN.
    const Table* table = nullptr;
    // As ChangeBatch::partial. A body that holds no batch at all is refused whole all the same.
    bool partial = false;
    // Who sends the records: those of other tables than this one may append to are wrong.
    std::shared_ptr<const Caller> caller = everybody();
    // Where no table is named; null: each table takes what its `from` names.
    AskFamilies families = nullptr;
    // Whether a record that cannot be understood is to be kept as it came: it becomes a record of
    // the batch that has no change (BatchRecord::unread), in place of a wrong one. So does a text
    // of JSON that holds no batch at all.
    bool parks = false;
};

// Decodes a whole body. Wrong records are in the batch's refusal, each fault with its pointer.
//
// Fails with malformed  if the body is not JSON;
//            too_large  beyond batch_records_max.
Result<ChangeBatch> decode_records(std::string body, const Catalog& catalog,
                                   const DecodeOptions& options);

// Decodes one text, such as a line of many, behind the records that the batch has. What is wrong
// with its records is in the batch's refusal, and no text follows one that is wrong. `line` is as
// in Fault.
//
// Fails as decode_records() does; the batch is then as it was.
Result<void> decode_text(std::string text, std::uint64_t line, const Catalog& catalog,
                         const DecodeOptions& options, ChangeBatch& batch);

// The same, without trying the short way first (engine/records/plain_reader.h): the one that knows
// what is wrong with a text, and that all others must agree with.
Result<void> decode_with_care(std::string text, std::uint64_t line, const Catalog& catalog,
                              const DecodeOptions& options, ChangeBatch& batch);

// Writes the record in the source's own form: that of the Lambda event, with `position` and
// `table` added, `expired` where the item was removed since its time was over, `imported`
// where it is an import, `reconciled` and `told` as above, and `SizeBytes` where the source did not
// send it (engine/records/record_size.h).
//
// A notice is told in a form of its own: {"position":7,"notice":"adoption","table":"orders",
// "stream":"arn:…","by":"ann","at":"2026-11-20T11:39:28Z"}. A revocation has, in the place of table
// and stream, what it names tokens by, and `until` if it is not kept for ever:
// {"position":8,"notice":"revocation","subject":"bob", …}. Members that say nothing are left out.
void append_record_json(std::string& out, const storage::Record& record);

// Writes the record, which is no notice, as Lambda gets it from DynamoDB Streams, with nothing of
// ours added. `envelope` are the members besides `eventName` and `dynamodb`, as storage::Change has
// them, and `sequence` its SequenceNumber.
void append_event_record(std::string& out, const storage::Record& record, std::string_view envelope,
                         std::string_view sequence);

}  // namespace freshet::engine
