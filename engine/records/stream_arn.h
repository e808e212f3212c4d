// The name of a source's stream, as records carry it in eventSourceARN:
//
//     arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-11-20T11:39:28.605
//     └──────────────── origin ─────────────────┘└source┘        └──────── label ───────┘
//     └──────────────────── family ───────────────────┘
//
// A table that is switched off and on again has a stream of another label in the same family. A
// replica in another region, and a table that was restored under another name, are other families.
//
// Threads: pure; any.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/observing/status.h"
#include "storage/record.h"

namespace freshet::engine {

// AWS gives no longer name.
inline constexpr std::size_t stream_name_bytes_max = 2'048;

struct StreamArn {
    std::string_view origin;  // up to the source table's name
    std::string_view source;
    std::string_view label;  // empty in the name of a table
};

// Views into `arn`. Nothing if it is neither of the form arn:…:table/NAME nor
// arn:…:table/NAME/stream/LABEL.
std::optional<StreamArn> parse_stream_arn(std::string_view arn);

// A stream as a lineage keeps it. Both are empty where a source does not say its stream.
struct StreamName {
    std::string family;  // of a name of another form, all of it
    std::string label;

    bool operator==(const StreamName&) const = default;
};

StreamName stream_name(std::string_view arn);
StreamName stream_name(const storage::Change& change);
// As the source said it; empty if it did not.
StreamName stream_name(const storage::Record& record);

// Whether a source may call a stream so: 1 to 2,048 bytes, none of them a space or a control
// character.
bool is_stream_name(std::string_view text);

// Whether it is the ARN of a DynamoDB table, or of the stream of one.
bool is_dynamodb_arn(std::string_view text);

// Counts a record of a stream that is not taken, and keeps the newest stream; one whose name is
// none is left out.
void note_refused(std::optional<RefusedStream>& refused, const StreamName& name);

// As a person reads it: the whole name, as far as it is known.
std::string text_of(const StreamName& name);

}  // namespace freshet::engine
