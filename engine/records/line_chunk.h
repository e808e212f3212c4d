// Gathers lines of JSON into batches: of a text of any length, one bounded piece after the other.
//
//     bytes  ->  take()  ->  line by line: PlainReader, or decode_with_care()  ->  take_batch()
//
// A line is whatever a whole JSON body may be: one record, a Lambda event, an array of records.
// Lines of blanks alone count as lines and hold nothing.
//
// Invariants
//   - What is held is bounded, whatever comes: less than chunk_records_max records and
//     chunk_bytes_max of text, one line more, and the beginning of another.
//   - Behind a line that is wrong, and is not to be parked, nothing is taken any more.
//
// Threads: a chunk belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/catalog/catalog.h"
#include "engine/records/change_batch.h"
#include "engine/records/dynamodb_json.h"
#include "storage/result.h"

namespace freshet::engine {

// A chunk that has reached one of these is full.
inline constexpr std::size_t chunk_records_max = 1'000;
inline constexpr std::size_t chunk_bytes_max = 1U << 20U;  // of lines that hold records

class LineChunk {
public:
    // Borrows the catalog and the table in the options, which must outlive the chunk.
    LineChunk(const Catalog& catalog, const DecodeOptions& options, std::size_t line_bytes_max);

    // Takes in what comes next, up to the end of the line that fills the chunk, and returns how
    // many bytes that is.
    std::size_t take(std::string_view bytes);

    // Says that no more will come: what stands behind the last line's end is a line too.
    void end();

    // Whether it takes nothing more until take_batch(): it is large enough, or a line is wrong.
    [[nodiscard]] bool is_full() const;

    // Whether there is nothing to append and nothing to refuse.
    [[nodiscard]] bool is_empty() const { return batch_.records.empty() && !batch_.refusal; }

    // What it takes of memory, about: what has come of a line, and of the lines before.
    [[nodiscard]] std::size_t bytes() const {
        const std::size_t spare = batch_.records.capacity() - batch_.records.size();
        return line_.capacity() + memory_of(batch_) + spare * sizeof(BatchRecord);
    }

    // How much has come of a line that has not ended yet.
    [[nodiscard]] std::size_t line_bytes() const { return line_.size(); }

    // How many lines there were so far, those of earlier batches and the wrong one included.
    [[nodiscard]] std::uint64_t lines() const { return lines_; }

    // What was gathered, as one batch; begins the next. If a line is wrong, the batch's refusal
    // says so, and it was the last.
    ChangeBatch take_batch();

private:
    std::size_t take_lines(std::string_view lines);
    std::size_t take_piece(std::string_view bytes);
    void expect_lines(std::size_t bytes_each);
    void end_line();
    void decode(const std::string& line);
    bool park(const std::string& line, const Error& error);
    void refuse_length();
    void refuse(Errc code, std::string detail);

    const Catalog& catalog_;
    const DecodeOptions options_;
    const std::size_t line_bytes_max_;
    std::string line_;  // what has come of it
    std::uint64_t lines_ = 0;
    ChangeBatch batch_;
    bool wrong_ = false;
};

}  // namespace freshet::engine
