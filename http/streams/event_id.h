// Where a stream stands, as its clients keep it: the log's epoch and a position, `5f3c.1041`.
//
// Where live views are watched (http/streams/live_stream.h), it says what was sent on the
// connection: `5f3c.1041-1040-9ab…`, the events up to 1041, the views up to 1040, and of which
// views. Who asks for events alone continues after 1041.
//
// Opaque to clients. Only letters, digits, dots and dashes: a browser sends such an id back without
// asking the server for leave first (a CORS preflight).
//
// Threads: any; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/position.h"

namespace freshet::http {

// What a client may say in place of an id.
inline constexpr std::string_view earliest_word = "earliest";  // the beginning of the log
inline constexpr std::string_view latest_word = "latest";      // its end

// What a client has of the views that it watches.
struct SentViews {
    storage::Position position;     // the views are as of this one; 0: it has not all of them
    std::uint64_t fingerprint = 0;  // of what was asked for

    bool operator==(const SentViews&) const = default;
};

struct EventId {
    std::uint64_t epoch = 0;
    storage::Position position;
    std::optional<SentViews> views = {};

    bool operator==(const EventId&) const = default;
};

// Why a stream cannot continue where it was asked to. The names are what clients are told.
enum class ResetReason {
    epoch,   // the id is of another log
    unknown  // the id names nothing that was ever sent
};

std::string epoch_text(std::uint64_t epoch);  // hexadecimal

void append_event_id(std::string& out, const EventId& id);

// Nothing if `text` is not exactly what append_event_id() writes.
std::optional<EventId> parse_event_id(std::string_view text);

// Which of the texts that one client shows says where it is, in a log of that epoch; nothing if
// none is shown. Some clients cannot change the address they began with and add the id they have
// reached to it. So what was reached wins over what was asked for at first, and nothing that the
// client may have missed is passed over:
//
//     an id of this log, the highest  >  an id of another log  >  no id at all  >  earliest  >
//     latest
//
// Of equals, one that says that its client has not all of its views, or else the last.
std::optional<std::string> id_to_resume(const std::vector<std::string>& shown, std::uint64_t epoch);

// Where a subscriber begins, and what cannot be honoured of where it wanted to.
struct StartPoint {
    storage::Position after;
    std::optional<ResetReason> reset;
    bool is_malformed = false;  // what was requested is no id

    // Of a log with that head: after what the client shows, if it shows anything, or else after
    // `after`, or else behind the newest record.
    static StartPoint of(const std::optional<std::string>& last_id,
                         const std::optional<storage::Position>& after,
                         const storage::LogMark& head);
};

// What a client is told that cannot continue where it wanted to: a JSON object.
std::string reset_json(ResetReason reason, std::string_view requested,
                       const storage::LogMark& head);

}  // namespace freshet::http
