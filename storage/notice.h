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
    expiry,          // the time of an item was over, and its source has not removed it yet
    place,           // how far a function has come
    parked,          // a record that a function has not taken is kept aside for it
    released,        // such a record was taken at last, or dropped
    paused,          // a function is fed no more, or again
    unread,          // a record that was sent could not be understood, and is kept as it came
    discarded        // such a record is kept no more
};

// By what a revocation names the tokens that it ends. Each word is also how the log's JSON, the
// state and the metrics call it.
enum class RevokedBy : std::uint8_t {
    subject,   // all of one subject, up to the time at which it was asked for
    token_id,  // the one that calls itself so
    session    // the one that has this SHA-256, in hexadecimal digits
};

// What became of a record that a function has not taken. Each word is how JSON calls it, too.
enum class ParkedAs : std::uint8_t {
    failed,  // it failed as often as it may
    held,    // it waits for an earlier one of its item
    again    // it is to be handed over again
};

// What a notice says of a function, whose name is the notice's.
struct FunctionNote {
    // Place: up to which record it has come. Parked, released: which record.
    Position record = {};
    // Place, parked: the notice that has put the function to another place, on which this rests; 0
    // if none has.
    Position reset = {};
    // Parked, released: the notice that says so far how the record is parked, on which this rests;
    // 0 if none does.
    Position replaces = {};
    bool is_reset = false;  // place: the function is put there, by somebody

    ParkedAs status = ParkedAs::failed;  // parked, as the three below
    std::uint32_t attempts = 0;
    std::string error = {};
    std::string body = {};  // the record as somebody has edited it, as JSON; empty: as it is

    bool is_dropped = false;  // released: nobody took it
    bool is_paused = false;   // paused: from now on

    bool operator==(const FunctionNote&) const = default;
};

// What a notice says of a record that was sent and could not be understood.
struct UnreadNote {
    // Unread, as the three below: the record, byte by byte. It need be no JSON, and no UTF-8.
    std::string text = {};
    std::string sequence = {};  // its SequenceNumber, if that is text; a long one is cut
    std::string error = {};     // what was found wrong with it first
    std::string pointer = {};   // and where: a JSON Pointer into the record

    Position record = {};  // discarded: the notice by which the record was kept

    bool operator==(const UnreadNote&) const = default;
};

struct Notice {
    NoticeKind kind = NoticeKind::adoption;
    std::string by;      // who asked for it; empty where nobody had to say
    std::string table;   // adoption, reconciliation, expiry: which table
    std::string stream;  // adoption: the stream, by its ARN

    RevokedBy revoked_by = RevokedBy::subject;  // revocation
    // Revocation: which subject, id or session. Expiry: the attribute by which the item was due.
    // Of a function: its name.
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

    // Place, parked, released, paused, where it is always there; of what is parked, `keys` are,
    // too.
    std::optional<FunctionNote> function = std::nullopt;

    // Unread, discarded, where it is always there.
    std::optional<UnreadNote> unread = std::nullopt;

    bool operator==(const Notice&) const = default;
};

}  // namespace freshet::storage
