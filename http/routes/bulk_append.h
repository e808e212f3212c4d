// A body of lines on its way into the log: any length of it, one bounded chunk after the other.
// No sockets: the connection brings the bytes in and the batches to the engine.
//
//     bytes  ->  take()  ->  LineChunk  ->  take_batch()  ->  Engine::append  ->  settle()
//                               ▲                                                   │
//                               └──── the next is decoded while one is committed ◄──┘
//
// Each chunk is one batch: whole or not at all, or, with `partial`, what stands before its first
// wrong record. What was appended by earlier chunks stands, whatever happens later; the answer says
// how far that is.
//
// Invariants
//   - At most one batch is at the engine, so chunks enter the log in the order of their lines.
//   - What is held is bounded: one batch at the engine, and one LineChunk.
//   - A last line without its end is taken only if the body is known to be complete.
//
// Threads: belongs to one connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/catalog/catalog.h"
#include "engine/records/change_batch.h"
#include "engine/records/dynamodb_json.h"
#include "engine/records/line_chunk.h"
#include "http/messages/answer.h"
#include "storage/position.h"
#include "storage/result.h"

namespace freshet::http {

struct BulkOptions {
    engine::DecodeOptions decode;
    std::size_t line_bytes_max;
    std::string reconciliation = {};  // as ChangeBatch::reconciliation
    std::string client = {};          // as ChangeBatch::client
    bool is_decoded = false;          // the lines came in a coding
};

class BulkAppend {
public:
    // Borrows the catalog, which must outlive this.
    BulkAppend(const engine::Catalog& catalog, const BulkOptions& options);

    // Takes in body bytes as long as there is room for them, and returns how many that is. The
    // rest is to be offered again once a batch was taken; it does not matter any more once it is
    // over.
    std::size_t take(std::string_view bytes);

    // How much has come of a line that has not ended yet.
    [[nodiscard]] std::size_t line_bytes() const { return chunk_.line_bytes(); }

    // How much memory the lines take that were taken in and are not settled yet, about: those that
    // are at the engine too, or a client could have it hold any number of batches.
    [[nodiscard]] std::size_t bytes() const { return chunk_.bytes() + bytes_out_; }

    // Says that the body is complete and all of it taken.
    void end();

    // Whether there is a batch that the engine shall have now: once it is long, or, if it is to be
    // `early`, at all.
    [[nodiscard]] bool has_batch(bool early = false) const;
    engine::ChangeBatch take_batch();

    // What became of the batch that was taken last.
    void settle(const Result<engine::Receipt>& receipt);

    // Ends it before its end, while nothing of it is at the engine: the answer has this status, and
    // says why and how far it got.
    void give_up(int status, std::string why, std::optional<RefusalReason> reason = std::nullopt);

    // Whether there is nothing left to do: a fault has ended it, or everything is settled.
    [[nodiscard]] bool is_over() const;

    // The answer to the request, once it is over. `now` is the newest position, for a body without
    // records.
    [[nodiscard]] Answer answer(storage::Position now) const;

private:
    void count(const engine::Receipt& receipt);
    [[nodiscard]] bool is_refused() const;
    [[nodiscard]] std::string describe_first_fault() const;
    [[nodiscard]] std::string totals(std::uint64_t lines) const;
    [[nodiscard]] std::string way_on(const std::string& first_step) const;
    [[nodiscard]] Answer success(storage::Position now) const;
    [[nodiscard]] Answer refusal() const;
    [[nodiscard]] Answer failure() const;
    [[nodiscard]] Answer interruption() const;
    [[nodiscard]] std::string standing() const;

    engine::LineChunk chunk_;
    const bool partial_;
    const bool parks_;
    const std::string reconciliation_;
    const std::string client_;
    const bool is_decoded_;
    std::string begin_;  // of the body, as much as its packing shows by
    bool ended_ = false;
    bool out_ = false;             // a batch is at the engine
    std::size_t bytes_out_ = 0;    // what that takes of memory
    std::uint64_t lines_out_ = 0;  // lines up to the end of the batch that was taken last

    // What is settled.
    std::uint64_t lines_ = 0;
    std::uint64_t appended_ = 0;
    std::uint64_t duplicates_ = 0;
    std::uint64_t ignored_ = 0;
    std::uint64_t parked_ = 0;
    std::optional<storage::Position> position_;

    // What ended it before its end.
    std::optional<Error> error_;
    struct Interruption {
        int status;
        std::string why;
        std::optional<RefusalReason> reason;  // of a 401
    };
    std::optional<Interruption> interruption_;
    std::optional<engine::Refusal> refusal_;
};

}  // namespace freshet::http
