#include "engine/records/direct_change.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "engine/records/stream_arn.h"
#include "engine/text/hexadecimal.h"
#include "engine/text/json.h"
#include "engine/values/time_text.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

using storage::AppendTime;
using storage::ChangeKind;

// As DynamoDB Streams marks what its TTL has removed, so that those who look for that find it
// (engine/records/expiry.h).
constexpr const char* expired_by_service =
    R"(,"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"})";

// In decimal digits, with zeros in front up to the width.
std::string padded(std::int64_t number, std::size_t width) {
    std::string text = std::to_string(number);
    return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

// Seconds since 1970 with six digits behind the point.
std::string seconds_of(AppendTime time) {
    const std::int64_t count = time.time_since_epoch().count();
    return std::to_string(count / 1'000'000) + '.' + padded(count % 1'000'000, 6);
}

ChangeKind kind_of(CommandEffect effect) {
    switch (effect) {
        case CommandEffect::created:
            return ChangeKind::insert;
        case CommandEffect::changed:
            return ChangeKind::modify;
        case CommandEffect::removed:
            return ChangeKind::remove;
        case CommandEffect::unchanged:
            break;
    }
    invariant(false, "what leaves an item as it is makes no record");
    return ChangeKind::modify;
}

}  // namespace

std::string direct_stream(const Table& table, AppendTime epoch_begun) {
    return "arn:freshet:::table/" + table.name + "/stream/" + millisecond_text_of(epoch_begun);
}

storage::Change direct_change(const Command& command, CommandRuling&& ruling,
                              const std::optional<storage::ItemParts>& known,
                              const DirectPlace& place) {
    const auto stream = parse_stream_arn(place.stream);
    invariant(stream.has_value(), "the name of a direct stream has the form of one");
    const std::string position = std::to_string(place.position.value);
    auto number = storage::SequenceNumber::parse(position);
    invariant(number.has_value(), "a position is a sequence number");
    storage::Change change{.table = command.table->name,
                           .key = command.item.key,
                           .kind = kind_of(ruling.effect),
                           .origin = std::string(stream->origin),
                           .source = std::string(stream->source),
                           .label = std::string(stream->label),
                           .time = place.appended,
                           .sequence = *std::move(number),
                           .keys = command.item.keys,
                           .after = std::move(ruling.after),
                           .before = std::nullopt,
                           .envelope = {},
                           .stream_envelope = {}};
    if (known && known->image) change.before = storage::Image(*known->image);
    change.envelope = R"("eventID":")" + hexadecimal(place.epoch) + '.' + position +
                      R"(","eventVersion":"1.1","eventSource":"freshet","eventSourceARN":)";
    append_json_string(change.envelope, place.stream);
    if (command.kind == CommandKind::expire) change.envelope += expired_by_service;
    change.stream_envelope = R"("ApproximateCreationDateTime":)" + seconds_of(place.appended) +
                             R"(,"StreamViewType":"NEW_AND_OLD_IMAGES")";
    return change;
}

}  // namespace freshet::engine
