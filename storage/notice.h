// A notice: a record without an item. It is for what must be as durable and as ordered as a change
// and is none. It has a position, stands in the chain, and is folded like every record. Those who
// ask for changes (events, histories, the records of a table) do not see it.
//
// Threads: values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "storage/idempotency.h"
#include "storage/image.h"
#include "storage/position.h"
#include "storage/time.h"

namespace freshet::storage {

enum class NoticeKind : std::uint8_t {
    adoption,        // from here on a table takes records of one more stream
    revocation,      // tokens that were issued before it are believed no more
    reconciliation,  // a table was made even with an export
    idempotency,     // a write that its client named changed nothing
    expiry           // the time of an item was over, and its source has not removed it yet
};

// By what a revocation names the tokens that it ends. Each word is also how the log's JSON, the
// state and the metrics call it.
enum class RevokedBy : std::uint8_t {
    subject,   // all of one subject, up to the time at which it was asked for
    token_id,  // the one that calls itself so
    session    // the one that has this SHA-256, in hexadecimal digits
};

struct Notice {
    NoticeKind kind = NoticeKind::adoption;
    std::string by;      // who asked for it; empty where nobody had to say
    std::string table;   // adoption, reconciliation, expiry: which table
    std::string stream;  // adoption: the stream, by its ARN

    RevokedBy revoked_by = RevokedBy::subject;  // revocation
    // Revocation: which subject, id or session. Expiry: the attribute by which the item was due.
    std::string name;
    // Revocation: how long after it was asked for the last of these tokens could still be valid; 0:
    // nobody knows.
    std::chrono::seconds kept{0};

    std::optional<SourceTime> moment;  // reconciliation: of the export
    Position begun;                    // reconciliation: where the log ended when it began to write

    // Revocation: when it was asked for, by the clock that tokens are dated with. Unlike the log's
    // time it may go back. Nothing: a release wrote it that did not keep this.
    std::optional<AppendTime> asked = std::nullopt;

    // Idempotency, where the first two are always there: the name of the write, the key of its
    // item, and the item's newest record; 0 if it never was. The key is always there of an expiry,
    // too.
    std::optional<Idempotency> idempotency = std::nullopt;
    std::optional<Image> keys = std::nullopt;
    Position newest = {};

    bool operator==(const Notice&) const = default;
};

}  // namespace freshet::storage
