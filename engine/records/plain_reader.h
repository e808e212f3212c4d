// The short way in: records in which nothing is odd, from the tokens of their text to changes
// without a tree between.
//
//     a text, or many lines  ->  JsonTokens  ->  PlainReader::read  ->  ChangeBatch
//                                                      └─ false ─►  decode_with_care()
//
// Nearly all records of a source have one form: known members, each there once, names without
// escapes, values of the type that they ought to have. This reader takes those and gives up at the
// first thing that is otherwise, whatever it is. It never refuses: what is wrong with a record, and
// where, RecordReader says. So there is one truth about faults, and this one has only to be right
// about what it takes.
//
// Invariants
//   - What it takes, decode_with_care() takes too, and makes the same changes of it, byte for byte
//     (tests/properties/decode_property.cc).
//   - Where it gives up, the batch is as it was.
//   - It allocates nothing for a value that is no set. Its scratch belongs to the thread and is
//     bounded: what an unusually large text needed is given back behind it.
//
// Threads: a reader belongs to one thread, and a thread uses one reader at a time: from begin() on,
// what the reader before it has seen is gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/records/change_batch.h"
#include "engine/records/dynamodb_json.h"
#include "engine/records/plain_image.h"
#include "engine/records/record_router.h"
#include "engine/records/token_walk.h"
#include "storage/image.h"
#include "storage/record.h"

namespace freshet::engine {

class PlainReader {
public:
    // Borrows both, which must outlive this.
    PlainReader(const Catalog& catalog, const DecodeOptions& options);
    PlainReader(const Catalog& catalog, DecodeOptions&& options) = delete;
    PlainReader(const PlainReader&) = delete;
    PlainReader& operator=(const PlainReader&) = delete;
    ~PlainReader();

    // Looks at a text, which may be many lines. It must stay where it is while it is read.
    void begin(std::string_view text);

    // Reads `part`, a whole JSON text: the text, or one of its lines, each behind those before. As
    // decode_text() takes it; or false.
    bool read(std::string_view part, std::uint64_t line, ChangeBatch& batch);

private:
    struct StreamMembers;

    std::optional<BatchForm> read_records(ChangeBatch& batch);
    bool read_array(ChangeBatch& batch);
    bool read_record(ChangeBatch& batch);
    bool read_member(std::string_view name, TokenWalk::Token begin, storage::Change& change,
                     StreamMembers& seen);
    bool read_kind(storage::Change& change);
    bool read_source(storage::Change& change);
    bool read_stream(storage::Change& change, StreamMembers& seen);
    bool read_stream_member(std::string_view name, TokenWalk::Token begin, storage::Change& change,
                            StreamMembers& seen);
    bool read_time(storage::Change& change);
    bool keep(std::string& members, TokenWalk::Token begin);
    bool is_whole(const storage::Change& change, const StreamMembers& seen) const;
    bool route(BatchRecord& record);
    bool may_append(const Table& table);

    const DecodeOptions& options_;
    RecordRouter router_;
    TokenWalk& walk_;
    PlainImage images_;
    bool readable_ = false;

    // Of the record before, since most of a batch come from one stream.
    std::string arn_;
    std::string origin_;
    std::string source_;
    std::string label_;
    std::string family_;
    std::size_t envelope_bytes_ = 0;
    std::size_t stream_envelope_bytes_ = 0;
    const Table* allowed_ = nullptr;  // its sender may append to it
};

}  // namespace freshet::engine
