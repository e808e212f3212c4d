// POST /records: the way in for changes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "engine/catalog/catalog.h"
#include "http/messages/query.h"
#include "http/routes/bulk_append.h"
#include "http/routes/routes.h"

namespace freshet::http {

// Decodes a JSON body; lines are for a BulkAppend to decode. What is wrong is answered at once,
// without troubling the engine.
NextStep post_records(const Call& call);
// Refuses those who may append no records at all.
std::optional<Answer> check_records(const Call& call);

// What the request says of its answer.
struct ReceiptForm {
    bool partial = false;  // as ChangeBatch::partial
    bool minimal = false;  // without `results`
    bool parks = false;    // as engine::DecodeOptions::parks
};

// The answer to what the engine made of the records.
Answer receipt_answer(const Result<engine::Receipt>& receipt, const ReceiptForm& form);

// As engine::ChangeBatch::client: by the request's credential. Where no credentials are asked for,
// nobody is told apart; those whose credential has no name are one.
std::string client_of(const Request& request);

// Whether the request brings records line by line (NDJSON). Its body, of any length, is for a
// BulkAppend rather than for post_records().
bool is_bulk(const Request& request);

// How the lines of such a request are read, or why they are not. Does not look at the body.
OrAnswer<BulkOptions> bulk_options(const engine::Engine& engine, const Request& request,
                                   std::size_t line_bytes_max);

}  // namespace freshet::http
